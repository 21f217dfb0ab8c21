//! Reading a payload field by field, each refusal with the path of the field it is about.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use touchpoint::{Rejection, RejectionCode, Text, Timestamp, limits};

/// Where in the payload something stands; costs nothing until it has to be written into a rejection.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) fn reject(&self, code: RejectionCode, message: impl Into<String>) -> Rejection {
        Rejection::new(code, self.to_string(), message)
    }

    pub(crate) fn invalid(&self, message: impl Into<String>) -> Rejection {
        self.reject(RejectionCode::InvalidField, message)
    }

    pub(crate) fn key(&'a self, name: &'a str) -> Place<'a> {
        Place::Key(self, name)
    }

    /// A rejection whose field is told from here on, as one of the whole record.
    pub(crate) fn prefix(&self, rejection: Rejection) -> Rejection {
        let field = match (self, rejection.field.as_str()) {
            (Self::Root, _) => return rejection,
            (place, "") => place.to_string(),
            (place, field) => format!("{place}.{field}"),
        };
        Rejection { field: Text::new(field), ..rejection }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Place::Root, name) => f.write_str(shown(name)),
            Self::Key(parent, name) => write!(f, "{parent}.{}", shown(name)),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A field's name as it may be shown: somebody may have used an address or a number as a key.
pub(crate) fn shown(name: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) || digits > 6 { "?" } else { name }
}

/// An object of the payload.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: Place<'a>,
}

impl<'a> Fields<'a> {
    /// Refuses what is no object.
    pub(crate) fn new(value: &'a Value, place: Place<'a>) -> Result<Self, Rejection> {
        match value {
            Value::Object(map) => Ok(Self { map, place }),
            _ => Err(place.invalid(format!("must be an object, is {}", type_name(value)))),
        }
    }

    pub(crate) fn place(&self) -> &Place<'a> {
        &self.place
    }

    pub(crate) fn map(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// The value of a field; `null` is the same as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.map.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn invalid(&self, name: &str, message: impl Into<String>) -> Rejection {
        self.place.key(name).invalid(message)
    }

    pub(crate) fn missing(&self, name: &str, message: impl Into<String>) -> Rejection {
        self.place.key(name).reject(RejectionCode::MissingField, message)
    }

    /// Trimmed text; empty is absent; another type is refused.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        self.get(name).map_or(Ok(None), |value| text(value, self.place.key(name)))
    }

    /// The same as an owned short text.
    pub(crate) fn own(&self, name: &str) -> Result<Option<Text>, Rejection> {
        Ok(self.text(name)?.map(Text::new))
    }

    pub(crate) fn need_text(&self, name: &str, why: &str) -> Result<&'a str, Rejection> {
        self.text(name)?.ok_or_else(|| self.missing(name, why))
    }

    /// Text, or a number or truth value as it is written: for fields that tools send now as one, now as the other.
    pub(crate) fn scalar(&self, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match scalar(value) {
                Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
                None => Err(self.invalid(name, format!("must be text or a number, is {}", type_name(value)))),
            },
        }
    }

    pub(crate) fn own_scalar(&self, name: &str) -> Result<Option<Text>, Rejection> {
        Ok(self.scalar(name)?.map(Text::new))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Rejection> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(self.invalid(name, format!("must be true or false, is {}", type_name(other)))),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Rejection> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(int) => Ok(Some(int)),
                None => Err(self.invalid(name, "must be a whole number below 2^63")),
            },
            Some(other) => Err(self.invalid(name, format!("must be a whole number, is {}", type_name(other)))),
        }
    }

    pub(crate) fn object<'b>(&'b self, name: &'b str) -> Result<Option<Fields<'b>>, Rejection> {
        self.get(name).map(|value| Fields::new(value, self.place.key(name))).transpose()
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, Rejection> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(self.invalid(name, format!("must be a list, is {}", type_name(other)))),
        }
    }

    /// RFC 3339 with an offset.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Rejection> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => time(text, self.place.key(name)).map(Some),
        }
    }

    /// Seconds or milliseconds since 1970, as a number or its digits.
    pub(crate) fn epoch(&self, name: &str, millis_per_unit: i64) -> Result<Option<Timestamp>, Rejection> {
        let Some(written) = self.scalar(name)? else { return Ok(None) };
        let parsed = touchpoint::Decimal::parse(&written)
            .map(|units| i128::from(units.as_micros()) * i128::from(millis_per_unit) / 1_000_000)
            .and_then(|millis| i64::try_from(millis).ok());
        match parsed {
            Some(millis) => Ok(Some(Timestamp::from_millis(millis))),
            None => Err(self.place.key(name).reject(RejectionCode::TimeAbsurd, "is no count since 1970-01-01")),
        }
    }
}

