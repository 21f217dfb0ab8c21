//! Single values in the forms that people write: `60d`, `+5`, `Asia/Tokyo`, `{ja, en}`.

use crate::limits;
use crate::model::{Label, Milli, Millis};
use notation::mistake::{MistakeKind, Notes};
use notation::reading::{At, Read, Unit};
use notation::yaml::{Node, What};
use notation::{section, units};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use touchpoint::{Decimal, Text, Value};

/// A word of the domain or a declared name, where it is used: `page_view`, `interest.maintenance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) Text);

/// Points, `5`, `-20`, `0.125`: thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Points(pub(crate) Milli);

/// `60d`, `4h`, `1d 12h`; units `w d h min s`. No `m`: in a timeframe it stands for months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) Millis);

/// A number to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) Decimal);

/// A small count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u32);

/// A value of a property, answer or attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal(pub(crate) Value);

/// A moment: a date and a time of day in the playbook's zone, or with an offset of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Local(jiff::civil::DateTime),
    At(touchpoint::Timestamp),
}

impl Moment {
    pub(crate) fn in_zone(self, zone: &jiff::tz::TimeZone) -> touchpoint::Timestamp {
        match self {
            Self::At(at) => at,
            Self::Local(local) => crate::model::moment(zone, local),
        }
    }
}

/// What people read: one text for both languages, or one each.
#[derive(Clone, Debug)]
pub(crate) struct LabelText(pub(crate) Label);

section! {
    /// What people read, in both languages.
    struct BothLanguages {
        /// Japanese.
        ja: Word,
        /// English.
        en: Word,
    }
}

impl Unit for Word {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("expected a name or text".to_owned());
        }
        Ok(Self(Text::new(text)))
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": ["string", "number"] })
    }
}

impl Unit for Points {
    const NAME: &str = "Points";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let milli = Decimal::parse(text).filter(|points| points.as_micros() % 1_000 == 0);
        let milli =
            milli.map(|points| points.as_micros() / 1_000).filter(|milli| milli.abs() <= limits::POINTS_MAX * 1_000);
        let expected = || {
            format!("expected points such as 5, -20 or 0.125: at most three decimals, at most {}", limits::POINTS_MAX)
        };
        milli.map(Self).ok_or_else(expected)
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "number", "description": "Points, with at most three decimals.", "multipleOf": 0.001,
                       "minimum": -limits::POINTS_MAX, "maximum": limits::POINTS_MAX })
    }
}

impl Unit for Duration {
    const NAME: &str = "Duration";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let expected =
            || format!("expected a duration such as 60d, 4h or 7d 9h (w d h min s), at most {}d", limits::DAYS_MAX);
        let mut rest = text.trim();
        let mut millis: i64 = 0;
        if rest.is_empty() {
            return Err(expected());
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (count, after) = rest.split_at(digits);
            let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, after) = after.split_at(letters);
            let unit_millis = match unit {
                "w" => 7 * 86_400_000,
                "d" => 86_400_000,
                "h" => 3_600_000,
                "min" => 60_000,
                "s" => 1_000,
                "m" => return Err("`m` may be months or minutes: write 90d or 3min".to_owned()),
                _ => return Err(expected()),
            };
            let count: i64 = count.parse().map_err(|_| expected())?;
            millis = count.checked_mul(unit_millis).and_then(|more| millis.checked_add(more)).ok_or_else(expected)?;
            rest = after.trim_start();
        }
        if millis > limits::DAYS_MAX * 86_400_000 {
            return Err(expected());
        }
        Ok(Self(millis))
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "description": "A duration: `60d`, `4h`, `7d 9h`; units w d h min s.",
                       "pattern": "^\\s*[0-9]+(w|d|h|min|s)(\\s*[0-9]+(w|d|h|min|s))*\\s*$" })
    }
}

impl Unit for Number {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        Decimal::parse(text).map(Self).ok_or_else(|| "expected a number with at most six decimals".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "number" })
    }
}

impl Unit for Count {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let count = text.parse().ok().filter(|count| *count <= 1_000);
        count.map(Self).ok_or_else(|| "expected a whole number from 0 to 1000".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": 1000 })
    }
}

impl Unit for Literal {
    const NAME: &str = "";

    fn parse(text: &str, plain: bool) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("expected a value: text, a number, true or false".to_owned());
        }
        Ok(Self(match (text, plain) {
            ("true", true) => Value::Bool(true),
            ("false", true) => Value::Bool(false),
            (text, true) => Decimal::parse(text).map_or_else(|| Value::text(text), Value::Number),
            (text, false) => Value::text(text),
        }))
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

impl Unit for Moment {
    const NAME: &str = "Moment";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let local = || text.trim().parse().ok().filter(|_| text.contains(':')).map(Self::Local);
        let moment = touchpoint::Timestamp::parse(text.trim()).ok().map(Self::At).or_else(local);
        moment.ok_or_else(|| "expected a date and a time such as 2026-12-10 14:00".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "A date and a time in the playbook's zone: `2026-12-10 14:00`.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}"
        })
    }
}

units!(Word, Points, Duration, Number, Count, Literal, Moment);

impl Read for LabelText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Scalar { .. } => Word::read(node, notes).map(|Word(text)| Self(Label { ja: text.clone(), en: text })),
            _ => BothLanguages::read(node, notes).map(|both| Self(Label { ja: both.ja.0, en: both.en.0 })),
        }
    }
}

impl JsonSchema for LabelText {
    fn schema_name() -> Cow<'static, str> {
        "Label".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let both = generator.subschema_for::<BothLanguages>();
        json_schema!({ "description": "What people read: one text for both languages, or {ja, en}.",
                       "anyOf": [{ "type": "string" }, both] })
    }
}

/// Notes a declared name that is no name: people type it, columns hold it.
pub(crate) fn check_name(name: &At<String>, notes: &mut Notes) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.value.is_empty() || name.value.len() > limits::NAME_BYTES_MAX || !name.value.chars().all(fits) {
        let message = format!(
            "a name has letters a-z, digits, `_`, `-` and `.`, at most {} of them; found `{}`",
            limits::NAME_BYTES_MAX,
            notation::reading::shortened(&name.value)
        );
        notes.add(MistakeKind::WrongForm, name.span, message).help("Japanese belongs into the label");
    }
}
