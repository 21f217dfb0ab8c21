use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use touchpoint::{AccountId, ContactId, IdentifierKey, IdentifierKind, InputId, SubjectId, Timestamp};

/// What an [`IdentifierKey`] is the key of. It stands in the key's last four bits, so that the form of a row, the
/// strength of an identifier and the subject born from it can be read off the key alone.
///
/// Within people and within companies the order is that of strength, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    CrmId = 1,
    Email = 2,
    Card = 3,
    Phone = 4,
    Badge = 5,
    Cookie = 6,
    /// 法人番号.
    CorporateNumber = 8,
    CrmAccount = 9,
    Domain = 10,
    /// One input of a source that revises: its versions meet here.
    Input = 12,
    Opportunity = 13,
    /// A person's name at a company.
    Namesake = 14,
}

impl KeyKind {
    /// The kind a key says it is; `None` for bytes that are no key of ours.
    pub fn of(key: &IdentifierKey) -> Option<Self> {
        Some(match key.0[15] & 15 {
            1 => Self::CrmId,
            2 => Self::Email,
            3 => Self::Card,
            4 => Self::Phone,
            5 => Self::Badge,
            6 => Self::Cookie,
            8 => Self::CorporateNumber,
            9 => Self::CrmAccount,
            10 => Self::Domain,
            12 => Self::Input,
            13 => Self::Opportunity,
            14 => Self::Namesake,
            _ => return None,
        })
    }

    /// The kind of key an identifier has; `None` for `contact`, whose value is a key already.
    pub fn of_identifier(kind: IdentifierKind) -> Option<Self> {
        Some(match kind {
            IdentifierKind::Contact => return None,
            IdentifierKind::CrmId => Self::CrmId,
            IdentifierKind::Email => Self::Email,
            IdentifierKind::Card => Self::Card,
            IdentifierKind::Phone => Self::Phone,
            IdentifierKind::Badge => Self::Badge,
            IdentifierKind::Cookie => Self::Cookie,
        })
    }

    /// True for identifiers that name a person.
    pub const fn names_person(self) -> bool {
        matches!(self, Self::CrmId | Self::Email)
    }

    /// True for identifiers that only point at a person.
    pub const fn points(self) -> bool {
        matches!(self, Self::Card | Self::Phone | Self::Badge | Self::Cookie)
    }

    /// True for identifiers that name a company.
    pub const fn names_company(self) -> bool {
        matches!(self, Self::CorporateNumber | Self::CrmAccount | Self::Domain)
    }

    /// True for the record of a system, which takes over the id of what it was made from (the lead, the e-mail address,
    /// the domain). An address or a domain keeps its own.
    pub const fn adopts(self) -> bool {
        matches!(self, Self::CrmId | Self::CorporateNumber | Self::CrmAccount)
    }
}

/// The secret of all keys. Losing it loses the way from an address to its row; changing it changes every id.
#[derive(Clone)]
pub struct HashKey {
    /// The hash after it took in the key: one copy a use instead of hashing the key again.
    primed: Hmac<Sha256>,
}

impl HashKey {
    pub fn new(secret: [u8; 32]) -> Self {
        // A shorter key is filled with zeros up to the block of SHA-256 (RFC 2104, section 2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&secret);
        Self { primed: Hmac::new(&block.into()) }
    }

    /// The key of a value in its normal form.
    pub fn key(&self, kind: KeyKind, value: &str) -> IdentifierKey {
        self.hash(kind, &[value.as_bytes()])
    }

    /// The key under which the versions of an input meet.
    pub fn input(&self, input: &InputId) -> IdentifierKey {
        self.hash(KeyKind::Input, &[input.source.as_bytes(), &[0], input.id.as_bytes()])
    }

