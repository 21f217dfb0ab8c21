//! What an operator does about one contact.

use super::said::say;
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::talk;
use crate::settings::Settings;
use serde_json::{Map, Value as Json};
use touchpoint::{ContactId, IdentifierKind};

/// Erases whom these identifiers name: `c...`, our id, or `KIND=VALUE`.
///
/// # Errors
/// When one of them is none, or the cluster does not take the word.
pub(super) fn erase(settings: &Settings, whom: &[String], by: &str) -> Result<Exit, Failure> {
    let mut identifiers = Map::new();
    for named in whom {
        let (kind, value) = identifier(named)?;
        let values = identifiers.entry(kind.as_str()).or_insert_with(|| Json::Array(Vec::new()));
        if let Json::Array(values) = values {
            values.push(Json::from(value));
        }
    }
    let cluster = Cluster::connect(&settings.kafka)?;
    say(settings, &cluster, ("erase", "erased", by), Json::Object(identifiers))?;
    talk("said; the person is erased as soon as the services have read it, and in topics when these are cleaned");
    Ok(Exit::Done)
}

fn identifier(named: &str) -> Result<(IdentifierKind, &str), Failure> {
    if named.parse::<ContactId>().is_ok() {
        return Ok((IdentifierKind::Contact, named));
    }
    let of_kind = named.split_once('=').and_then(|(kind, value)| {
        let kind = IdentifierKind::ALL.into_iter().find(|have| have.as_str() == kind.trim())?;
        Some((kind, value.trim())).filter(|(_, value)| !value.is_empty())
    });
    of_kind.ok_or_else(|| {
        // What was typed may be an address: it is not repeated.
        Failure::usage("an identifier is neither our id of a contact nor KIND=VALUE; nobody was erased")
            .at("WHOM")
            .next(
                "write c and 26 characters, or email=..., crm_id=SYSTEM:ID, phone=..., card=..., badge=..., cookie=...",
            )
    })
}
