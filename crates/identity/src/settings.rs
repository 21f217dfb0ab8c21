use crate::HashKey;
use crate::normal::Region;
use touchpoint::Text;

/// What an installation decides about identities. All of it is part of the definition of who is who: a change holds for
/// what is routed from then on, and an identifier whose normal form changes is another identifier.
#[derive(Clone, Debug)]
pub struct Settings {
    pub hash_key: HashKey,
    /// Where a phone number without a country is from.
    pub default_region: Region,
    /// Whether a cookie may be bound to a person of whom no `tracking` statement is known.
    pub tracking_default: bool,
    /// Take `+tag` off the local part of e-mail addresses, so that one mailbox is one person whatever the tag.
    pub strip_plus_tags: bool,
    /// Domains of mailbox providers beside the built-in list: they make no company.
    pub free_mail: Vec<Text>,
}

impl Settings {
    /// Japanese numbers, no binding of cookies without consent, tags kept.
    pub fn new(hash_key: HashKey) -> Self {
        Self {
            hash_key,
            default_region: Region::JP,
            tracking_default: false,
            strip_plus_tags: false,
            free_mail: Vec::new(),
        }
    }
}
