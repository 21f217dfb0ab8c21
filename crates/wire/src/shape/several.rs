//! Nullable values, lists and maps.

use super::{Shape, Sink};
use crate::avro::Reader;
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use touchpoint::Text;

/// A union of null (first) and something.
impl<T: Shape> Shape for Option<T> {
    fn write<S: Sink>(&self, sink: &mut S) {
        match self {
            None => {
                sink.branch(0);
                sink.null();
            }
            Some(value) => {
                sink.branch(1);
                value.write(sink);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        match reader.branch()? {
            0 => Ok(None),
            1 => T::read(reader).map(Some),
            _ => Err(Unreadable::malformed("has no such branch")),
        }
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        match json {
            Json::Null => Ok(None),
            json => T::from_json(json).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Shape> Shape for Box<T> {
    fn write<S: Sink>(&self, sink: &mut S) {
        (**self).write(sink);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        T::read(reader).map(Self::new)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        T::from_json(json).map(Self::new)
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.begin_array(self.len());
        for item in self {
            sink.item();
            item.write(sink);
        }
        sink.end_array(self.len());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.list(T::read)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        match json {
            Json::Array(items) => items.iter().map(T::from_json).collect(),
            _ => Err(Unreadable::malformed("is no list")),
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

/// A map, in the order of the noun.
impl<T: Shape> Shape for Vec<(Text, T)> {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.begin_map(self.len());
        for (name, value) in self {
            sink.key(name);
            value.write(sink);
        }
        sink.end_map(self.len());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.list(|reader| Ok((Text::new(reader.text()?), T::read(reader)?)))
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        match json {
            Json::Object(entries) => entries
                .iter()
                .map(|(name, value)| {
                    T::from_json(value).map(|value| (Text::new(name), value)).map_err(|e| e.within(name))
                })
                .collect(),
            _ => Err(Unreadable::malformed("is no map")),
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}
