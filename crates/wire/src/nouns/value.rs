//! Properties, answers and attributes: a union of boolean, decimal, string and list of strings.

use crate::avro::Reader;
use crate::shape::{Fields, Shape, Sink, field_from_json, record};
use crate::unreadable::Unreadable;
use serde_json::{Map, Value as Json};
use touchpoint::output::AttributeState;
use touchpoint::{AttributeChanges, Properties, Text, Value};

record!(AttributeState { value, source, since });

const NO_BRANCH: Unreadable = Unreadable::malformed("has no such branch");

/// The union begins with `first` other branches (null).
fn write_value<S: Sink>(value: &Value, first: u8, sink: &mut S) {
    match value {
        Value::Bool(value) => {
            sink.branch(first);
            sink.boolean(*value);
        }
        Value::Number(value) => {
            sink.branch(first + 1);
            sink.decimal(*value);
        }
        Value::Text(value) => {
            sink.branch(first + 2);
            sink.text(value);
        }
        Value::List(items) => {
            sink.branch(first + 3);
            items.write(sink);
        }
    }
}

fn read_value(branch: usize, reader: &mut Reader<'_>) -> Result<Value, Unreadable> {
    match branch {
        0 => reader.boolean().map(Value::Bool),
        1 => reader.decimal().map(Value::Number),
        2 => reader.text().map(Value::text),
        3 => Vec::read(reader).map(Value::List),
        _ => Err(NO_BRANCH),
    }
}

impl Shape for Value {
    fn write<S: Sink>(&self, sink: &mut S) {
        write_value(self, 0, sink);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let branch = reader.branch()?;
        read_value(branch, reader)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        match json {
            Json::Bool(value) => Ok(Self::Bool(*value)),
            Json::Number(_) => Shape::from_json(json).map(Self::Number),
            Json::String(text) => Ok(Self::text(text)),
            Json::Array(_) => Shape::from_json(json).map(Self::List),
            Json::Null | Json::Object(_) => Err(Unreadable::malformed("is no boolean, number, text or list of texts")),
        }
    }
}

impl Shape for Properties {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.begin_map(self.len());
        for (name, value) in self.iter() {
            sink.key(name);
            value.write(sink);
        }
        sink.end_map(self.len());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let mut properties = Self::new();
        reader.entries(|reader| {
            let name = reader.text()?;
            properties.set(name, Value::read(reader)?);
            Ok(())
        })?;
        Ok(properties)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        Vec::<(Text, Value)>::from_json(json).map(Self::from_iter)
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

/// A value that may be cleared. Avro has no union in a union, so null is the first of its five branches.
struct Change;

impl Change {
    fn write_all<S: Sink>(changes: &[(Text, Option<Value>)], sink: &mut S) {
        sink.begin_map(changes.len());
        for (name, change) in changes {
            sink.key(name);
            match change {
                None => {
                    sink.branch(0);
                    sink.null();
                }
                Some(value) => write_value(value, 1, sink),
            }
        }
        sink.end_map(changes.len());
    }

    fn read_all(reader: &mut Reader<'_>) -> Result<Vec<(Text, Option<Value>)>, Unreadable> {
        reader.list(|reader| {
            let name = Text::new(reader.text()?);
            let change = match reader.branch()? {
                0 => None,
                branch => Some(read_value(branch - 1, reader)?),
            };
            Ok((name, change))
        })
    }
}

impl Fields for AttributeChanges {
    fn write_fields<S: Sink>(&self, sink: &mut S) {
        sink.field("contact");
        Change::write_all(&self.contact, sink);
        sink.field("account");
        Change::write_all(&self.account, sink);
    }

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            contact: Change::read_all(reader).map_err(|e| e.within("contact"))?,
            account: Change::read_all(reader).map_err(|e| e.within("account"))?,
        })
    }

    fn fields_from_json(object: &Map<String, Json>) -> Result<Self, Unreadable> {
        Ok(Self { contact: field_from_json(object, "contact")?, account: field_from_json(object, "account")? })
    }
}

record!(@shape AttributeChanges);
