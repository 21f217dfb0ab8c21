//! What a name's owner decides: pure functions of its row.
//!
//! Names form trees. The tree of a name is found by following, from child to parent, the earliest claim. Two values
//! travel: up, whom a child would be without its parent (`candidate`); down, whom all of the tree are (`home`).

use crate::evidence::Statement;
use crate::merge::Leader;
use crate::message::{Grant, Told};
use crate::row::{Child, Name};
use crate::{KeyKind, subject};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use touchpoint::{IdentifierKey, SubjectId, Timestamp};

/// A name that claims more names than this is shared (a test record, an id like `unknown`): it claims none.
pub(crate) const CHILDREN_MAX: usize = 32;
/// Claims kept on one name, the earliest. Later ones have lost and would win only if all of these were withdrawn.
pub(crate) const CLAIMS_MAX: usize = 64;
/// Pointers that one name binds, the first ones: browsers that forget their cookies every week fill it in five years.
pub(crate) const POINTERS_MAX: usize = 256;
/// Touchpoints that wait for an answer; further ones go where the name stands by itself.
pub(crate) const WAITING_MAX: usize = 32;
/// Their bytes: a row has to fit a record.
pub(crate) const WAITING_BYTES_MAX: usize = 400_000;
/// Names on the way to the one that follows nobody. No honest system converts a record into another this often.
const PATH_MAX: usize = 32;

/// What follows from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameView {
    /// Whom I would be without whom I follow.
    candidate: IdentifierKey,
    /// What the people below me and I last said about tracking.
    pub(crate) said: Option<Statement>,
    /// What those that follow me are told. `told.home` is where my touchpoints belong.
    pub(crate) told: Told,
    /// Whom I would follow follows me, and I am the end of that ring.
    pub(crate) ring: bool,
    follows: bool,
}

impl Name {
    pub(crate) fn shared(&self) -> bool {
        self.children.len() > CHILDREN_MAX
    }

    pub(crate) fn child(&self, key: IdentifierKey) -> Option<&Child> {
        self.children.binary_search_by_key(&key, |child| child.key).ok().map(|at| &self.children[at])
    }

    /// My claim on a child, by its earliest evidence.
    pub(crate) fn claim_on(&self, child: &Child) -> Option<Timestamp> {
        if self.shared() { None } else { child.evidence.earliest() }
    }

    /// Who claimed me first, of those that I was not said to be apart from.
    pub(crate) fn winner(&self) -> Option<IdentifierKey> {
        self.claims.iter().map(|claim| claim.parent).find(|parent| !self.pairs.apart(*parent))
    }

    pub(crate) fn view(&self, me: IdentifierKey) -> NameView {
        let candidate = self.candidate(me);
        let own = self.statements.latest();
        let joined = self.followers.iter().filter_map(|follower| follower.joined.tracking);
        let said = self.won().filter_map(|(_, _, tracking)| tracking).chain(joined).chain(own).max();
        let mut view = NameView {
            candidate,
            said,
            told: Told { home: candidate, path: vec![me], taken_in: Vec::new(), tracking: said },
            ring: false,
            follows: false,
        };
        if let Some(told) = &self.told
            && let Some(leader) = self.leader(me)
        {
            let taken_in = matches!(leader, Leader::Taker(_));
            let around = told.path.iter().position(|key| *key == me);
            let ring = around.and_then(|from| told.path.get(from..)).unwrap_or_default();
            // Contradictory evidence goes round in a ring. One of claims is cut at the name with the smallest key, any
            // other at the smallest of those that were taken in; the others go on following, whatever they heard
            // meanwhile, so that the smallest learns of it.
            let mut cuts = ring.iter().filter(|key| told.taken_in.contains(key)).chain(taken_in.then_some(&me));
            let cut = cuts.by_ref().min().or_else(|| ring.iter().min());
            view.ring = match ring {
                [] => told.path.len() >= PATH_MAX,
                _ => cut == Some(&me),
            };
            if !view.ring {
                let known = if ring.is_empty() { &told.path[..] } else { &ring[1..] };
                let path: Vec<_> = known.iter().copied().chain([me]).collect();
                let follows_by_merge =
                    |key: &IdentifierKey| if *key == me { taken_in } else { told.taken_in.contains(key) };
                let taken_in = path.iter().copied().filter(follows_by_merge).collect();
                view.told = Told { home: told.home, path, taken_in, tracking: told.tracking };
                view.follows = true;
            }
        }
        view
    }

