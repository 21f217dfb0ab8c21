//! Who was said to be one, or two, by people and CRMs.
//!
//! A `merged` touchpoint names who remains and whom it took in; an `unmerged` one says of two that they are two. Of a pair
//! the last word counts, in whichever direction it was said. As long as it is "two", neither's claims on the other count,
//! whatever touchpoint comes later: only a later word joins them.
//!
//! A name that was merged may itself follow another (the lead that became a contact). So the word goes up its tree: the
//! root follows the one that took it in, and all below come along. Of several the last word counts.

use crate::KeyKind;
use crate::evidence::{Statement, Statements};
use crate::message::{Grant, Word};
use crate::name::NameView;
use crate::router::Turn;
use crate::row::{Child, Name};
use serde::{Deserialize, Serialize};
use touchpoint::{IdentifierKey, Timestamp};

/// Others that one name can be said to be one or two with, the first ones.
const PAIRS_MAX: usize = 256;

/// What was said of me and another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) key: IdentifierKey,
    /// By touchpoints that stand at me. `refused`: we are two.
    pub(crate) own: Statements,
    /// By touchpoints that stand at the other one; the last of them.
    pub(crate) heard: Option<Statement>,
}

/// Who took in whom is told up the tree of the one that was taken in. The greater counts: the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Merge {
    pub(crate) said: Statement,
    pub(crate) into: IdentifierKey,
}

/// What the root of a tree tells the one that took it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Joined {
    /// When one of mine was taken in.
    pub(crate) since: Timestamp,
    /// I would follow you, but you follow me: I am the end of that ring.
    pub(crate) ring: bool,
    /// What my people last said about tracking.
    pub(crate) tracking: Option<Statement>,
}

/// The root of a tree that was taken in by me.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Follower {
    pub(crate) key: IdentifierKey,
    pub(crate) joined: Joined,
}

/// Whom a name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leader {
    /// Who claimed it first.
    Claimer(IdentifierKey),
    /// Who took in one of its tree. It is the root of that.
    Taker(IdentifierKey),
}

impl Leader {
    pub(crate) const fn key(self) -> IdentifierKey {
        match self {
            Self::Claimer(key) | Self::Taker(key) => key,
        }
    }
}

impl Pair {
    fn new(key: IdentifierKey) -> Self {
        Self { key, own: Statements::default(), heard: None }
    }

    fn last(&self) -> Option<Statement> {
        self.own.latest().max(self.heard)
    }

    /// We were last said to be two.
    fn apart(&self) -> bool {
        self.last().is_some_and(|said| said.refused)
    }

    /// The other one took me in: it was said there, and last.
    fn taken_in(&self) -> Option<Merge> {
        let said = self.heard.filter(|said| !said.refused && Some(*said) > self.own.latest())?;
        Some(Merge { said, into: self.key })
    }
}

/// Pairs sorted by the other's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pairs(Vec<Pair>);

impl Pairs {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn apart(&self, other: IdentifierKey) -> bool {
        self.get(other).is_some_and(Pair::apart)
    }

    pub(crate) fn taken_in(&self) -> impl Iterator<Item = Merge> + '_ {
        self.0.iter().filter_map(Pair::taken_in)
    }

    /// What the others are to hear from me.
    pub(crate) fn said(&self) -> impl Iterator<Item = (IdentifierKey, Statement)> + '_ {
        self.0.iter().filter_map(|pair| Some((pair.key, pair.own.latest()?)))
    }

    pub(crate) fn said_of(&self, other: IdentifierKey) -> Option<Statement> {
        self.get(other)?.own.latest()
    }

    /// True when [`Self::say`] would change nothing.
    pub(crate) fn knows(&self, other: IdentifierKey, said: &Statement, revisable: bool) -> bool {
        self.get(other).is_some_and(|pair| pair.own.knows(said, revisable))
    }

    pub(crate) fn say(&mut self, other: IdentifierKey, said: Statement, revisable: bool) {
        self.entry(other).own.add(said, revisable);
    }

    pub(crate) fn hear(&mut self, other: IdentifierKey, said: Option<Statement>) {
        self.entry(other).heard = said;
    }

    pub(crate) fn withdraw(&mut self, input: IdentifierKey) {
        self.0.iter_mut().for_each(|pair| pair.own.withdraw(input));
    }

    pub(crate) fn forget(&mut self, until: Timestamp) {
        self.0.iter_mut().for_each(|pair| pair.own.forget(until));
    }

    pub(crate) fn trim(&mut self) {
        self.0.retain(|pair| pair.last().is_some());
        while self.0.len() > PAIRS_MAX
            && let Some(last) = self.0.iter().max_by_key(|pair| (pair.last(), pair.key)).map(|pair| pair.key)
        {
            self.0.retain(|pair| pair.key != last);
        }
    }

    fn get(&self, other: IdentifierKey) -> Option<&Pair> {
        self.0.binary_search_by_key(&other, |pair| pair.key).ok().map(|at| &self.0[at])
    }

    fn entry(&mut self, other: IdentifierKey) -> &mut Pair {
        let at = match self.0.binary_search_by_key(&other, |pair| pair.key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, Pair::new(other));
                at
            }
        };
        &mut self.0[at]
    }
}

