use crate::{Text, Touchpoint};
use std::fmt;

/// What one element of a raw record became. Nothing vanishes: there is no fourth way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Touchpoint(Box<Touchpoint>),
    Dropped(DropReason),
    Rejected(Rejection),
}

/// Why an element is not a touchpoint though nothing is wrong with it: `sendgrid.processed`. Counted under this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DropReason(pub &'static str);

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Bad input, as data: it goes to the dead letters with code and field; the service goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub code: RejectionCode,
    /// Where: a path into the payload, as `identifiers.email` or `events[3].timestamp`. Empty for the whole record.
    pub field: Text,
    /// What is wrong and what would be right. Holds no value of a person.
    pub message: String,
}

impl Rejection {
    pub fn new(code: RejectionCode, field: impl AsRef<str>, message: impl Into<String>) -> Self {
        Self { code, field: Text::new(field), message: message.into() }
    }
}

macro_rules! rejection_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $name:literal;)+) => {
        /// Why an element was refused. The number is for ever; each has a page under `deploy/runbooks/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectionCode { $($(#[doc = $doc])+ $variant,)+ }

        impl RejectionCode {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code in dead letters and pages: `DC-1003`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The name in metrics: `time_in_future`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

rejection_codes! {
    /// The bytes are no JSON, Avro or CloudEvent of a known form.
    Malformed = "DC-1001", "malformed";
    /// A field that must be there is absent.
    MissingField = "DC-1002", "missing_field";
    /// A field has a value of the wrong type or form.
    InvalidField = "DC-1003", "invalid_field";
    /// No identifier, account or opportunity: nobody it could belong to.
    MissingIdentifier = "DC-1004", "missing_identifier";
    /// It occurred after the broker took the raw record.
    TimeInFuture = "DC-1005", "time_in_future";
    /// The time is not credible: before 1990, or no time at all.
    TimeAbsurd = "DC-1006", "time_absurd";
    /// The canonical form names another channel than its topic's.
    WrongChannel = "DC-1007", "wrong_channel";
    /// No mapping has this name.
    UnknownSource = "DC-1008", "unknown_source";
    /// The schema id or fingerprint is unknown to the registry.
    UnknownSchema = "DC-1009", "unknown_schema";
    /// Longer, deeper or with more entries than the limits allow.
    TooLarge = "DC-1010", "too_large";
    /// It came round more often than the router allows.
    TooManyHops = "DC-1011", "too_many_hops";
}

impl fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
