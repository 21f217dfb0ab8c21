//! Which keys a touchpoint has.

use crate::{KeyKind, Settings, key_of_contact, normal, subject};
use touchpoint::{AccountId, ContactId, Identifier, IdentifierKey, IdentifierKind, SubjectId, Touchpoint};

/// The keys of the person's identifiers in a touchpoint.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Strongest first, in the source's order within a kind: the first claims the others.
    pub(crate) names: Vec<IdentifierKey>,
    /// Strongest first; within a kind by key, so that of two pointers the same is always the stronger.
    pub(crate) pointers: Vec<IdentifierKey>,
}

impl Keys {
    /// Reads them from identifiers in their normal form, strongest kind first.
    pub(crate) fn of(identifiers: &[Identifier], settings: &Settings) -> Self {
        let mut keys = Self::default();
        let mut handed_back = Vec::new();
        let mut shared = None;
        for identifier in identifiers {
            let Some(key) = key(identifier, settings) else { continue };
            match identifier.kind {
                _ if KeyKind::of(&key).is_some_and(KeyKind::points) => keys.pointers.push(key),
                IdentifierKind::Contact => push_new(&mut handed_back, key),
                IdentifierKind::Email if normal::is_role_address(&identifier.value) => _ = shared.get_or_insert(key),
                _ => push_new(&mut keys.names, key),
            }
        }
        // Our own id says nothing new beside the very identifier it was born from, and that one knows its place.
        handed_back.retain(|key| !keys.names.contains(key));
        keys.names.splice(..0, handed_back);
        // A mailbox that several read is somebody's name only where nobody else is named.
        if keys.names.is_empty() {
            keys.names.extend(shared);
        }
        keys.pointers.sort_unstable_by_key(strength);
        keys.pointers.dedup();
        keys
    }

    /// The owner that decides where the touchpoint belongs.
    pub(crate) fn strongest(&self) -> Option<IdentifierKey> {
        self.names.first().or_else(|| self.pointers.first()).copied()
    }
}

/// The smaller, the stronger.
pub(crate) fn strength(key: &IdentifierKey) -> (Option<KeyKind>, IdentifierKey) {
    (KeyKind::of(key), *key)
}

fn push_new(keys: &mut Vec<IdentifierKey>, key: IdentifierKey) {
    if !keys.contains(&key) {
        keys.push(key);
    }
}

fn key(identifier: &Identifier, settings: &Settings) -> Option<IdentifierKey> {
    match KeyKind::of_identifier(identifier.kind) {
        Some(kind) => Some(settings.hash_key.key(kind, &identifier.value)),
        None => key_of_contact(identifier.value.parse::<ContactId>().ok()?),
    }
}

/// The keys of the strongest kind that has several: whom a merge speaks of.
pub(crate) fn several_of_a_kind(identifiers: &[Identifier], settings: &Settings) -> Vec<IdentifierKey> {
    let kinds = identifiers.chunk_by(|one, next| one.kind == next.kind);
    let several = kinds.into_iter().find(|alike| alike.len() > 1).unwrap_or_default();
    several.iter().filter_map(|identifier| key(identifier, settings)).collect()
}

/// The keys of the company a touchpoint names, strongest first: the first claims the others. The domain is the company's
/// own, else, where the company is named by an id, that of the person's address.
pub(crate) fn companies(touchpoint: &Touchpoint, settings: &Settings) -> Vec<IdentifierKey> {
    let Some(account) = &touchpoint.account else { return Vec::new() };
    let hash = &settings.hash_key;
    let mut keys = Vec::new();
    keys.extend(
        account
            .corporate_number
            .as_deref()
            .and_then(normal::corporate_number)
            .map(|number| hash.key(KeyKind::CorporateNumber, &number)),
    );
    keys.extend(account.ids.iter().filter_map(|id| normal::scoped(id)).map(|id| hash.key(KeyKind::CrmAccount, &id)));
    let own = account.domain.as_deref().and_then(|domain| normal::domain(domain, &settings.free_mail));
    let domain = own.or_else(|| if keys.is_empty() { None } else { address_domain(touchpoint, settings) });
    keys.extend(domain.map(|domain| hash.key(KeyKind::Domain, &domain)));
    let mut distinct = Vec::with_capacity(keys.len());
    keys.into_iter().for_each(|key| push_new(&mut distinct, key));
    distinct
}

/// The account a touchpoint's person belonged to, as far as it tells without asking: by domain. An id of a CRM alone
/// tells nothing here: the domain that it goes with is known to its owner only.
pub(crate) fn account(touchpoint: &Touchpoint, settings: &Settings) -> Option<AccountId> {
    let own = touchpoint.account.as_ref().and_then(|account| account.domain.as_deref());
    let domain = own
        .and_then(|domain| normal::domain(domain, &settings.free_mail))
        .or_else(|| address_domain(touchpoint, settings))
        .map(|domain| settings.hash_key.key(KeyKind::Domain, &domain))?;
    match subject(domain) {
        Some(SubjectId::Account(account)) => Some(account),
        _ => None,
    }
}

/// The registrable domain of the person's address.
pub(crate) fn address_domain(touchpoint: &Touchpoint, settings: &Settings) -> Option<touchpoint::Text> {
    touchpoint
        .identifiers_of(IdentifierKind::Email)
        .find_map(|address| normal::email_domain(address, &settings.free_mail))
}