impl Name {
    /// Whom I follow.
    pub(crate) fn leader(&self, me: IdentifierKey) -> Option<Leader> {
        match self.winner() {
            Some(claimer) => Some(Leader::Claimer(claimer)),
            None => self.taken_in(me).map(|merge| Leader::Taker(merge.into)),
        }
    }

    /// The last word of who took in me or one of those that follow me by claims. Whoever is in my own tree, as far as I see
    /// it, took in nobody.
    pub(crate) fn taken_in(&self, me: IdentifierKey) -> Option<Merge> {
        let below = self.children.iter().filter_map(|child| match child.grant {
            Some(Grant::Won { merge, .. }) => merge,
            _ => None,
        });
        let above = self.told.as_ref().filter(|_| self.winner().is_some());
        let above = above.map_or(&[][..], |told| told.by_claims());
        let mine = |key: IdentifierKey| {
            let follows = |child: &Child| matches!(child.grant, Some(Grant::Won { .. }));
            key == me || above.contains(&key) || self.child(key).is_some_and(follows)
        };
        self.pairs.taken_in().chain(below).filter(|merge| !mine(merge.into)).max()
    }

    /// What the one that took me in hears from me; `None`: nothing, or no longer anything.
    fn joins(&self, me: IdentifierKey, taker: IdentifierKey, view: &NameView) -> Option<Joined> {
        if self.leader(me) != Some(Leader::Taker(taker)) {
            return None;
        }
        let since = self.taken_in(me)?.said.at;
        Some(Joined { since, ring: view.ring, tracking: if view.ring { None } else { view.said } })
    }

    pub(crate) fn joined(&mut self, from: IdentifierKey, joined: Option<Joined>) {
        self.followers.retain(|follower| follower.key != from);
        if let Some(joined) = joined {
            let at = self.followers.partition_point(|have| have.key < from);
            self.followers.insert(at, Follower { key: from, joined });
        }
    }
}

impl Turn<'_> {
    /// Tells others what was said of them and me, who took me in that I follow, and my followers whom they follow.
    pub(crate) fn tell_merges(&mut self, (before, former): (&Name, &NameView), (name, now): (&Name, &NameView)) {
        self.tell_others(before, name);
        self.tell_taker((before, former), (name, now));
        let from = self.me;
        for follower in &name.followers {
            let new = before.followers.iter().all(|had| had.key != follower.key);
            if new || former.told != now.told {
                self.tell(follower.key, Word::Follow { from, told: now.told.clone() });
            }
        }
    }

    fn tell_others(&mut self, before: &Name, name: &Name) {
        let from = self.me;
        let is_name = |key: &IdentifierKey| KeyKind::of(key).is_some_and(|kind| !kind.points());
        for (key, said) in name.pairs.said().filter(|(key, _)| is_name(key)) {
            if before.pairs.said_of(key) != Some(said) {
                self.tell(key, Word::Pair { from, said: Some(said) });
            }
        }
        for (key, _) in before.pairs.said().filter(|(key, _)| is_name(key)) {
            if name.pairs.said_of(key).is_none() {
                self.tell(key, Word::Pair { from, said: None });
            }
        }
    }

    fn tell_taker(&mut self, (before, former): (&Name, &NameView), (name, now): (&Name, &NameView)) {
        let from = self.me;
        let taker = |name: &Name| match name.leader(from) {
            Some(Leader::Taker(taker)) => Some(taker),
            _ => None,
        };
        let [was, is] = [taker(before), taker(name)];
        if let Some(was) = was.filter(|_| was != is) {
            self.tell(was, Word::Join { from, joined: None });
        }
        if let Some(is) = is {
            let joined = name.joins(from, is, now);
            if joined != before.joins(from, is, former) {
                self.tell(is, Word::Join { from, joined });
            }
        }
    }
}
