//! Avro's binary encoding, by the specification (<https://avro.apache.org/docs/1.12.0/specification/#binary-encoding>),
//! for fixed schemas: without a tree of values, and on the way in with every length checked.

mod reader;
mod writer;

pub(crate) use reader::{Limits, Reader};
pub(crate) use writer::Writer;

/// Bytes of a decimal. Nine hold the 19 digits of the schema's precision, so that a reader that compares length and
/// precision (apache-avro does when it resolves) takes every value; a shorter form would be refused for small numbers.
pub(crate) const DECIMAL_BYTES: usize = 9;
