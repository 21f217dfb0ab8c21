//! Texts in both languages of the product, and figures and moments as people read them: what sentences are made of.

use playbook::model::{Label, Milli, Millis, Test};
use touchpoint::output::Sentence;
use touchpoint::{Timestamp, Value};

/// A text in both languages, as it grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Both {
    pub(crate) ja: String,
    pub(crate) en: String,
}

impl Both {
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }

    /// Room for so many bytes in English, and as many characters in Japanese, without growing.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { ja: String::with_capacity(3 * bytes), en: String::with_capacity(bytes) }
    }

    /// Goes on in both languages.
    pub(crate) fn push(&mut self, ja: &str, en: &str) -> &mut Self {
        self.ja.push_str(ja);
        self.en.push_str(en);
        self
    }

    pub(crate) fn of(label: &Label) -> Self {
        Self::new(label.ja.as_str(), label.en.as_str())
    }

    /// What people call it, else its name.
    pub(crate) fn named(label: Option<&Label>, name: &str) -> Self {
        label.map_or_else(|| Self::new(name, name), Self::of)
    }

    /// Another sentence: `ja。` and ` en.`
    pub(crate) fn say(&mut self, told: &Self) {
        let gap = if self.en.is_empty() { "" } else { " " };
        self.push("", gap).push(&told.ja, &told.en).push("。", ".");
    }

    /// `ja(ja)` and `en (en)`.
    pub(crate) fn within(&self, brackets: &Self) -> Self {
        Self::new(format!("{}({})", self.ja, brackets.ja), format!("{} ({})", self.en, brackets.en))
    }

    /// `ja: ja` and `en: en`.
    pub(crate) fn colon(&self, value: &Self) -> Self {
        Self::new(format!("{}: {}", self.ja, value.ja), format!("{}: {}", self.en, value.en))
    }
}

impl From<Both> for Sentence {
    fn from(both: Both) -> Self {
        Self { ja: both.ja.into(), en: both.en.into() }
    }
}

/// All in a row, with these words between.
pub(crate) fn joined(of: impl Iterator<Item = Both>, ja: &str, en: &str) -> Both {
    let (all_ja, all_en): (Vec<_>, Vec<_>) = of.map(|one| (one.ja, one.en)).unzip();
    Both::new(all_ja.join(ja), all_en.join(en))
}

/// One of several: `a・b` and `a or b`.
pub(crate) fn either(of: impl Iterator<Item = Both>) -> Both {
    joined(of, "・", " or ")
}

/// A list under a heading: `決め手: a、b` and `Mostly: a, b`; `None` when there is nothing in it.
pub(crate) fn list(ja: &str, en: &str, of: impl Iterator<Item = Both>) -> Option<Both> {
    let mut of = of.peekable();
    of.peek()?;
    Some(Both::new(ja, en).colon(&joined(of, "、", ", ")))
}

/// Day and time in the playbook's zone.
pub(crate) fn local(zone: &jiff::tz::TimeZone, at: Timestamp) -> Both {
    let local = at.to_jiff().to_zoned(zone.clone());
    Both::new(local.strftime("%-m/%-d %H:%M").to_string(), local.strftime("%-d %b %H:%M").to_string())
}

pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::List(texts) => texts.join("・"),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
    }
}

