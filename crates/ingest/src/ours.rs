//! Whose doing counts for nothing: our own people, and addresses that somebody tests with. Marked with the properties
//! `internal` and `test`, never dropped.

use crate::settings::SettingsError;
use touchpoint::{IdentifierKind, Touchpoint, Value};

/// The property that marks what people of ours do.
const INTERNAL: &str = "internal";
/// The property that marks a test.
const TEST: &str = "test";

/// Addresses and domains, in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ours {
    internal: Vec<String>,
    tests: Vec<String>,
}

impl Ours {
    /// # Errors
    /// The first entry that is neither an address nor a domain.
    pub(crate) fn of(internal: &[String], tests: &[String]) -> Result<Self, SettingsError> {
        let lower = |table: &'static str, entries: &[String]| {
            let lower = entries.iter().map(|entry| {
                let lower = entry.trim().to_lowercase();
                let domain = lower.rsplit_once('@').map_or(lower.as_str(), |(_, domain)| domain);
                let fits =
                    domain.contains('.') && !domain.starts_with('.') && !lower.starts_with('@') && !lower.contains(' ');
                if fits { Ok(lower) } else { Err(SettingsError::Address { table, entry: entry.clone() }) }
            });
            lower.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { internal: lower("internal", internal)?, tests: lower("tests", tests)? })
    }

    pub(crate) fn mark(&self, touchpoint: &mut Touchpoint) {
        for (property, entries) in [(INTERNAL, &self.internal), (TEST, &self.tests)] {
            let is_one = |address: &str| entries.iter().any(|entry| is_of(entry, &address.to_lowercase()));
            if !entries.is_empty() && touchpoint.identifiers_of(IdentifierKind::Email).any(is_one) {
                touchpoint.properties.set(property, Value::Bool(true));
            }
        }
    }
}

/// The address itself, also with a tag (`qa+1@`), or one of the domain or of one below it.
fn is_of(entry: &str, address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    match entry.rsplit_once('@') {
        Some((whose, at)) => {
            at == domain && (whose == local || local.split_once('+').is_some_and(|(own, _)| own == whose))
        }
        None => domain == entry || domain.strip_suffix(entry).is_some_and(|below| below.ends_with('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Outcomes, RawMeta, Settings};
    use serde_json::json;
    use touchpoint::{Outcome, Timestamp};

    #[test]
    fn our_own_people_and_tests_are_marked_by_their_address() {
        let texts = |texts: &[&str]| texts.iter().map(|text| String::from(*text)).collect::<Vec<_>>();
        let settings = Settings {
            internal: texts(&["Ours.example.jp"]),
            tests: texts(&["qa@partner.example.com"]),
            ..Settings::default()
        };
        let decoder = Decoder::new(settings).unwrap();
        for (email, expected) in [
            ("taro@ours.example.jp", Some(INTERNAL)),
            ("Taro@Tokyo.Ours.example.jp", Some(INTERNAL)),
            ("taro@notours.example.jp", None),
            ("QA@partner.example.com", Some(TEST)),
            ("qa+7@partner.example.com", Some(TEST)),
            ("qat@partner.example.com", None),
        ] {
            let record = json!({"source": "s", "id": "1", "channel": "web", "kind": "page_view",
                "occurred_at": "2026-10-14T01:04:00Z", "identifiers": {"email": email}});
            let mut out = Outcomes::default();
            decoder.decode(&RawMeta::received_at(Timestamp::MAX), record.to_string().as_bytes(), &mut out);
            let [Outcome::Touchpoint(touchpoint)] = &*out else { panic!("{out:?}") };
            let marked = [INTERNAL, TEST].into_iter().find(|name| touchpoint.properties.get(name).is_some());
            assert_eq!(marked, expected, "{email}");
        }
        for wrong in ["localhost", "@ours.example.jp", ".jp", ""] {
            assert!(Ours::of(&texts(&[wrong]), &[]).is_err(), "{wrong}");
        }
    }
}
