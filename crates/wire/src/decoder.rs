use crate::book::SchemaBook;
use crate::foreign::SchemaInvalid;
use crate::framing::Frame;
use crate::published::Published;
use crate::registry::{RegistryError, WriterSchema};
use crate::schema::OurSchema;
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use touchpoint::{Rejection, RejectionCode};

/// Reads values of topics; one per worker, so that the common look-up takes no lock.
#[derive(Debug)]
pub struct Decoder {
    book: Arc<SchemaBook>,
    by_id: HashMap<u32, Known>,
    ours: [u64; OurSchema::ALL.len()],
}

#[derive(Clone, Debug)]
struct Known {
    /// `None` for JSON text.
    fingerprint: Option<u64>,
    schema: Arc<WriterSchema>,
}

/// A raw record: what `ingest` maps.
#[derive(Debug, PartialEq)]
pub enum Raw<'a> {
    /// JSON text, not parsed yet.
    Text(&'a [u8]),
    /// What an Avro datum says, as a tree.
    Tree(Json),
}

/// Why a value could not be read.
#[derive(Clone, Debug, PartialEq)]
pub enum DecodeError {
    /// The value is at fault: it goes to the dead letters.
    Rejected(Rejection),
    /// The registry is at fault: the value may be fine; try again.
    Registry(RegistryError),
}

impl Decoder {
    /// # Errors
    /// Never for the schemas as committed: a test parses each.
    pub fn new(book: Arc<SchemaBook>) -> Result<Self, SchemaInvalid> {
        let mut ours = [0; OurSchema::ALL.len()];
        for (schema, fingerprint) in OurSchema::ALL.into_iter().zip(&mut ours) {
            *fingerprint = schema.fingerprint()?;
        }
        Ok(Self { book, by_id: HashMap::new(), ours })
    }

    /// Reads one of our nouns: quickly when written with the current schema, by way of a tree when with an older or
    /// newer one, or as JSON.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn read<T: Published>(&mut self, value: &[u8]) -> Result<T, DecodeError> {
        let current = self.ours[T::SCHEMA as usize];
        let (datum, fingerprint, schema) = match Frame::of(value)? {
            Frame::Text(text) => return from_text(text),
            Frame::SingleObject { fingerprint, datum } if fingerprint == current => return Ok(T::read_avro(datum)?),
            Frame::SingleObject { fingerprint, datum } => (datum, Some(fingerprint), self.by_fingerprint(fingerprint)?),
            Frame::Confluent { id, datum } => {
                let known = self.by_id(id)?;
                if known.fingerprint == Some(current) {
                    return Ok(T::read_avro(datum)?);
                }
                (datum, known.fingerprint, Arc::clone(&known.schema))
            }
        };
        if fingerprint.is_some_and(|fingerprint| self.ours.contains(&fingerprint)) {
            return Err(Rejection::new(
                RejectionCode::UnknownSchema,
                "",
                format!("the value was written with another of our schemas than {}", T::SCHEMA.as_str()),
            )
            .into());
        }
        match &*schema {
            WriterSchema::JsonText => from_text(datum),
            WriterSchema::Avro(schema) => Ok(T::from_json(&schema.to_json(datum)?)?),
        }
    }

    /// Reads a record of a raw topic, written with anybody's schema.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn raw<'a>(&mut self, value: &'a [u8]) -> Result<Raw<'a>, DecodeError> {
        let (datum, schema) = match Frame::of(value)? {
            Frame::Text(text) => return Ok(Raw::Text(text)),
            Frame::SingleObject { fingerprint, datum } => (datum, self.by_fingerprint(fingerprint)?),
            Frame::Confluent { id, datum } => (datum, Arc::clone(&self.by_id(id)?.schema)),
        };
        match &*schema {
            WriterSchema::JsonText => Ok(Raw::Text(datum)),
            WriterSchema::Avro(schema) => Ok(Raw::Tree(schema.to_json(datum)?)),
        }
    }

    fn by_fingerprint(&self, fingerprint: u64) -> Result<Arc<WriterSchema>, Rejection> {
        self.book.by_fingerprint(fingerprint).ok_or_else(|| {
            let message = format!(
                "no schema with fingerprint {fingerprint:016x} is known; put its .avsc into the folder of schemas"
            );
            Rejection::new(RejectionCode::UnknownSchema, "", message)
        })
    }

    fn by_id(&mut self, id: u32) -> Result<&Known, DecodeError> {
        // Two look-ups, since a borrow that is returned would lock the map for the insertion too.
        if !self.by_id.contains_key(&id) {
            let schema = self.book.by_id(id)?;
            let fingerprint = match &*schema {
                WriterSchema::Avro(schema) => Some(schema.fingerprint()),
                WriterSchema::JsonText => None,
            };
            self.by_id.insert(id, Known { fingerprint, schema });
        }
        Ok(&self.by_id[&id])
    }
}

fn from_text<T: Published>(text: &[u8]) -> Result<T, DecodeError> {
    let json: Json = serde_json::from_slice(text)
        .map_err(|e| Rejection::new(RejectionCode::Malformed, "", format!("the text is no JSON: {e}")))?;
    Ok(T::from_json(&json)?)
}

impl From<Rejection> for DecodeError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Unreadable> for DecodeError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Rejected(unreadable.into())
    }
}

impl From<RegistryError> for DecodeError {
    /// An unknown id is the record's fault, an absent registry is not.
    fn from(error: RegistryError) -> Self {
        match error.rejection() {
            Some(rejection) => Self::Rejected(rejection),
            None => Self::Registry(error),
        }
    }
}
