use crate::message::Message;
use touchpoint::{Delivery, IdentifierKey, SubjectId};

/// What the router wants done. In order: what goes to one partition must stay in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// To another owner, on `demand.touchpoints` under this key.
    Message { to: IdentifierKey, message: Message },
    /// To a subject's home, on `demand.inbox`.
    Delivery { to: SubjectId, delivery: Delivery },
    /// Something worth counting happened at this identifier. Conflicts and quarantines are also for people to review.
    Counted { what: Counter, at: IdentifierKey },
    /// A person should look at this; `open: false`, no longer.
    Review { about: Review, open: bool },
    /// It came round more often than is possible: a dead letter ([`touchpoint::RejectionCode::TooManyHops`]).
    TooManyHops { to: IdentifierKey, message: Message },
}

/// What the router leaves to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Review {
    /// Two contacts, or two accounts, that may be one.
    SameAs { one: SubjectId, other: SubjectId, because: Likeness },
    /// An identifier that too many have: it joins nobody.
    Shared { key: IdentifierKey },
}

/// Why two may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Both have an identifier that only one of them can have.
    Identifier,
    /// They have one name at one company.
    NameAndCompany,
}

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What the router decided, for the counters of the service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Counter { $($(#[doc = $doc])+ $variant,)+ }

        impl Counter {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

counters! {
    /// A pointer was seen with a name for the first time.
    Bound = "bound",
    /// A name joined the stronger name that claims it.
    Adopted = "adopted",
    /// A name stays with who claimed it earlier: the claimer is on its own.
    Conflict = "conflict",
    /// An identifier turned out to be shared by too many: it joins nobody.
    Quarantined = "quarantined",
    /// Rows of an interval were called back from a home.
    Recalled = "recalled",
    /// A later version took the place of an earlier one.
    Replaced = "replaced",
    /// An input was taken back.
    Voided = "voided",
    /// A touchpoint of somebody who was erased, or the word that erased them: it goes no further.
    Erased = "erased",
    /// An input came again in the version that counts.
    Duplicate = "duplicate",
    /// An input came in a version that no longer counts.
    Outdated = "outdated",
    /// A touchpoint waits for the answer of a name that it is the first to claim.
    Waited = "waited",
    /// A touchpoint of an opportunity waits until somebody knows its account or contacts.
    Unplaced = "unplaced",
    /// An opportunity has more touchpoints than are kept for late knowledge; the oldest stand where they are.
    Settled = "settled",
}
