//! Days and months of the customer, as people write them: the end of a contract, of a fiscal year.

use crate::aggregate::Aggregate;
use crate::fit::find;
use crate::question::Span;
use crate::version::Version;
use jiff::civil;
use playbook::half_width;
use playbook::model::{DateOf, DateSpan};
use touchpoint::{Date, Timestamp, Value};

/// Midnight of a day in the playbook's zone.
pub(crate) fn start_of(version: &Version, day: Date) -> Timestamp {
    let midnight = day.to_civil().to_zoned(version.model.zone.clone());
    midnight.map_or_else(
        |_| Timestamp::from_millis(i64::from(day.as_days()) * 86_400_000),
        |midnight| Timestamp::from_jiff(midnight.timestamp()),
    )
}

/// When now lies as asked for, seen from the day.
pub(crate) fn span(version: &Version, of: Option<&Value>, is: DateSpan) -> Span {
    let Some(day) = of.and_then(as_date) else { return Span::NEVER };
    let begins = || start_of(version, day);
    let is_over = || day.to_civil().tomorrow().map_or(Timestamp::MAX, |next| start_of(version, Date::from_civil(next)));
    match is {
        DateSpan::WithinNext(within) => Span { begins: begins().plus_millis(-within), ends: is_over() },
        DateSpan::WithinLast(within) => Span { begins: begins(), ends: begins().plus_millis(within) },
        DateSpan::PastBy(wait) => Span::from(Some(version.model.after(is_over(), wait))),
    }
}

/// What is known of it.
pub(crate) fn value<'a>(aggregate: &'a Aggregate, date: &DateOf) -> Option<&'a Value> {
    match date {
        DateOf::Answer(question) => aggregate.answer(question).map(|answered| &answered.value),
        DateOf::Attribute(of, name) => find(&aggregate.facts, *of, name),
    }
}

/// The day that it is; `None` where nothing is known, or nothing that is a day.
pub(crate) fn date(aggregate: &Aggregate, date: &DateOf) -> Option<Date> {
    as_date(value(aggregate, date)?)
}

fn as_date(value: &Value) -> Option<Date> {
    day(value.as_text()?).map(Date::from_civil)
}

/// A month as people write it: 3, "3", "03", "3月", "３月".
pub(crate) fn month(value: &Value) -> Option<i8> {
    let month = match value {
        Value::Number(number) if number.as_micros() % 1_000_000 == 0 => number.as_micros() / 1_000_000,
        Value::Text(text) => half_width(text).trim().trim_end_matches('月').parse().ok()?,
        _ => return None,
    };
    i8::try_from(month).ok().filter(|month| (1..=12).contains(month))
}

/// A day as people write it: 2027-03-31, 2027/3/31, 2027年3月31日; a month alone (2027-03) is its last day.
fn day(text: &str) -> Option<civil::Date> {
    let text = half_width(text);
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let year: i16 = numbers.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month: i8 = numbers.next()?.parse().ok()?;
    match numbers.next() {
        Some(day) => civil::Date::new(year, month, day.parse().ok()?).ok(),
        None => civil::Date::new(year, month, 1).ok().map(civil::Date::last_of_month),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_read_as_people_write_them() {
        let date = |year, month, day| Some(civil::Date::constant(year, month, day));
        for text in
            ["2027-03-31", "2027/3/31", "2027年3月31日", "２０２７/０３/３１", "2027-03", "2027-03-31T00:00:00+09:00"]
        {
            assert_eq!(day(text), date(2027, 3, 31), "{text}");
        }
        for text in ["", "31.3.2027", "2027-13-01", "2027", "soon"] {
            assert_eq!(day(text), None, "{text}");
        }
        for text in ["3", "03", "3月", "３月"] {
            assert_eq!(month(&Value::text(text)), Some(3), "{text}");
        }
        assert_eq!(month(&Value::text("13")), None);
        assert_eq!(month(&Value::Number(touchpoint::Decimal::from_micros(3_900_000))), None);
    }
}
