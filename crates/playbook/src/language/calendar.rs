//! Business time.

use crate::limits;
use crate::model::Wait;
use crate::units::{Duration, Word};
use jiff::civil;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::{At, Many, Read, Unit, half_width_hint};
use notation::units::Zone;
use notation::yaml::{Node, What};
use notation::{section, units};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

section! {
    /// When an office is open: business days and hours (`5bd`, `4bh`) count only then.
    struct CalendarText {
        /// mon, tue, wed, thu, fri, sat, sun.
        weekdays: Many<At<Word>>,
        /// From when to when: `09:00-18:00`. A business day is so long.
        hours: At<Hours>,
        /// One of `holidays`.
        holidays: Many<At<Word>>,
        /// Closed on these days of every year: `08-13..08-15`, `12-29..01-03`.
        closed: Many<At<DaysOfYear>>,
        /// If another than the playbook's.
        time_zone: Option<Zone>,
    }
}

/// `09:00-18:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) opens: civil::Time,
    pub(crate) closes: civil::Time,
}

/// `08-13..08-15`, or one day: `05-01`. Ends included; may go over the end of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DaysOfYear {
    pub(crate) first: (i8, i8),
    pub(crate) last: (i8, i8),
}

impl Unit for Hours {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let expected = || "expected hours such as 09:00-18:00, the first before the second".to_owned();
        let (opens, closes) = text.trim().split_once('-').ok_or_else(expected)?;
        let time = |text: &str| -> Option<civil::Time> {
            let (hour, minute) = text.trim().split_once(':')?;
            civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let hours = time(opens).zip(time(closes)).map(|(opens, closes)| Self { opens, closes });
        hours.filter(|hours| hours.opens < hours.closes).ok_or_else(expected)
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$" })
    }
}

impl Unit for DaysOfYear {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let expected = || "expected days of the year such as 08-13..08-15 or 05-01".to_owned();
        let day = |text: &str| -> Option<(i8, i8)> {
            let (month, day) = text.trim().split_once('-')?;
            // A leap year: the 29th of February is a day.
            let date = civil::Date::new(2_000, month.parse().ok()?, day.parse().ok()?).ok()?;
            Some((date.month(), date.day()))
        };
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let days = day(first).zip(day(last)).map(|(first, last)| Self { first, last });
        days.ok_or_else(expected)
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[01][0-9]-[0-3][0-9](\\.\\.[01][0-9]-[0-3][0-9])?$" })
    }
}

units!(Hours, DaysOfYear);

impl DaysOfYear {
    /// Each of the days.
    pub(crate) fn each(self) -> impl Iterator<Item = (i8, i8)> {
        let date = |year, (month, day)| civil::Date::new(year, month, day).unwrap_or(civil::Date::MAX);
        let over_the_end = self.last < self.first;
        let (first, last) = (date(2_000, self.first), date(if over_the_end { 2_001 } else { 2_000 }, self.last));
        first.series(jiff::Span::new().days(1)).take_while(move |day| *day <= last).map(|day| (day.month(), day.day()))
    }
}

/// A duration, or business time: `5bd`, `4bh`, `1bd 2bh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitText(pub(crate) Wait);

impl WaitText {
    pub(crate) fn parse(text: &str) -> Result<Wait, String> {
        if !text.contains('b') {
            return Duration::parse(text, true)
                .map(|plain| Wait::Plain(plain.0))
                .map_err(|why| format!("{why}; or business time such as 5bd, 4bh"));
        }
        let expected = || format!("expected business time such as 5bd, 4bh or 1bd 2bh, at most {}bd", limits::DAYS_MAX);
        let (mut days, mut hours): (i64, i64) = (0, 0);
        let mut rest = text.trim();
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (count, after) = rest.split_at(digits);
            let count: i64 = count.parse().ok().filter(|count| *count <= limits::DAYS_MAX).ok_or_else(expected)?;
            rest = match (after.strip_prefix("bd"), after.strip_prefix("bh")) {
                (Some(after), _) => {
                    days += count;
                    after
                }
                (_, Some(after)) => {
                    hours += count;
                    after
                }
                (None, None) => return Err(expected()),
            }
            .trim_start();
        }
        Ok(Wait::Business { days, millis: hours * 3_600_000 })
    }
}

impl Read for WaitText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let text = match &node.what {
            What::Scalar { text, .. } if !node.is_null() => text.as_str(),
            _ => "",
        };
        match Self::parse(text) {
            Ok(wait) => Some(Self(wait)),
            Err(expected) => {
                let found = if text.is_empty() { node.form().to_owned() } else { format!("`{text}`") };
                let note = notes.add(MistakeKind::WrongForm, node.span, format!("{expected}, found {found}"));
                if let Some(hint) = half_width_hint(text) {
                    note.help(hint);
                }
                None
            }
        }
    }
}

impl JsonSchema for WaitText {
    fn schema_name() -> Cow<'static, str> {
        "Wait".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let duration = generator.subschema_for::<Duration>();
        let business = json_schema!({ "type": "string", "description": "Business time: `5bd`, `4bh`, `1bd 2bh`.",
                                      "pattern": "^\\s*[0-9]+(bd|bh)(\\s*[0-9]+(bd|bh))*\\s*$" });
        json_schema!({ "description": "A duration, or business time.", "anyOf": [duration, business] })
    }
}
