//! Avro written with any schema -> a JSON tree: the users' own records on raw topics, and our nouns written by an older
//! or newer version.
//!
//! The schema is compiled once to a table of nodes; reading walks it. This is not apache-avro's generic reader, for
//! two reasons of substance: that one takes a datum that ends too early for one whose rest is null (text, boolean and
//! union at the end of input), and its decimals forget their scale. Ours refuses the first and keeps the second. Where
//! both read a datum, tests hold them equal.

mod canonical;
mod compile;
mod text;

use crate::avro::{Limits, Reader};
use crate::unreadable::Unreadable;
use serde_json::{Map, Number, Value as Json};
use touchpoint::limits::{DEPTH_MAX, RAW_RECORD_BYTES_MAX};

pub use compile::SchemaInvalid;

/// A writer's schema, ready to read what it wrote.
#[derive(Debug)]
pub struct ForeignSchema {
    nodes: Vec<Node>,
    root: NodeIx,
    fingerprint: u64,
}

type NodeIx = usize;

/// A type, its logical type included.
#[derive(Debug)]
enum Node {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum(Vec<String>),
    Array(NodeIx),
    Map(NodeIx),
    Union(Vec<NodeIx>),
    Record(Vec<(String, NodeIx)>),
    /// `Some`: in a fixed of this size.
    Decimal {
        scale: usize,
        fixed: Option<usize>,
    },
    BigDecimal,
    UuidBytes {
        fixed: bool,
    },
    Date,
    /// Of a day; units in a second.
    Time(Unit),
    Timestamp(Unit),
    LocalTimestamp(Unit),
    Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Millis,
    Micros,
    Nanos,
}

/// Values in one datum: more than its bytes only in schemas built to make many from few.
const VALUES_MAX: usize = RAW_RECORD_BYTES_MAX;

impl ForeignSchema {
    /// CRC-64-AVRO of the schema's parsing canonical form.
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Reads one datum: records and maps as objects in the schema's order, numbers with their digits, bytes as base64,
    /// times, days and durations as ISO 8601 text, a union as the value of its branch.
    ///
    /// # Errors
    /// When the bytes do not fit the schema, or break a limit.
    pub fn to_json(&self, datum: &[u8]) -> Result<Json, Unreadable> {
        let mut walk = Walk { nodes: &self.nodes, values_left: VALUES_MAX };
        Reader::whole(datum, Limits::RAW, |reader| walk.value(self.root, reader, DEPTH_MAX))
    }
}

struct Walk<'s> {
    nodes: &'s [Node],
    values_left: usize,
}

impl Walk<'_> {
    fn value(&mut self, ix: NodeIx, reader: &mut Reader<'_>, depth: usize) -> Result<Json, Unreadable> {
        let below = depth.checked_sub(1).ok_or(Unreadable::too_large("is nested deeper than it may be"))?;
        self.values_left =
            self.values_left.checked_sub(1).ok_or(Unreadable::too_large("has more values than it may"))?;
        Ok(match &self.nodes[ix] {
            Node::Null => Json::Null,
            Node::Boolean => Json::Bool(reader.boolean()?),
            Node::Int => Json::from(reader.int()?),
            Node::Long => Json::from(reader.long()?),
            Node::Float => float(format_args!("{:?}", f32::from_le_bytes(array(reader.bytes_exactly(4)?)))),
            Node::Double => float(format_args!("{:?}", f64::from_le_bytes(array(reader.bytes_exactly(8)?)))),
            Node::Bytes => Json::String(text::base64(reader.bytes()?)),
            Node::Text => Json::from(reader.text()?),
            Node::Fixed(size) => Json::String(text::base64(reader.bytes_exactly(*size)?)),
            Node::Enum(symbols) => {
                let symbol = symbols.get(reader.branch()?);
                Json::from(symbol.ok_or(Unreadable::malformed("has no such symbol"))?.as_str())
            }
            &Node::Array(items) => {
                let mut list = Vec::new();
                reader.entries(|reader| {
                    list.push(self.value(items, reader, below)?);
                    Ok(())
                })?;
                Json::Array(list)
            }
            &Node::Map(values) => {
                let mut object = Map::new();
                reader.entries(|reader| {
                    let name = reader.text()?.to_owned();
                    let value = self.value(values, reader, below)?;
                    object.insert(name, value);
                    Ok(())
                })?;
                Json::Object(object)
            }
            Node::Union(branches) => {
                let branch = *branches.get(reader.branch()?).ok_or(Unreadable::malformed("has no such branch"))?;
                // A union adds no depth to the tree that it becomes.
                self.value(branch, reader, depth)?
            }
            Node::Record(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (name, field) in fields {
                    let value = self.value(*field, reader, below).map_err(|e| e.within(name))?;
                    object.insert(name.clone(), value);
                }
                Json::Object(object)
            }
            &Node::Decimal { scale, fixed } => {
                let bytes = match fixed {
                    Some(size) => reader.bytes_exactly(size)?,
                    None => reader.bytes()?,
                };
                number(text::decimal(bytes, scale)?)
            }
            Node::BigDecimal => {
                let mut inner = Reader::new(reader.bytes()?, Limits::RAW);
                let unscaled = inner.bytes()?;
                let scale =
                    usize::try_from(inner.long()?).map_err(|_| Unreadable::malformed("has a negative scale"))?;
                number(text::decimal(unscaled, scale)?)
            }
            Node::UuidBytes { fixed } => {
                let bytes = if *fixed { reader.bytes_exactly(16)? } else { reader.bytes()? };
                Json::String(text::uuid(bytes)?)
            }
            Node::Date => Json::String(text::date(reader.int()?)?),
            Node::Time(Unit::Millis) => Json::String(text::time(i64::from(reader.int()?), Unit::Millis)?),
            Node::Time(unit) => Json::String(text::time(reader.long()?, *unit)?),
            Node::Timestamp(unit) => Json::String(text::timestamp(reader.long()?, *unit)?),
            Node::LocalTimestamp(unit) => Json::String(text::local_timestamp(reader.long()?, *unit)?),
            Node::Duration => Json::String(text::duration(array(reader.bytes_exactly(12)?))),
        })
    }
}

/// The slice has the length of the array: it was taken by that length.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

/// The shortest digits that give the number back; what JSON cannot say (NaN, infinities) as text.
fn float(shown: std::fmt::Arguments<'_>) -> Json {
    number(shown.to_string())
}

fn number(digits: String) -> Json {
    match digits.parse::<Number>() {
        Ok(number) => Json::Number(number),
        Err(_) => Json::String(digits),
    }
}
