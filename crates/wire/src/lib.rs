//! Bytes <-> nouns: what stands on topics as Avro or JSON, how a value says which schema wrote it, and the registry.
//!
//! - [`Encoder`] writes our nouns in the form that the settings chose; [`Decoder`] reads them in any form and version,
//!   and anybody's records of raw topics.
//! - [`SchemaBook`] holds what can be read by: our schemas (`schemas/avro`, all versions of `schemas/history`), a folder
//!   of users' schemas, and a [`Registry`].
//!
//! A value that does not read is a [`touchpoint::Rejection`]: data for the dead letters. A registry that does not
//! answer is a [`RegistryError`]: a fault of ours, to be tried again.

mod avro;
mod book;
mod decoder;
mod encoder;
mod foreign;
mod framing;
mod json;
mod nouns;
mod published;
mod registry;
mod schema;
mod shape;
mod unreadable;

pub use book::{FolderInvalid, SchemaBook};
pub use decoder::{DecodeError, Decoder, Raw};
pub use encoder::Encoder;
pub use foreign::{ForeignSchema, SchemaInvalid};
pub use framing::Frame;
pub use published::Published;
pub use registry::{Credentials, Registry, RegistryError, RegistrySettings, SubjectCompatibility, WriterSchema};
pub use schema::{OurSchema, value_subject};
pub use unreadable::Unreadable;
