use crate::erasure::{Erased, Gone, Refusals};
use crate::evidence::{Evidences, Statement, Statements};
use crate::merge::{Follower, Pairs};
use crate::message::{Grant, Told, Visit};
use crate::namesakes::Namesakes;
use crate::standing::{Standing, Steps};
use serde::{Deserialize, Serialize};
use touchpoint::{AccountRef, Identifier, IdentifierKey, OpportunityContact, Timestamp, Touchpoint};

/// What an owner remembers of one identifier. An identifier without a row stands at its own contact: most cookies and
/// addresses never need one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// Of a crm id, an e-mail address; or a company's identifier.
    Name(Box<Name>),
    /// Of a card, phone, badge or cookie.
    Pointer(Box<Pointer>),
    /// Of an input that can be revised.
    Input(Input),
    Opportunity(Box<Opportunity>),
    /// Of a person's name at a company.
    Namesakes(Namesakes),
}

/// A name: who claims it, whom it claims, and the pointers seen with it. Lists are sorted by key unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Who claims me, the earliest first: that one I follow.
    pub(crate) claims: Vec<Claim>,
    /// What the one I follow told me.
    pub(crate) told: Option<Told>,
    pub(crate) children: Vec<Child>,
    /// With whom I was said to be one or two.
    pub(crate) pairs: Pairs,
    /// Roots of trees that I took in.
    pub(crate) followers: Vec<Follower>,
    pub(crate) erased: Option<Erased>,
    pub(crate) refusals: Refusals,
    pub(crate) pointers: Vec<BoundPointer>,
    pub(crate) statements: Statements,
    /// What my touchpoints told a company's owner already: fingerprint and earliest time.
    pub(crate) reported: Vec<(u64, Timestamp)>,
    /// The names at companies that its touchpoints call it by.
    pub(crate) called: Vec<IdentifierKey>,
    /// Touchpoints that wait until the names that they claim have answered.
    pub(crate) waiting: Vec<Visit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) at: Timestamp,
    pub(crate) parent: IdentifierKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Child {
    pub(crate) key: IdentifierKey,
    pub(crate) evidence: Evidences,
    /// `None`: it has not answered yet.
    pub(crate) grant: Option<Grant>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundPointer {
    pub(crate) key: IdentifierKey,
    pub(crate) evidence: Evidences,
}

/// A pointer: the names it was seen with, and the other pointers it was seen with where no name was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub(crate) names: Vec<NamedBy>,
    pub(crate) stronger: Vec<Stronger>,
    pub(crate) weaker: Vec<Weaker>,
    /// Weaker ones that I was said to be one or two with.
    pub(crate) pairs: Pairs,
    pub(crate) erased: Option<Erased>,
    /// The times in which it belonged to people who were erased.
    pub(crate) gone: Gone,
    pub(crate) refusals: Refusals,
    pub(crate) statements: Statements,
    /// The names at companies that its touchpoints call it by.
    pub(crate) called: Vec<IdentifierKey>,
    /// More names than a pointer of one person can have: it joins nobody, for ever.
    pub(crate) closed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedBy {
    pub(crate) key: IdentifierKey,
    pub(crate) home: IdentifierKey,
    pub(crate) tracking: Option<Statement>,
    /// The earliest of each day on which the two were seen together. In order of time.
    pub(crate) days: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stronger {
    pub(crate) key: IdentifierKey,
    pub(crate) at: Timestamp,
    pub(crate) standing: Standing,
    pub(crate) said: Option<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weaker {
    pub(crate) key: IdentifierKey,
    pub(crate) evidence: Evidences,
    pub(crate) steps: Steps,
}

/// Which version of an input counts, and where it was sent. Stays when the input is void, so that a late lower version
/// is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub(crate) rank: Rank,
    pub(crate) place: Option<Place>,
}

/// Of two versions the greater counts: by number, then a void one, then by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Rank {
    pub(crate) version: i64,
    pub(crate) void: bool,
    pub(crate) content: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) owner: IdentifierKey,
    pub(crate) occurred_at: Timestamp,
    /// The company's owner that was told what this input says of the company.
    pub(crate) company: Option<IdentifierKey>,
}

/// A deal: its touchpoints, so that what is learned late (a contact, the account) still gets the early ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opportunity {
    /// Counts the publications: the version of the copies.
    pub(crate) revision: i64,
    /// In order of time and input.
    pub(crate) touchpoints: Vec<Kept>,
    /// What touchpoints that are no longer kept told.
    pub(crate) former: Knowledge,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) touchpoint: Touchpoint,
    pub(crate) arrived_at: Timestamp,
}

/// Whom a deal concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Knowledge {
    pub(crate) account: Option<AccountRef>,
    /// Named contacts with their last known roles, sorted by crm id.
    pub(crate) contacts: Vec<OpportunityContact>,
    /// Whom it was converted from.
    pub(crate) converted: Option<Identifier>,
}

impl Name {
    pub(crate) fn is_empty(&self) -> bool {
        self.claims.is_empty()
            && self.children.is_empty()
            && self.pairs.is_empty()
            && self.followers.is_empty()
            && self.erased.is_none()
            && self.pointers.is_empty()
            && self.statements.is_empty()
            && self.reported.is_empty()
            && self.called.is_empty()
            && self.waiting.is_empty()
    }
}

impl Pointer {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
            && self.stronger.is_empty()
            && self.weaker.is_empty()
            && self.pairs.is_empty()
            && self.gone.is_empty()
            && self.called.is_empty()
            && self.statements.is_empty()
            && !self.closed
    }
}
