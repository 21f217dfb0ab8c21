//! One description per noun, three ways to use it: written (as Avro binary or JSON), read from Avro binary, read from a
//! JSON tree. A description is the list of fields in the order of the `.avsc`; the `.avsc` stays the contract, and
//! tests hold both equal with apache-avro as the judge.

mod fields;
mod scalar;
mod several;

pub(crate) use fields::{Fields, field_from_json, read_field, record, record_from_json, write_record};
pub(crate) use scalar::{parsed, word};

use crate::avro::Reader;
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use std::fmt;
use touchpoint::{Date, Decimal, Timestamp};

/// A noun with one fixed shape on the wire.
pub(crate) trait Shape: Sized {
    fn write<S: Sink>(&self, sink: &mut S);

    /// Reads Avro binary written with exactly our schema.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable>;

    /// Reads a tree: our own JSON, or what another writer's schema was turned into.
    fn from_json(json: &Json) -> Result<Self, Unreadable>;

    /// What an absent field means: the default of the `.avsc`.
    fn absent() -> Option<Self> {
        None
    }
}

/// Where a noun is written to. Avro ignores names, JSON ignores branch numbers.
pub(crate) trait Sink {
    /// The branch of a union that follows. A null branch is followed by [`Sink::null`].
    fn branch(&mut self, index: u8);
    fn null(&mut self);
    fn boolean(&mut self, value: bool);
    fn long(&mut self, value: i64);
    fn text(&mut self, value: &str);
    fn decimal(&mut self, value: Decimal);
    fn timestamp(&mut self, value: Timestamp);
    fn date(&mut self, value: Date);
    fn begin_record(&mut self);
    fn field(&mut self, name: &'static str);
    fn end_record(&mut self);
    /// An array or map of `count` entries, each begun with [`Sink::item`] or [`Sink::key`].
    fn begin_array(&mut self, count: usize);
    fn item(&mut self);
    fn end_array(&mut self, count: usize);
    fn begin_map(&mut self, count: usize);
    fn key(&mut self, key: &str);
    fn end_map(&mut self, count: usize);

    /// Writes something by its text form, which is at most 32 bytes: ids.
    fn shown(&mut self, value: impl fmt::Display) {
        let mut text = ShortText::default();
        // Only a text longer than the buffer could fail, and what is shown here has a fixed length.
        let _ = fmt::write(&mut text, format_args!("{value}"));
        self.text(text.as_str());
    }
}

/// A text of at most 32 bytes on the stack.
#[derive(Default)]
struct ShortText {
    bytes: [u8; 32],
    len: usize,
}

impl ShortText {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for ShortText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
