//! Those who have one name at one company. They may be one person; a person decides that.

use crate::KeyKind;
use crate::keys;
use crate::message::Word;
use crate::out::{Counter, Likeness, Review};
use crate::router::{Misrouted, Turn};
use crate::row::Row;
use crate::{Settings, normal, subject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use touchpoint::{IdentifierKey, SubjectId, Touchpoint};

/// So many of one name at one company and more are no reason to take them for one.
const MEMBERS_MAX: usize = 8;
/// Names at companies that one identifier is known to go by, the first ones.
pub(crate) const CALLED_MAX: usize = 4;

/// Identifiers of people of one name at one company, and whose they are. Sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namesakes {
    pub(crate) members: Vec<(IdentifierKey, IdentifierKey)>,
}

/// The key under which those meet whom a touchpoint calls by the same name at the same company; `None` when it does not
/// tell both.
pub(crate) fn key_of(touchpoint: &Touchpoint, settings: &Settings) -> Option<IdentifierKey> {
    let person = touchpoint.person.as_deref()?;
    let name = match (person.family_name.as_deref(), person.given_name.as_deref()) {
        (Some(family), Some(given)) if !family.is_empty() && !given.is_empty() => normal::person_name(&[family, given]),
        _ => normal::person_name(&[person.name.as_deref()?]),
    }?;
    let written = touchpoint.account.as_ref().and_then(|account| account.name.as_deref());
    let company = written.or(person.company.as_deref()).and_then(normal::company_name);
    let company = company.or_else(|| keys::address_domain(touchpoint, settings))?;
    Some(settings.hash_key.key(KeyKind::Namesake, &format!("{company}\0{name}")))
}

/// May an identifier that goes by these names go by another one?
pub(crate) fn is_new_to(called: &[IdentifierKey], new: &IdentifierKey) -> bool {
    called.len() < CALLED_MAX && !called.contains(new)
}

impl Namesakes {
    /// Who they are, each once; nobody where there are too many.
    fn homes(&self) -> BTreeSet<IdentifierKey> {
        let common = self.members.len() >= MEMBERS_MAX;
        self.members.iter().map(|(_, home)| *home).filter(|_| !common).collect()
    }

    /// Each with each other.
    fn pairs(&self) -> BTreeSet<(SubjectId, SubjectId)> {
        let homes: Vec<SubjectId> = self.homes().into_iter().filter_map(subject).collect();
        let mut pairs = BTreeSet::new();
        for (at, one) in homes.iter().enumerate() {
            pairs.extend(homes[at + 1..].iter().map(|other| (*one, *other)));
        }
        pairs
    }

    fn hear(&mut self, from: IdentifierKey, home: Option<IdentifierKey>) {
        let at = self.members.binary_search_by_key(&from, |(key, _)| *key);
        match (at, home) {
            (Ok(at), Some(home)) => self.members[at].1 = home,
            (Ok(at), None) => drop(self.members.remove(at)),
            (Err(at), Some(home)) if self.members.len() < MEMBERS_MAX => self.members.insert(at, (from, home)),
            (Err(_), _) => {}
        }
    }
}

impl Turn<'_> {
    pub(crate) fn notice_namesakes(&mut self, row: &mut Option<Row>, word: Word) -> Result<bool, Misrouted> {
        let Word::Called { from, home } = word else { return Err(self.misrouted(word.name())) };
        let mut namesakes = match row.take() {
            None => Namesakes::default(),
            Some(Row::Namesakes(namesakes)) => namesakes,
            other => {
                *row = other;
                return Err(self.misrouted("name at a company"));
            }
        };
        let before = namesakes.clone();
        namesakes.hear(from, home);
        self.review_pairs(&before.pairs(), &namesakes.pairs(), Likeness::NameAndCompany);
        let changed = namesakes != before;
        *row = (!namesakes.members.is_empty()).then_some(Row::Namesakes(namesakes));
        Ok(changed)
    }

    /// Tells those names at companies what is new to them of an identifier that is called so.
    pub(crate) fn tell_called(
        &mut self,
        (had, was_at): (&[IdentifierKey], IdentifierKey),
        (has, is_at): (&[IdentifierKey], IdentifierKey),
    ) {
        let from = self.me;
        for gone in had.iter().filter(|key| !has.contains(key)) {
            self.tell(*gone, Word::Called { from, home: None });
        }
        for key in has.iter().filter(|key| was_at != is_at || !had.contains(key)) {
            self.tell(*key, Word::Called { from, home: Some(is_at) });
        }
    }

    /// I joined too many, or do so no more.
    pub(crate) fn quarantine(&mut self, shared: bool) {
        if shared {
            self.count(Counter::Quarantined);
        }
        self.review(Review::Shared { key: self.me }, shared);
    }

    /// Pairs that a person should look at, and those that need it no more.
    pub(crate) fn review_pairs(
        &mut self,
        before: &BTreeSet<(SubjectId, SubjectId)>,
        now: &BTreeSet<(SubjectId, SubjectId)>,
        because: Likeness,
    ) {
        for ((one, other), open) in
            before.difference(now).map(|pair| (*pair, false)).chain(now.difference(before).map(|pair| (*pair, true)))
        {
            self.review(Review::SameAs { one, other, because }, open);
        }
    }
}
