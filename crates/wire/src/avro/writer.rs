use super::DECIMAL_BYTES;
use crate::shape::Sink;
use touchpoint::{Date, Decimal, Timestamp};

/// Appends Avro binary to a buffer; allocates nothing beside the buffer.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// Zigzag, then seven bits a byte, least first.
    fn varint(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while rest >= 0x80 {
            self.out.push((rest as u8) | 0x80);
            rest >>= 7;
        }
        self.out.push(rest as u8);
    }

    fn length(&mut self, length: usize) {
        // A length in memory is below 2^63.
        self.varint(length as i64);
    }

    /// The head of the one block that an array or map is written as.
    fn begin_block(&mut self, count: usize) {
        if count > 0 {
            self.length(count);
        }
    }

    fn end_blocks(&mut self) {
        self.out.push(0);
    }
}

impl Sink for Writer<'_> {
    fn branch(&mut self, index: u8) {
        self.varint(i64::from(index));
    }

    fn null(&mut self) {}

    fn boolean(&mut self, value: bool) {
        self.out.push(u8::from(value));
    }

    fn long(&mut self, value: i64) {
        self.varint(value);
    }

    fn text(&mut self, value: &str) {
        self.length(value.len());
        self.out.extend_from_slice(value.as_bytes());
    }

    fn decimal(&mut self, value: Decimal) {
        let micros = value.as_micros();
        self.length(DECIMAL_BYTES);
        self.out.push(if micros < 0 { 0xFF } else { 0 });
        self.out.extend_from_slice(&micros.to_be_bytes());
    }

    fn timestamp(&mut self, value: Timestamp) {
        self.varint(value.as_millis());
    }

    fn date(&mut self, value: Date) {
        self.varint(i64::from(value.as_days()));
    }

    fn begin_record(&mut self) {}

    fn field(&mut self, _: &'static str) {}

    fn end_record(&mut self) {}

    fn begin_array(&mut self, count: usize) {
        self.begin_block(count);
    }

    fn item(&mut self) {}

    fn end_array(&mut self, _: usize) {
        self.end_blocks();
    }

    fn begin_map(&mut self, count: usize) {
        self.begin_block(count);
    }

    fn key(&mut self, key: &str) {
        self.text(key);
    }

    fn end_map(&mut self, _: usize) {
        self.end_blocks();
    }
}