    /// Whose an identifier is after it was erased at a moment: a key that leads to nobody's history. It is of the same kind.
    pub(crate) fn born_again(&self, key: IdentifierKey, until: Timestamp) -> IdentifierKey {
        // No text begins with this byte, so no identifier's value has this key.
        let kind = KeyKind::of(&key).unwrap_or(KeyKind::Email);
        self.hash(kind, &[&[0xff], &key.0, &until.as_millis().to_be_bytes()])
    }

    /// A short hash of content, to tell two apart.
    pub(crate) fn fingerprint<'p>(&self, parts: impl IntoIterator<Item = &'p [u8]>) -> u64 {
        let mut mac = self.primed.clone();
        for part in parts {
            mac.update(part);
        }
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        u64::from_be_bytes(first)
    }

    fn hash(&self, kind: KeyKind, parts: &[&[u8]]) -> IdentifierKey {
        let mut mac = self.primed.clone();
        mac.update(&[kind as u8, 0]);
        for part in parts {
            mac.update(part);
        }
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        key[15] = (key[15] & 0xf0) | kind as u8;
        IdentifierKey(key)
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(…)")
    }
}

/// The subject that is born from an identifier: its id *is* the key, so that an id handed back to us leads to the row
/// it came from. `None` for keys of inputs and opportunities, which are nobody.
pub fn subject(key: IdentifierKey) -> Option<SubjectId> {
    match KeyKind::of(&key) {
        Some(kind) if kind.names_person() || kind.points() => Some(SubjectId::Contact(ContactId(key.0))),
        Some(kind) if kind.names_company() => Some(SubjectId::Account(AccountId(key.0))),
        _ => None,
    }
}

/// The key of the identifier that a contact id was born from; `None` for an id that we never gave.
pub fn key_of_contact(id: ContactId) -> Option<IdentifierKey> {
    let key = IdentifierKey(id.0);
    matches!(subject(key), Some(SubjectId::Contact(_))).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_hmac_with_its_kind_in_the_last_bits() {
        // HMAC-SHA-256 with key 00..1f over 02 00 "hanako@acme.example", computed with another implementation.
        let mut secret = [0; 32];
        for (at, byte) in secret.iter_mut().enumerate() {
            *byte = at as u8;
        }
        let key = HashKey::new(secret).key(KeyKind::Email, "hanako@acme.example");
        let expected = [0x28, 0xbe, 0x69, 0xd2, 0xf3, 0xea, 0xe8, 0xcc, 0x89, 0x2a, 0xbc, 0x1c, 0x00, 0xa4, 0x9c, 0x22];
        assert_eq!(key.0, expected);
        assert_eq!(KeyKind::of(&key), Some(KeyKind::Email));
    }

    #[test]
    fn the_same_text_of_another_kind_is_another_key() {
        let hash = HashKey::new([7; 32]);
        let keys = [KeyKind::CrmId, KeyKind::Email, KeyKind::Cookie, KeyKind::Domain].map(|kind| hash.key(kind, "x"));
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
            assert_ne!(key.0[..15], hash.key(KeyKind::Phone, "x").0[..15], "more than the kind differs");
        }
        let input = |source: &str, id: &str| hash.input(&InputId { source: source.into(), id: id.into() });
        assert_ne!(input("a", "b1"), input("ab", "1"), "source and id are kept apart");
    }

    #[test]
    fn an_id_leads_back_to_its_row_and_a_foreign_one_nowhere() {
        let hash = HashKey::new([7; 32]);
        let key = hash.key(KeyKind::Cookie, "segment:a91f");
        let Some(SubjectId::Contact(id)) = subject(key) else { panic!("a cookie's contact is anonymous, but one") };
        assert_eq!(key_of_contact(id), Some(key));
        assert_eq!(key_of_contact(ContactId([0; 16])), None);
        assert_eq!(key_of_contact(ContactId(hash.key(KeyKind::Domain, "acme.example").0)), None);
        assert_eq!(subject(hash.key(KeyKind::Opportunity, "x")), None);
    }
}
