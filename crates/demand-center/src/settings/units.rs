//! Values with a unit, as people write them: `100ms`, `14d`, `8MiB`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time in text: a whole number and `ms`, `s`, `m`, `h` or `d` (24 hours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A number of bytes in text: a whole number and `B`, `KiB`, `MiB` or `GiB` (powers of 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// The text is no value of the unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: write a whole number and one of {units}, as `{example}`")]
pub struct UnitError {
    text: String,
    what: &'static str,
    units: &'static str,
    example: &'static str,
}

const SPANS: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const BYTES: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Span {
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    pub const fn from_days(days: u64) -> Self {
        Self(Duration::from_secs(days * 86_400))
    }

    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text, SPANS).map(Self::from_millis).ok_or_else(|| UnitError {
            text: text.to_owned(),
            what: "length of time",
            units: "ms, s, m, h, d",
            example: "100ms",
        })
    }
}

impl FromStr for Bytes {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text, BYTES).map(Self).ok_or_else(|| UnitError {
            text: text.to_owned(),
            what: "number of bytes",
            units: "B, KiB, MiB, GiB",
            example: "8MiB",
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.as_millis(), SPANS, f)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, BYTES, f)
    }
}

macro_rules! as_text {
    ($name:ident, $doc:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $doc })
            }
        }
    };
}

as_text!(Span, "span");
as_text!(Bytes, "bytes");

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that divides it.
fn write(value: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let fits = |&&(_, factor): &&(&str, u64)| value.is_multiple_of(factor) && value >= factor;
    let &(name, factor) = units.iter().find(fits).unwrap_or(&units[units.len() - 1]);
    write!(f, "{}{name}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["100ms", "5s", "90s", "2m", "1h", "14d", "0ms"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["1B", "64KiB", "8MiB", "1GiB", "1536KiB", "0B"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        assert_eq!("60 s".parse::<Span>().unwrap().to_string(), "1m");
        assert_eq!("1024KiB".parse::<Bytes>().unwrap(), Bytes(1 << 20));
    }

    #[test]
    fn a_number_without_a_unit_is_refused() {
        for text in ["100", "", "s", "-1s", "1.5s", "1 week", "99999999999999999d"] {
            let why = text.parse::<Span>().unwrap_err().to_string();
            assert!(why.contains("one of ms, s, m, h, d"), "{why}");
        }
        for text in ["8MB", "8", "8mib", "1e3B"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}
