//! A thin, blocking client of a Confluent-compatible schema registry: four calls, with a cache in memory and on disk.
//!
//! An id's schema never changes, so what was read once is kept for ever, on disk too: a service reads on while the
//! registry is away. What the registry does not know is remembered for a while, so that a flood of records with a
//! bad id costs one call. Of several workers that miss the same id, one asks and the others wait for its answer.

mod disk;
mod error;
mod flight;
mod http;
mod settings;

pub use error::RegistryError;
pub use settings::{Credentials, RegistrySettings};

use crate::foreign::ForeignSchema;
use disk::{Disk, StoredSchema};
use flight::Flights;
use http::{Answer, Http};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What stands behind a schema id.
#[derive(Debug)]
pub enum WriterSchema {
    Avro(ForeignSchema),
    /// Confluent's JSON Schema serializer: the datum is JSON text.
    JsonText,
}

/// A client; share one per process.
#[derive(Debug)]
pub struct Registry {
    http: Http,
    disk: Option<Disk>,
    flights: Flights,
}

/// Whether a schema may follow what a subject has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectCompatibility {
    /// The subject has no version yet: anything may come.
    New,
    Compatible,
    /// With the registry's reasons, where it gives any.
    Incompatible(Vec<String>),
}

impl Registry {
    /// # Errors
    /// When the settings name no URL, or a file cannot be read.
    pub fn new(settings: RegistrySettings) -> Result<Self, RegistryError> {
        let disk = settings.cache_dir.as_ref().map(|dir| Disk::new(dir, &settings.urls));
        let flights = Flights::new(settings.unknown_for, settings.longest_call());
        Ok(Self { http: Http::new(settings)?, disk, flights })
    }

    /// The schema with this id; from memory, disk, or the registry.
    ///
    /// # Errors
    /// [`RegistryError::is_final`] tells what no retry will mend.
    pub fn schema(&self, id: u32) -> Result<Arc<WriterSchema>, RegistryError> {
        self.flights.get(id, || self.load(id))
    }

