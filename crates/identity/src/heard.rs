//! What a touchpoint tells about identifiers.

use crate::Settings;
use crate::evidence::{Evidence, Span, Statement};
use crate::keys::{self, Keys};
use crate::message::Visit;
use crate::row::{BoundPointer, Child, Name};
use touchpoint::{ConsentState, IdentifierKey, Touchpoint};

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
        }
        heard.statement = statement(&visit.touchpoint, settings);
        heard
    }

    /// Of a touchpoint about a company.
    pub(crate) fn of_company(visit: &Visit, settings: &Settings) -> Self {
        let mut heard = Self::of(visit, settings);
        heard.claims = keys::companies(&visit.touchpoint, settings);
        heard.claims.drain(..1.min(heard.claims.len()));
        heard
    }

    fn of(visit: &Visit, settings: &Settings) -> Self {
        let Touchpoint { input, version, occurred_at, .. } = &visit.touchpoint;
        let input = version.map(|_| settings.hash_key.input(input));
        let evidence = Evidence { at: *occurred_at, input };
        Self { evidence, claims: Vec::new(), pointers: Vec::new(), statement: None }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.claims.is_empty() && self.pointers.is_empty() && self.statement.is_none()
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
        !(self.claims.iter().all(claimed) && self.pointers.iter().all(bound) && self.statement.iter().all(known))
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
