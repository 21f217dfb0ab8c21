use crate::shape::Sink;
use std::io::Write;
use touchpoint::{Date, Decimal, Timestamp};

/// Appends JSON text to a buffer: the names of the schema, times as RFC 3339 in UTC, days as ISO 8601, numbers with
/// all their digits, null branches as `null`.
pub(crate) struct JsonWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The next item or name is preceded by a comma.
    comma: bool,
}

impl<'a> JsonWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, comma: false }
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to memory cannot fail.
        let _ = self.out.write_fmt(arguments);
    }

    fn quoted(&mut self, text: &str) {
        // A string into memory: neither can fail.
        let _ = serde_json::to_writer(&mut *self.out, text);
    }
}

impl Sink for JsonWriter<'_> {
    fn branch(&mut self, _: u8) {}

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn boolean(&mut self, value: bool) {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn long(&mut self, value: i64) {
        self.format(format_args!("{value}"));
    }

    fn text(&mut self, value: &str) {
        self.quoted(value);
    }

    fn decimal(&mut self, value: Decimal) {
        self.format(format_args!("{value}"));
    }

    fn timestamp(&mut self, value: Timestamp) {
        self.format(format_args!("\"{value}\""));
    }

    fn date(&mut self, value: Date) {
        self.format(format_args!("\"{value}\""));
    }

    fn begin_record(&mut self) {
        self.open(b'{');
    }

    fn field(&mut self, name: &'static str) {
        self.separate();
        // Names of our schemas need no escapes.
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn end_record(&mut self) {
        self.close(b'}');
    }

    fn begin_array(&mut self, _: usize) {
        self.open(b'[');
    }

    fn item(&mut self) {
        self.separate();
    }

    fn end_array(&mut self, _: usize) {
        self.close(b']');
    }

    fn begin_map(&mut self, _: usize) {
        self.open(b'{');
    }

    fn key(&mut self, key: &str) {
        self.separate();
        self.quoted(key);
        self.out.push(b':');
    }

    fn end_map(&mut self, _: usize) {
        self.close(b'}');
    }
}
