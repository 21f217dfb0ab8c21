use serde::{Deserialize, Serialize};
use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. The finest unit the domain knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment `millis` later (earlier if negative); stays at the end of the range instead of wrapping round.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to `self`.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 / ISO 8601 with an offset or `Z`, as `2026-10-14T10:04:00+09:00`.
    ///
    /// # Errors
    /// When the text is no such time, or carries no offset.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|t| Self(t.as_millisecond()))
    }

    /// As jiff's type, for calendar questions. Moments beyond jiff's range (years -9999 to 9999) stop at its ends.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-10-14T01:04:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A calendar day without a zone: days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(i32);

impl Date {
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    pub const fn as_days(self) -> i32 {
        self.0
    }

    /// Reads `2027-03-31`.
    ///
    /// # Errors
    /// When the text is no such day.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::civil::Date>().map(Self::from_civil)
    }

    pub fn from_civil(date: jiff::civil::Date) -> Self {
        let days = (date - EPOCH).get_days();
        Self(days)
    }

    pub fn to_civil(self) -> jiff::civil::Date {
        EPOCH.saturating_add(jiff::Span::new().days(i64::from(self.0).clamp(-4_371_000, 2_932_000)))
    }
}

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_civil(), f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_is_read_and_shown_in_utc() {
        let t = Timestamp::parse("2026-10-14T10:04:00+09:00").unwrap();
        assert_eq!(t.to_string(), "2026-10-14T01:04:00.000Z");
        assert!(Timestamp::parse("2026-10-14T10:04:00").is_err(), "without an offset it is no moment");
    }

    #[test]
    fn days_count_from_the_epoch_in_both_directions() {
        for text in ["1970-01-01", "1969-12-31", "2027-03-31", "2000-02-29"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Date::parse("1970-01-02").unwrap().as_days(), 1);
    }
}
