//! Single values: booleans, numbers, texts, times, ids, and words of a closed list.

use super::{Shape, Sink};
use crate::avro::Reader;
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use std::str::FromStr;
use touchpoint::{AccountId, ContactId, Date, Decimal, EventId, Text, Timestamp};

impl Shape for bool {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.boolean(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.boolean()
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_bool().ok_or(Unreadable::malformed("is no boolean"))
    }

    /// Every boolean of our schemas that may be absent is false then.
    fn absent() -> Option<Self> {
        Some(false)
    }
}

impl Shape for i64 {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.long(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.long()
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_i64().ok_or(Unreadable::malformed("is no whole number of 64 bits"))
    }
}

impl Shape for u64 {
    fn write<S: Sink>(&self, sink: &mut S) {
        // A sequence counts events: 2^63 of one subject are out of reach.
        sink.long(i64::try_from(*self).unwrap_or(i64::MAX));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Self::try_from(reader.long()?).map_err(|_| Unreadable::malformed("is negative"))
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_u64().ok_or(Unreadable::malformed("is no whole number from 0"))
    }
}

impl Shape for u32 {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.long(i64::from(*self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Self::try_from(reader.long()?).map_err(|_| Unreadable::malformed("is no count of 32 bits"))
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_u64()
            .and_then(|count| Self::try_from(count).ok())
            .ok_or(Unreadable::malformed("is no count of 32 bits"))
    }

    fn absent() -> Option<Self> {
        Some(0)
    }
}

impl Shape for Text {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.text(self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.text().map(Text::new)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_str().map(Text::new).ok_or(Unreadable::malformed("is no text"))
    }
}

impl Shape for Timestamp {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.timestamp(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.long().map(Self::from_millis)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_str().and_then(|text| Self::parse(text).ok()).ok_or(Unreadable::malformed("is no time with an offset"))
    }
}

impl Shape for Date {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.date(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.int().map(Self::from_days)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        json.as_str().and_then(|text| Self::parse(text).ok()).ok_or(Unreadable::malformed("is no day"))
    }
}

impl Shape for Decimal {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.decimal(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        reader.decimal()
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        match json {
            Json::Number(number) => Self::parse(number.as_str()),
            _ => None,
        }
        .ok_or(Unreadable::malformed("is no number of at most six decimals"))
    }
}

macro_rules! id {
    ($($id:ty),+) => { $(
        impl Shape for $id {
            fn write<S: Sink>(&self, sink: &mut S) {
                sink.shown(self);
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
                parsed(Some(reader.text()?))
            }

            fn from_json(json: &Json) -> Result<Self, Unreadable> {
                parsed(json.as_str())
            }
        }
    )+ };
}

id!(ContactId, AccountId, EventId);

pub(crate) fn parsed<T: FromStr>(text: Option<&str>) -> Result<T, Unreadable> {
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable::malformed("is no id of its kind"))
}

/// A closed list of words, each standing for a value.
macro_rules! word {
    ($noun:ty, $of:expr, $all:expr) => {
        impl $crate::shape::Shape for $noun {
            fn write<S: $crate::shape::Sink>(&self, sink: &mut S) {
                sink.text($of(*self));
            }

            fn read(reader: &mut $crate::avro::Reader<'_>) -> Result<Self, $crate::unreadable::Unreadable> {
                let text = reader.text()?;
                $all.into_iter()
                    .find(|word| $of(*word) == text)
                    .ok_or($crate::unreadable::Unreadable::malformed("is no word of its list"))
            }

            fn from_json(json: &serde_json::Value) -> Result<Self, $crate::unreadable::Unreadable> {
                let text = json.as_str();
                $all.into_iter()
                    .find(|word| Some($of(*word)) == text)
                    .ok_or($crate::unreadable::Unreadable::malformed("is no word of its list"))
            }
        }
    };
}
pub(crate) use word;
