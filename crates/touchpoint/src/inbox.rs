//! What the router tells a subject's home. The protocol between `resolve` and `engine`.

use crate::{AccountId, IdentifierKey, InputId, Timestamp, Touchpoint};
use serde::{Deserialize, Serialize};

/// One record of the inbox that comes from the router; its key is the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// Place this touchpoint into the subject's ledger.
    Touchpoint(Box<Delivered>),
    /// Take an input back that came by `via`: it was voided, or a later version belongs elsewhere. A row of the same input
    /// that came by another identifier is that later version.
    Withdraw { via: IdentifierKey, replaced: Replaced },
    /// Delete the rows that came by `via` and occurred in `from <= t < until`, and return them to their owner.
    Recall { via: IdentifierKey, from: Timestamp, until: Timestamp },
    /// Whom this identifier names is to be forgotten; its rows are recalled next. What remains of the contact once it has no
    /// rows goes as well.
    Erase { via: IdentifierKey },
}

/// A touchpoint on its way to, at, or back from a home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub touchpoint: Touchpoint,
    /// The identifier that brought it: its strongest one. The row belongs where that owner's row says.
    pub via: IdentifierKey,
    /// True when it carries a naming identifier, or came by a pointer bound to one: the contact is known.
    pub known: bool,
    /// The company its person belonged to, as far as this touchpoint tells.
    pub account: Option<AccountId>,
    /// Kafka's timestamp of the raw record: when we got to know of it.
    pub arrived_at: Timestamp,
    /// The row of an earlier version that this one takes the place of, at the same home.
    pub replaces: Option<Replaced>,
}

/// Which row to take away: the input and the place its former version had in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    pub input: InputId,
    pub occurred_at: Timestamp,
    pub version: i64,
}
