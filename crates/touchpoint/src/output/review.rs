use crate::{Text, Timestamp};
use serde::{Deserialize, Serialize};

/// Something about identities that the router leaves to a person. Of what was found and of what was decided the last record
/// of an id counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub review_id: Text,
    pub status: ReviewStatus,
    pub kind: ReviewKind,
    /// `identifier` (both have one that only one of them can have), `name_and_company`, `shared`.
    pub reason: Text,
    pub recorded_at: Timestamp,
    /// The two contacts, or accounts, that may be one.
    pub subjects: Vec<Text>,
    /// The keyed hash of the identifier that too many have.
    pub identifier: Option<Text>,
    /// `crm_id`, `email`, `card`, `phone`, `badge`, `cookie`, ...
    pub identifier_kind: Option<Text>,
    /// `same`, `different`, `release`.
    pub decision: Option<Text>,
    /// Who decided, as they call themselves.
    pub decided_by: Option<Text>,
}

/// What becomes of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReviewStatus {
    /// Somebody should look at it.
    Open,
    /// There is nothing to decide any more.
    Closed,
    /// Somebody decided.
    Decided,
}

impl ReviewStatus {
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Decided];

    /// The name in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Decided => "decided",
        }
    }
}

/// What is to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReviewKind {
    SameContact,
    SameAccount,
    SharedIdentifier,
}

impl ReviewKind {
    pub const ALL: [Self; 3] = [Self::SameContact, Self::SameAccount, Self::SharedIdentifier];

    /// The name in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameContact => "same_contact",
            Self::SameAccount => "same_account",
            Self::SharedIdentifier => "shared_identifier",
        }
    }
}
