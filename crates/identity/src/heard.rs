//! What a touchpoint tells about identifiers.

use crate::evidence::{Evidence, Span, Statement};
use crate::keys::{self, Keys};
use crate::merge::Pairs;
use crate::message::Visit;
use crate::row::{BoundPointer, Child, Name};
use crate::{KeyKind, Settings};
use touchpoint::{ConsentState, IdentifierKey, IdentityWord, Touchpoint};

/// The purpose whose consent the joining of cookies needs.
const TRACKING: &str = "tracking";

/// What a touchpoint tells the owner of its strongest identifier about the others.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) evidence: Evidence,
    /// Names that the strongest claims.
    pub(crate) claims: Vec<IdentifierKey>,
    /// Pointers beside a name, or weaker ones beside the strongest.
    pub(crate) pointers: Vec<IdentifierKey>,
    pub(crate) statement: Option<Statement>,
    /// Whom the strongest was said to be one or two with.
    pub(crate) pairs: Vec<(IdentifierKey, Statement)>,
}

impl Heard {
    /// Of a touchpoint about a person.
    pub(crate) fn of_person(visit: &Visit, settings: &Settings) -> Self {
        let mut heard = Self::of(visit, settings);
        // Alone, an identifier says nothing of others; that is most touchpoints, and they need no hashing.
        if visit.touchpoint.identifiers.len() > 1 {
            let Keys { mut names, mut pointers } = Keys::of(&visit.touchpoint.identifiers, settings);
            if names.is_empty() {
                pointers.drain(..1.min(pointers.len()));
            } else {
                names.remove(0);
            }
            (heard.claims, heard.pointers) = (names, pointers);
            if let Some(word) = visit.touchpoint.identity_word() {
                let same = keys::several_of_a_kind(&visit.touchpoint.identifiers, settings);
                heard.pair(|key| same.contains(key), word, visit, settings);
            }
        }
        heard.statement = statement(&visit.touchpoint, settings);
        heard
    }

    /// Of a touchpoint about a company.
    pub(crate) fn of_company(visit: &Visit, settings: &Settings) -> Self {
        let mut heard = Self::of(visit, settings);
        heard.claims = keys::companies(&visit.touchpoint, settings);
        let is_record = |key: &IdentifierKey| KeyKind::of(key) == Some(KeyKind::CrmAccount);
        let several = heard.claims.iter().filter(|key| is_record(key)).count() > 1;
        heard.claims.drain(..1.min(heard.claims.len()));
        if let Some(word) = visit.touchpoint.identity_word().filter(|_| several) {
            heard.pair(is_record, word, visit, settings);
        }
        heard
    }

    /// Those of one kind with the strongest are no claims of it: they were taken in by it, or taken apart.
    fn pair(
        &mut self,
        of_one_kind: impl Fn(&IdentifierKey) -> bool,
        word: IdentityWord,
        visit: &Visit,
        settings: &Settings,
    ) {
        let apart = match word {
            IdentityWord::One => false,
            IdentityWord::Two => true,
            IdentityWord::Erased => return,
        };
        let Touchpoint { input, occurred_at, .. } = &visit.touchpoint;
        let said = Statement { at: *occurred_at, input: settings.hash_key.input(input), refused: apart };
        let others = self.claims.iter().chain(&self.pointers).filter(|key| of_one_kind(key));
        self.pairs = others.map(|key| (*key, said)).collect();
        self.claims.retain(|key| !of_one_kind(key));
        if apart {
            self.pointers.retain(|key| !of_one_kind(key));
        }
    }

    fn of(visit: &Visit, settings: &Settings) -> Self {
        let Touchpoint { input, version, occurred_at, .. } = &visit.touchpoint;
        let input = version.map(|_| settings.hash_key.input(input));
        let evidence = Evidence { at: *occurred_at, input };
        Self { evidence, claims: Vec::new(), pointers: Vec::new(), statement: None, pairs: Vec::new() }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.claims.is_empty() && self.pointers.is_empty() && self.statement.is_none() && self.pairs.is_empty()
    }

    /// True when the name does not know all of it yet.
    pub(crate) fn is_new_to(&self, name: &Name) -> bool {
        let claimed = |key: &IdentifierKey| {
            name.child(*key).is_some_and(|child| !child.evidence.lacks(self.evidence, Span::Ever))
        };
        let bound = |key: &IdentifierKey| {
            name.pointer(*key).is_some_and(|pointer| !pointer.evidence.lacks(self.evidence, Span::Day))
        };
        let known = |statement: &Statement| name.statements.knows(statement, self.evidence.input.is_some());
        !(self.pairs_are_known(&name.pairs)
            && self.claims.iter().all(claimed)
            && self.pointers.iter().all(bound)
            && self.statement.iter().all(known))
    }
}

impl Heard {
    pub(crate) fn pairs_are_known(&self, pairs: &Pairs) -> bool {
        let revisable = self.evidence.input.is_some();
        self.pairs.iter().all(|(key, said)| pairs.knows(*key, said, revisable))
    }

    pub(crate) fn say_pairs(&self, pairs: &mut Pairs) {
        let revisable = self.evidence.input.is_some();
        self.pairs.iter().for_each(|(key, said)| pairs.say(*key, *said, revisable));
    }
}

impl Name {
    pub(crate) fn learn(&mut self, heard: &Heard) {
        for key in &heard.claims {
            self.claim(*key, heard.evidence);
        }
        for key in &heard.pointers {
            let at = match self.pointers.binary_search_by_key(key, |pointer| pointer.key) {
                Ok(at) => at,
                Err(at) => {
                    self.pointers.insert(at, BoundPointer { key: *key, evidence: Default::default() });
                    at
                }
            };
            self.pointers[at].evidence.add(heard.evidence, Span::Day);
        }
        heard.say_pairs(&mut self.pairs);
        if let Some(statement) = heard.statement {
            self.statements.add(statement, heard.evidence.input.is_some());
        }
    }

    pub(crate) fn claim(&mut self, key: IdentifierKey, evidence: Evidence) {
        let at = match self.children.binary_search_by_key(&key, |child| child.key) {
            Ok(at) => at,
            Err(at) => {
                self.children.insert(at, Child { key, evidence: Default::default(), grant: None });
                at
            }
        };
        self.children[at].evidence.add(evidence, Span::Ever);
    }

    /// The pointers that go by me: not those that I was said to be apart from.
    pub(crate) fn bound(&self) -> impl Iterator<Item = &BoundPointer> {
        self.pointers.iter().filter(|pointer| !self.pairs.apart(pointer.key))
    }

    pub(crate) fn bound_by(&self, key: IdentifierKey) -> Option<&BoundPointer> {
        self.pointer(key).filter(|pointer| !self.pairs.apart(pointer.key))
    }

    fn pointer(&self, key: IdentifierKey) -> Option<&BoundPointer> {
        self.pointers.binary_search_by_key(&key, |pointer| pointer.key).ok().map(|at| &self.pointers[at])
    }
}

/// The last word on tracking in a touchpoint; of two at one moment the refusal.
fn statement(touchpoint: &Touchpoint, settings: &Settings) -> Option<Statement> {
    let about = touchpoint.consent.iter().filter(|consent| consent.purpose == TRACKING);
    let last = about
        .map(|consent| (consent.at.unwrap_or(touchpoint.occurred_at), consent.state == ConsentState::Denied))
        .max()?;
    let (at, refused) = last;
    Some(Statement { at, input: settings.hash_key.input(&touchpoint.input), refused })
}
