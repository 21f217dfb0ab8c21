use crate::Text;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of identifier it is, strongest first. *Naming* kinds say who somebody is; *pointers* only point at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum IdentifierKind {
    /// Our own contact id, handed back by a system that stored it.
    Contact = 0,
    /// A record in a CRM, SFA or MA system, scoped: `salesforce:00Q5e01`.
    CrmId = 1,
    /// A person's e-mail address.
    Email = 2,
    /// A business card in a card system, scoped: `sansan:88123`.
    Card = 3,
    /// A person's own number (direct, mobile), E.164. A switchboard is the account's.
    Phone = 4,
    /// A badge at an event, scoped: `expo26:B17`.
    Badge = 5,
    /// A browser or device, scoped: `segment:a91f`.
    Cookie = 6,
}

impl IdentifierKind {
    pub const ALL: [Self; 7] =
        [Self::Contact, Self::CrmId, Self::Email, Self::Card, Self::Phone, Self::Badge, Self::Cookie];

    /// True for kinds that name a person: they may join; a pointer never joins two named people.
    pub const fn names(self) -> bool {
        matches!(self, Self::Contact | Self::CrmId | Self::Email)
    }

    /// The name in the canonical JSON form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::CrmId => "crm_id",
            Self::Email => "email",
            Self::Card => "card",
            Self::Phone => "phone",
            Self::Badge => "badge",
            Self::Cookie => "cookie",
        }
    }
}

/// One identifier of a person, in its normal form. Never written to keys, logs or metrics: see [`IdentifierKey`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    pub kind: IdentifierKind,
    pub value: Text,
}

impl Identifier {
    pub fn new(kind: IdentifierKind, value: impl AsRef<str>) -> Self {
        Self { kind, value: Text::new(value) }
    }
}

impl fmt::Debug for Identifier {
    /// Shows the kind only: a value may be an address or a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:…", self.kind.as_str())
    }
}

/// The keyed hash (HMAC-SHA-256, first 16 bytes) of an identifier, an input or a company's identifier: the key under
/// which its row and its one writer, the *owner*, are found. Shown as 26 characters of base 32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdentifierKey(pub [u8; 16]);

impl fmt::Display for IdentifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::subject::write_base32(&self.0, f)
    }
}

impl std::str::FromStr for IdentifierKey {
    type Err = crate::ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        crate::subject::read_base32(text).map(Self).ok_or(crate::ParseIdError::IDENTIFIER_KEY)
    }
}

impl fmt::Debug for IdentifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