/// The items of a list; a single value is a list of one.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}

/// Trimmed text of a JSON string; empty is absent.
pub(crate) fn text<'a>(value: &'a Value, place: Place<'_>) -> Result<Option<&'a str>, Rejection> {
    match value {
        Value::String(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        other => Err(place.invalid(format!("must be text, is {}", type_name(other)))),
    }
}

/// A scalar as text, numbers digit for digit.
pub(crate) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Borrowed(number.as_str())),
        Value::Bool(yes) => Some(Cow::Borrowed(if *yes { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// RFC 3339 / ISO 8601 with an offset or `Z`. A text that is none is no credible time at all.
pub(crate) fn time(text: &str, place: Place<'_>) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).map_err(|_| {
        place.reject(RejectionCode::TimeAbsurd, "is no time with an offset, as `2026-10-14T10:04:00+09:00`")
    })
}

pub(crate) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// True when the value nests no deeper than [`limits::DEPTH_MAX`]; stops looking there, so hostile nesting is harmless.
pub(crate) fn depth_is_within_limit(value: &Value) -> bool {
    fn within(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(items) => left > 0 && items.iter().all(|item| within(item, left - 1)),
            Value::Object(map) => left > 0 && map.values().all(|item| within(item, left - 1)),
            _ => true,
        }
    }
    within(value, limits::DEPTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_names_the_whole_path() {
        let value = json!([{"context": {"page": {"url": 7}}}]);
        let root = Place::Root;
        let at = Place::Index(&root, 0);
        let element = Fields::new(&value[0], at).unwrap();
        let context = element.object("context").unwrap().unwrap();
        let page = context.object("page").unwrap().unwrap();
        let rejection = page.text("url").unwrap_err();
        assert_eq!(rejection.field, "[0].context.page.url");
        assert_eq!(rejection.message, "must be text, is a number");
    }

    #[test]
    fn a_key_that_may_be_personal_is_not_shown() {
        for key in ["hanako@acme.example", "+819012345678", "09012345678", "山田", ""] {
            assert_eq!(shown(key), "?", "{key}");
        }
        for key in ["identifer", "utm_source", "sg-x", "a.b", "v2"] {
            assert_eq!(shown(key), key);
        }
    }

    #[test]
    fn counts_since_1970_keep_their_milliseconds() {
        let value = json!({"s": 1_513_299_569, "f": "1513299569.25", "ms": 1_513_299_569_123_i64, "no": "x"});
        let fields = Fields::new(&value, Place::Root).unwrap();
        assert_eq!(fields.epoch("s", 1000).unwrap().unwrap().as_millis(), 1_513_299_569_000);
        assert_eq!(fields.epoch("f", 1000).unwrap().unwrap().as_millis(), 1_513_299_569_250);
        assert_eq!(fields.epoch("ms", 1).unwrap().unwrap().as_millis(), 1_513_299_569_123);
        assert_eq!(fields.epoch("no", 1).unwrap_err().code, RejectionCode::TimeAbsurd);
    }
}