    /// Registers a schema under a subject, or finds it there, and gives its id.
    ///
    /// # Errors
    /// [`RegistryError::Incompatible`] when the subject's rule forbids it.
    pub fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        let path = format!("/subjects/{}/versions", http::escaped(subject));
        let answer = self.http.post(&path, &Proposal { schema })?;
        if answer.status != 409 {
            return answer.read::<Registered>().map(|registered| registered.id);
        }
        // Services that start together register the same schema at the same moment. A registry may tell all but the
        // first that the subject exists by now (Apicurio does), with the status of a forbidden change.
        if let Ok(Some(id)) = self.find(subject, schema) {
            return Ok(id);
        }
        Err(RegistryError::Incompatible { subject: subject.to_owned(), message: answer.message() })
    }

    /// The id of exactly this schema under a subject, if it is registered there. Changes nothing.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub fn find(&self, subject: &str, schema: &str) -> Result<Option<u32>, RegistryError> {
        let answer = self.http.post(&format!("/subjects/{}", http::escaped(subject)), &Proposal { schema })?;
        if answer.is_absent() {
            return Ok(None);
        }
        answer.read::<Registered>().map(|registered| Some(registered.id))
    }

    /// Asks whether a schema may follow the subject's latest. Changes nothing.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub fn compatibility(&self, subject: &str, schema: &str) -> Result<SubjectCompatibility, RegistryError> {
        let path = format!("/compatibility/subjects/{}/versions/latest?verbose=true", http::escaped(subject));
        let answer = self.http.post(&path, &Proposal { schema })?;
        if answer.is_absent() {
            return Ok(SubjectCompatibility::New);
        }
        let verdict: Verdict = answer.read()?;
        Ok(match verdict.is_compatible {
            true => SubjectCompatibility::Compatible,
            false => SubjectCompatibility::Incompatible(verdict.messages),
        })
    }

    /// The rule by which the registry admits versions of a subject: `FULL`, `BACKWARD`, ...
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub fn compatibility_level(&self, subject: &str) -> Result<String, RegistryError> {
        let own: Answer = self.http.get(&format!("/config/{}", http::escaped(subject)))?;
        // Without a rule of its own, the subject follows the registry's.
        let answer = if own.status == 404 { self.http.get("/config")? } else { own };
        answer.read::<Level>().map(|level| level.compatibility)
    }

    /// Sets that rule.
    ///
    /// # Errors
    /// When the registry cannot be asked, or refuses.
    pub fn set_compatibility_level(&self, subject: &str, level: &str) -> Result<(), RegistryError> {
        let body = Level { compatibility: level.to_owned() };
        self.http.put(&format!("/config/{}", http::escaped(subject)), &body)?.read::<Level>().map(|_| ())
    }

    fn load(&self, id: u32) -> Result<Arc<WriterSchema>, RegistryError> {
        let stored = match self.disk.as_ref().and_then(|disk| disk.read(id)) {
            Some(stored) => stored,
            None => {
                let fetched = self.fetch(id)?;
                if let Some(disk) = &self.disk {
                    disk.write(id, &fetched);
                }
                fetched
            }
        };
        match stored.kind.as_str() {
            "AVRO" => ForeignSchema::parse(&stored.text, &stored.references)
                .map(|schema| Arc::new(WriterSchema::Avro(schema)))
                .map_err(|cause| RegistryError::Unusable { id, cause: cause.to_string() }),
            "JSON" => Ok(Arc::new(WriterSchema::JsonText)),
            other => {
                Err(RegistryError::Unusable { id, cause: format!("it is of type {other}; AVRO and JSON are read") })
            }
        }
    }

    fn fetch(&self, id: u32) -> Result<StoredSchema, RegistryError> {
        let answer = self.http.get(&format!("/schemas/ids/{id}"))?;
        if answer.is_absent() {
            return Err(RegistryError::UnknownId { id });
        }
        let found: Found = answer.read()?;
        let mut references = Vec::new();
        self.follow(id, found.references, &mut references)?;
        Ok(StoredSchema { kind: found.kind, text: found.schema, references })
    }

    /// Fetches the schemas that one refers to, and those that these refer to.
    fn follow(&self, id: u32, mut open: Vec<Reference>, texts: &mut Vec<String>) -> Result<(), RegistryError> {
        const REFERENCES_MAX: usize = 64;
        let mut seen: Vec<(String, i64)> = Vec::new();
        while let Some(Reference { subject, version }) = open.pop() {
            if seen.iter().any(|(s, v)| *s == subject && *v == version) {
                continue;
            }
            if seen.len() == REFERENCES_MAX {
                return Err(RegistryError::Unusable {
                    id,
                    cause: format!("it refers to over {REFERENCES_MAX} others"),
                });
            }
            let path = format!("/subjects/{}/versions/{version}", http::escaped(&subject));
            let answer = self.http.get(&path)?;
            if answer.is_absent() {
                let cause = format!("it refers to version {version} of subject {subject}, which is not there");
                return Err(RegistryError::Unusable { id, cause });
            }
            let found: Found = answer.read()?;
            texts.push(found.schema);
            open.extend(found.references);
            seen.push((subject, version));
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Proposal<'a> {
    schema: &'a str,
}

#[derive(Deserialize)]
struct Registered {
    id: u32,
}

#[derive(Deserialize)]
struct Found {
    schema: String,
    #[serde(rename = "schemaType", default = "avro")]
    kind: String,
    #[serde(default)]
    references: Vec<Reference>,
}

fn avro() -> String {
    "AVRO".to_owned()
}

#[derive(Deserialize)]
struct Reference {
    subject: String,
    version: i64,
}

#[derive(Deserialize)]
struct Verdict {
    is_compatible: bool,
    #[serde(default)]
    messages: Vec<String>,
}

/// Read under one name, written under the other: the registry's own asymmetry.
#[derive(Serialize, Deserialize)]
struct Level {
    #[serde(alias = "compatibilityLevel")]
    compatibility: String,
}