    /// True while a touchpoint had better wait: the first name that I claim has not answered, and its contact will be
    /// mine. Without it every new record of a CRM would first stand at a contact of its own and be called back.
    pub(crate) fn undecided(&self, me: IdentifierKey, view: &NameView) -> bool {
        KeyKind::of(&me).is_some_and(KeyKind::adopts)
            && !view.follows
            && self.won().next().is_none()
            && self.children.iter().any(|child| child.grant.is_none() && self.claim_on(child).is_some())
    }

    /// A record takes over the contact of what it was made from: the child that it claimed first, the weaker kind first
    /// where one touchpoint names several.
    fn candidate(&self, me: IdentifierKey) -> IdentifierKey {
        let born = self.erased.map_or(me, |erased| erased.born);
        if !KeyKind::of(&me).is_some_and(KeyKind::adopts) {
            return born;
        }
        let first = self
            .won()
            .filter(|(child, ..)| child.key != born)
            .min_by_key(|(child, _, _)| (child.evidence.earliest(), Reverse(KeyKind::of(&child.key)), child.key));
        first.map_or(born, |(_, candidate, _)| candidate)
    }

    fn won(&self) -> impl Iterator<Item = (&Child, IdentifierKey, Option<Statement>)> {
        let children = if self.shared() { &[][..] } else { &self.children[..] };
        children.iter().filter_map(|child| match child.grant {
            Some(Grant::Won { candidate, tracking, .. }) => Some((child, candidate, tracking)),
            _ => None,
        })
    }

    /// What a child is told; `None` when it does not listen.
    pub(crate) fn telling<'v>(&self, key: IdentifierKey, view: &'v NameView) -> Option<&'v Told> {
        let child = self.child(key)?;
        let listens = matches!(child.grant, Some(Grant::Won { .. } | Grant::Ring)) && self.claim_on(child).is_some();
        listens.then_some(&view.told)
    }

    /// What a parent is answered; `None` when it claims nothing.
    pub(crate) fn answer(&self, me: IdentifierKey, parent: IdentifierKey, view: &NameView) -> Option<Grant> {
        self.claims.iter().find(|claim| claim.parent == parent)?;
        Some(if self.winner() != Some(parent) {
            Grant::Lost { home: view.told.home }
        } else if view.ring {
            Grant::Ring
        } else {
            Grant::Won { candidate: view.candidate, tracking: view.said, merge: self.taken_in(me) }
        })
    }

    /// Contacts, or accounts, that may be one with this: those that have what I claim, too.
    pub(crate) fn rivals(&self, view: &NameView) -> BTreeSet<(SubjectId, SubjectId)> {
        if self.shared() {
            return BTreeSet::new();
        }
        let lost = self.children.iter().filter(|child| !self.pairs.apart(child.key));
        let homes = lost.filter_map(|child| match child.grant {
            Some(Grant::Lost { home }) if home != view.told.home => Some(home),
            _ => None,
        });
        let pair = |home| {
            let (one, other) = (subject(home)?, subject(view.told.home)?);
            Some((one.min(other), one.max(other)))
        };
        homes.filter_map(pair).collect()
    }

    /// Takes away everything that an input said. What stands on nothing any more goes with [`Self::trim`], after the
    /// input's new version had its say: a claim that is made again in the same step was never withdrawn in the child's
    /// eyes, and its answer must not be forgotten, for no other will come.
    pub(crate) fn withdraw(&mut self, input: IdentifierKey) {
        self.children.iter_mut().for_each(|child| _ = child.evidence.withdraw(input));
        self.pointers.iter_mut().for_each(|pointer| _ = pointer.evidence.withdraw(input));
        self.pairs.withdraw(input);
        self.statements.withdraw(input);
    }

    /// Holds the row to its limits: of what is too much the latest goes, so that the order of arrival does not show.
    pub(crate) fn trim(&mut self) {
        self.children.retain(|child| !child.evidence.is_empty());
        self.pointers.retain(|pointer| !pointer.evidence.is_empty());
        if self.children.len() > CHILDREN_MAX + 1
            && let Some(last) = self.children.iter().max_by_key(|child| (child.evidence.earliest(), child.key))
        {
            let last = last.key;
            self.children.retain(|child| child.key != last);
        }
        if self.shared() {
            self.children.iter_mut().for_each(|child| child.grant = None);
        }
        if self.pointers.len() > POINTERS_MAX
            && let Some(last) = self.pointers.iter().max_by_key(|pointer| (pointer.evidence.earliest(), pointer.key))
        {
            let last = last.key;
            self.pointers.retain(|pointer| pointer.key != last);
        }
        self.claims.truncate(CLAIMS_MAX);
        self.pairs.trim();
    }
}
