use crate::Text;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A decimal number in millionths, exact: properties, amounts of money, thresholds. No floating point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimal(i64);

impl Decimal {
    pub const SCALE: i64 = 1_000_000;

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// A whole number; `None` beyond 9.2 trillion.
    pub const fn from_int(int: i64) -> Option<Self> {
        match int.checked_mul(Self::SCALE) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// Reads `-12`, `4800000`, `0.75`, `1e3`; `None` when it is no number, needs more than six decimals, or is too large.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || digits.len() > 40 || !(-40..=40).contains(&exponent) {
            return None;
        }
        let mut value: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        let mut shift = 6 + exponent - i32::try_from(fraction.len()).ok()?;
        while shift > 0 {
            value = value.checked_mul(10)?;
            shift -= 1;
        }
        while shift < 0 {
            if value % 10 != 0 {
                return None;
            }
            value /= 10;
            shift += 1;
        }
        i64::try_from(if negative { -value } else { value }).ok().map(Self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i128::from(self.0);
        let sign = if micros < 0 { "-" } else { "" };
        let (whole, fraction) = (micros.abs() / 1_000_000, micros.abs() % 1_000_000);
        if fraction == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{}", format!("{fraction:06}").trim_end_matches('0'))
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A property, answer or attribute. Numbers that a [`Decimal`] cannot hold exactly stay text, so nothing is rounded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    Bool(bool),
    Number(Decimal),
    Text(Text),
    List(Vec<Text>),
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Text::new(text))
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Named values, sorted by name, each name once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Properties(Vec<(Text, Value)>);

impl Properties {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets `name`; the former value of that name is replaced.
    pub fn set(&mut self, name: impl AsRef<str>, value: Value) {
        let name = name.as_ref();
        match self.position(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (Text::new(name), value)),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name).ok().map(|at| &self.0[at].1)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(have, _)| have.as_str().cmp(name))
    }
}

impl<N: AsRef<str>> FromIterator<(N, Value)> for Properties {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(pairs: I) -> Self {
        let mut properties = Self::new();
        for (name, value) in pairs {
            properties.set(name, value);
        }
        properties
    }
}

impl PartialEq<i64> for Decimal {
    fn eq(&self, other: &i64) -> bool {
        Self::from_int(*other) == Some(*self)
    }
}

impl PartialOrd<i64> for Decimal {
    fn partial_cmp(&self, other: &i64) -> Option<Ordering> {
        Some(i128::from(self.0).cmp(&(i128::from(*other) * i128::from(Self::SCALE))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        for (text, shown) in [
            ("412", "412"),
            ("-0.5", "-0.5"),
            ("4800000", "4800000"),
            ("1e3", "1000"),
            ("1.250000", "1.25"),
            ("2.5E-1", "0.25"),
        ] {
            assert_eq!(Decimal::parse(text).map(|d| d.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["", ".", "-", "abc", "0.1234567", "99999999999999999999", "1e99", "NaN", "1e", "--1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_there_once_and_found() {
        let mut p: Properties = [("b", Value::Bool(true)), ("a", Value::text("x"))].into_iter().collect();
        p.set("b", Value::Bool(false));
        assert_eq!(p.iter().map(|(n, _)| n).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(p.get("b"), Some(&Value::Bool(false)));
    }
}
