//! How tools write times.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use touchpoint::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// With an offset or `Z`; without one in the source's zone.
    Rfc3339,
    Rfc2822,
    /// Counted since 1970; so many milliseconds are one.
    Count {
        per_milli: i64,
        millis: i64,
    },
    /// As `strptime` of C: `%Y/%m/%d %H:%M:%S`; without an offset in the source's zone, without a time of day midnight.
    Pattern(String),
}

impl TimeForm {
    pub(crate) const SECONDS: Self = Self::Count { per_milli: 1, millis: 1_000 };
    pub(crate) const MILLISECONDS: Self = Self::Count { per_milli: 1, millis: 1 };
    pub(crate) const MICROSECONDS: Self = Self::Count { per_milli: 1_000, millis: 1 };

    /// # Errors
    /// When the pattern means nothing.
    pub(crate) fn pattern(text: &str) -> Result<Self, String> {
        let sample =
            DateTime::constant(2026, 10, 14, 10, 4, 5, 0).to_zoned(TimeZone::UTC).map_err(|e| e.to_string())?;
        let written = jiff::fmt::strtime::format(text, &sample).map_err(|error| error.to_string())?;
        BrokenDownTime::parse(text, &written).map_err(|error| error.to_string())?;
        Ok(Self::Pattern(text.to_owned()))
    }

    /// `None`: it is not written so.
    pub(crate) fn read(&self, text: &str, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Rfc3339 => Timestamp::parse(text).ok().or_else(|| {
                let local: DateTime = text.parse().ok()?;
                in_zone(local, zone)
            }),
            Self::Rfc2822 => rfc2822::parse(text).ok().map(|zoned| Timestamp::from_jiff(zoned.timestamp())),
            Self::Count { per_milli, millis } => {
                let all = millionths(text)? * i128::from(*millis);
                i64::try_from(all.div_euclid(1_000_000 * i128::from(*per_milli))).ok().map(Timestamp::from_millis)
            }
            Self::Pattern(pattern) => {
                let read = BrokenDownTime::parse(pattern, text).ok()?;
                if read.offset().is_some() {
                    return read.to_timestamp().ok().map(Timestamp::from_jiff);
                }
                let date = read.to_date().ok()?;
                let local = read.to_time().map_or_else(|_| date.at(0, 0, 0, 0), |time| date.to_datetime(time));
                in_zone(local, zone)
            }
        }
    }
}

/// A moment that clocks skip or show twice is the earlier one.
fn in_zone(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(local).compatible().ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

/// A count in millionths; what is written beyond them is cut off.
fn millionths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or_else(|| (text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 20 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(whole.parse::<i128>().ok()? * 1_000_000 + fraction.parse::<i128>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_tools_write_them() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let pattern = |text: &str| TimeForm::pattern(text).unwrap();
        for (form, text, expected) in [
            (TimeForm::Rfc3339, "2026-10-14T10:04:00+09:00", "2026-10-14T01:04:00.000Z"),
            (TimeForm::Rfc3339, "2026-10-14T10:04:00.25Z", "2026-10-14T10:04:00.250Z"),
            (TimeForm::Rfc3339, "2026-10-14 10:04:00", "2026-10-14T01:04:00.000Z"),
            (TimeForm::Rfc2822, "Wed, 14 Oct 2026 10:04:00 +0900", "2026-10-14T01:04:00.000Z"),
            (TimeForm::SECONDS, "1791940000", "2026-10-14T01:06:40.000Z"),
            (TimeForm::SECONDS, "1791940000.6585283", "2026-10-14T01:06:40.658Z"),
            (TimeForm::MILLISECONDS, "1791940000123", "2026-10-14T01:06:40.123Z"),
            (TimeForm::MICROSECONDS, "1791940000123456", "2026-10-14T01:06:40.123Z"),
            (pattern("%Y/%m/%d %H:%M"), "2026/10/14 10:04", "2026-10-14T01:04:00.000Z"),
            (pattern("%Y年%m月%d日"), "2026年10月14日", "2026-10-13T15:00:00.000Z"),
            (pattern("%d/%b/%Y:%H:%M:%S %z"), "14/Oct/2026:10:04:00 +0900", "2026-10-14T01:04:00.000Z"),
        ] {
            let read = form.read(text, &tokyo).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{form:?} {text}");
        }
        for (form, text) in [
            (TimeForm::Rfc3339, "14.10.2026"),
            (TimeForm::Rfc2822, "yesterday"),
            (TimeForm::SECONDS, "soon"),
            (pattern("%Y/%m/%d"), "2026-10-14"),
            (pattern("%Y/%m/%d"), "2026/13/14"),
        ] {
            assert_eq!(form.read(text, &tokyo), None, "{form:?} {text}");
        }
        assert!(TimeForm::pattern("100%").is_err());
    }
}