/// Thousandths as people read them: one decimal, rounded half away from zero.
pub(crate) fn points_of(milli: Milli) -> String {
    let tenths = (milli.abs() + 50) / 100;
    let sign = if milli < 0 && tenths > 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

/// A threshold: a decimal only where it has one.
pub(crate) fn whole(milli: Milli) -> String {
    if milli % 1_000 == 0 { (milli / 1_000).to_string() } else { points_of(milli) }
}

/// Points that are missing: rounded up to a tenth, so that so many are enough.
pub(crate) fn points_up(milli: Milli) -> String {
    let tenths = milli.max(0).saturating_add(99) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A day in the playbook's zone, with the time of day where it is not its beginning.
pub(crate) fn day(zone: &jiff::tz::TimeZone, at: Timestamp) -> Both {
    let local = at.to_jiff().to_zoned(zone.clone());
    let time = if local.time() == jiff::civil::Time::midnight() { "" } else { " %H:%M" };
    let shown = |day: &str| local.strftime(&format!("{day}{time}")).to_string();
    Both::new(shown("%Y/%-m/%-d"), shown("%-d %b %Y"))
}

/// A span of time: whole days, else hours, else minutes.
pub(crate) fn span(millis: Millis) -> Both {
    let (number, ja, en) = match millis {
        days if days % 86_400_000 == 0 => (days / 86_400_000, "日", "day"),
        hours if hours % 3_600_000 == 0 => (hours / 3_600_000, "時間", "hour"),
        rest => (rest.saturating_add(59_999) / 60_000, "分", "minute"),
    };
    Both::new(format!("{number}{ja}"), format!("{number} {en}{}", if number == 1 { "" } else { "s" }))
}

/// What a test asks for; `called` says what the texts are called that it names.
pub(crate) fn test(test: &Test, called: impl Fn(&str) -> Both) -> Both {
    let value = |value: &Value| match value {
        Value::Text(text) => called(text),
        Value::List(texts) => either(texts.iter().map(|text| called(text))),
        other => Both::new(shown(other), shown(other)),
    };
    let around =
        |(ja, en): (&str, &str), what: &Both| Both::new(format!("{}{ja}", what.ja), format!("{en} {}", what.en));
    let plain = |text: &dyn std::fmt::Display| Both::new(text.to_string(), text.to_string());
    match test {
        Test::OneOf(values) => either(values.iter().map(value)),
        Test::NoneOf(values) => around(("以外", "other than"), &either(values.iter().map(value))),
        Test::Prefix(text) => around(("で始まる", "beginning with"), &plain(text)),
        Test::Contains(text) => around(("を含む", "with"), &plain(text)),
        Test::Between(Some(low), Some(high)) => Both::new(format!("{low}〜{high}"), format!("{low} to {high}")),
        Test::Between(Some(low), None) => around(("以上", "at least"), &plain(low)),
        Test::Between(None, Some(high)) => around(("以下", "at most"), &plain(high)),
        Test::Between(None, None) | Test::Present => Both::new("あり", "known"),
        Test::Absent => Both::new("なし", "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_rounded_to_one_decimal() {
        let told: Vec<_> = [61_750, 36_630, -3_000, -49, 49, 59_949, 0].map(points_of).into();
        assert_eq!(told, ["61.8", "36.6", "-3.0", "0.0", "0.0", "59.9", "0.0"]);
        assert_eq!((whole(60_000), whole(7_500)), ("60".to_owned(), "7.5".to_owned()));
    }

    #[test]
    fn what_is_missing_is_rounded_up_so_that_it_is_enough() {
        let told: Vec<_> = [2_670, 2_601, 2_600, 1, 0, -5].map(points_up).into();
        assert_eq!(told, ["2.7", "2.7", "2.6", "0.1", "0.0", "0.0"]);
    }

    #[test]
    fn a_day_says_its_time_only_where_it_is_not_its_beginning() {
        let zone = jiff::tz::TimeZone::get("Asia/Tokyo").expect("a zone");
        let told = |time: &str| day(&zone, Timestamp::parse(time).expect("a time"));
        assert_eq!(told("2026-10-01T00:00:00+09:00"), Both::new("2026/10/1", "1 Oct 2026"));
        assert_eq!(told("2026-10-01T09:30:00+09:00"), Both::new("2026/10/1 09:30", "1 Oct 2026 09:30"));
        assert_eq!(span(14 * 86_400_000), Both::new("14日", "14 days"));
        assert_eq!(span(3_600_000), Both::new("1時間", "1 hour"));
    }
}
