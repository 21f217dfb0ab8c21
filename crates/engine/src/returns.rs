//! When somebody may leave the recycle box: the wait that the reason's feedback set, moved by dates of the customer as they
//! are known now. A contract's end that is heard of later moves it, too.

use crate::aggregate::{Aggregate, Position};
use crate::fit::find;
use crate::stage::start_of;
use crate::version::Version;
use jiff::civil;
use playbook::half_width;
use playbook::model::{DateOf, Reason, Season};
use touchpoint::{Date, Timestamp, Value};

/// The earliest return of who stands in the box; `None`: not by itself.
pub fn earliest(version: &Version, aggregate: &Aggregate, position: &Position) -> Option<Timestamp> {
    let fixed = position.return_at;
    let Some((reason, since)) = reason(version, position).zip(position.recycled_at) else { return fixed };
    let by_date = reason.returns_before.as_ref().and_then(|before| {
        let date = date(aggregate, &before.date)?;
        // One that was over already says nothing.
        let date = Some(start_of(version, date)).filter(|date| *date > since)?;
        Some(date.plus_millis(-before.by))
    });
    let by_season = reason.returns_in_season.and_then(|season| next_season(version, aggregate, season, since));
    match (by_date.or(fixed), by_season) {
        (Some(date), Some(season)) => Some(date.min(season)),
        (date, season) => date.or(season),
    }
}

/// Why somebody stands in the box.
pub(crate) fn reason<'a>(version: &'a Version, position: &Position) -> Option<&'a Reason> {
    version.model.reason(position.recycled_for.as_ref()?)
}

/// The first day of a budget season that is far enough off; none where the fiscal year is not known.
fn next_season(version: &Version, aggregate: &Aggregate, season: Season, since: Timestamp) -> Option<Timestamp> {
    let ends = month(value(aggregate, version.model.fiscal_year_end.as_ref()?)?)?;
    let begins = (i32::from(ends) - i32::from(season.months)).rem_euclid(12) as i8 + 1;
    let from = since.plus_millis(season.not_within);
    let mut year = from.to_jiff().to_zoned(version.model.zone.clone()).year();
    loop {
        let first = civil::Date::new(year, begins, 1).ok()?;
        let moment = start_of(version, Date::from_civil(first));
        if moment >= from {
            return Some(moment);
        }
        year += 1;
    }
}

fn value<'a>(aggregate: &'a Aggregate, date: &DateOf) -> Option<&'a Value> {
    match date {
        DateOf::Answer(question) => aggregate.answer(question).map(|answered| &answered.value),
        DateOf::Attribute(of, name) => find(&aggregate.facts, *of, name),
    }
}

fn date(aggregate: &Aggregate, date: &DateOf) -> Option<Date> {
    day(value(aggregate, date)?.as_text()?).map(Date::from_civil)
}

/// A month as people write it: 3, "3", "03", "3月", "３月".
fn month(value: &Value) -> Option<i8> {
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
