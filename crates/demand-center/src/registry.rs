//! The schema registry, from the settings.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::topics::names;
use std::path::PathBuf;
use wire::{Credentials, OurSchema, Registry, RegistryError, RegistrySettings, SchemaBook, value_subject};

/// The registry's client; none where no registry is configured. With `cache`, what it answers is kept there.
///
/// # Errors
/// When a file that the settings name cannot be read.
pub fn registry(settings: &Settings, cache: Option<PathBuf>) -> Result<Option<Registry>, Failure> {
    let chosen = &settings.registry;
    if chosen.urls.is_empty() {
        return Ok(None);
    }
    let mut registry = RegistrySettings::new(chosen.urls.iter().cloned());
    registry.cache_dir = cache;
    registry.call_timeout = chosen.request_timeout.0;
    registry.ca_file.clone_from(&chosen.ca_file);
    registry.client_certificate = chosen.certificate_file.clone().zip(chosen.key_file.clone());
    registry.credentials = match (&chosen.token_file, &chosen.username, &chosen.password_file) {
        (Some(token), _, _) => Credentials::Bearer(token.clone()),
        (None, Some(user), Some(password_file)) => {
            Credentials::Basic { user: user.clone(), password_file: password_file.clone() }
        }
        (None, _, _) => Credentials::None,
    };
    Registry::new(registry).map(Some).map_err(|error| failure(&error))
}

/// What records can be read by: our schemas, those of `registry.schemas_dir`, and what the registry has.
///
/// # Errors
/// Names the file of the folder that is no schema.
pub fn schema_book(settings: &Settings, registry: Option<Registry>) -> Result<SchemaBook, Failure> {
    let book = SchemaBook::new(registry).map_err(|error| Failure::findings(error.to_string()))?;
    let Some(folder) = &settings.registry.schemas_dir else { return Ok(book) };
    book.with_folder(folder).map_err(|error| {
        let next = "let every .avsc file there be one Avro schema that stands alone";
        Failure::usage(error.to_string()).at("registry.schemas_dir").next(next)
    })
}

/// Under which subject a schema of ours stands: that of its topic's values.
pub fn subject(settings: &Settings, schema: OurSchema) -> String {
    value_subject(&format!("{}{}", settings.kafka.topic_prefix, topic_of(schema)))
}

/// A registry's error with its place and the next step.
pub fn failure(error: &RegistryError) -> Failure {
    let message = error.to_string();
    match error {
        RegistryError::Settings(_) => {
            Failure::usage(message).at("registry").next("correct registry.ca_file, or whichever of the files it names")
        }
        RegistryError::Unreachable { .. } => Failure::unreachable(message)
            .at("registry.urls")
            .next("start the registry or correct the address; without one, leave registry.urls empty"),
        RegistryError::Unauthorised { .. } => Failure::findings(message)
            .at("registry")
            .next("renew registry.password_file or registry.token_file; files are read again without a restart"),
        RegistryError::Incompatible { .. } => Failure::findings(message)
            .at("the registry")
            .next("run `demand-center schemas check`; somebody else registers under the same subject"),
        RegistryError::Refused { status: 404 | 405, .. } => Failure::findings(message)
            .at("registry.urls")
            .next("name the address of Confluent's REST API; Apicurio serves it under /apis/ccompat/v7"),
        _ => Failure::findings(message).at("the registry").next("look at the registry's log"),
    }
}

/// The topic, after the prefix, that a schema's records stand on.
const fn topic_of(schema: OurSchema) -> &'static str {
    match schema {
        OurSchema::Touchpoint => names::TOUCHPOINTS,
        OurSchema::StageTransition => names::STAGE_TRANSITIONS,
        OurSchema::ScoreChange => names::SCORE_CHANGES,
        OurSchema::SegmentChange => names::SEGMENT_CHANGES,
        OurSchema::Action => names::ACTIONS,
        OurSchema::Handoff => names::HANDOFFS,
        OurSchema::Contact => names::CONTACTS,
        OurSchema::Account => names::ACCOUNTS,
        OurSchema::Review => names::REVIEWS,
    }
}
