//! When people work: Monday to Friday, 09:00 to 18:00 in Japan, which knows no summer time.

use super::dice::Dice;
use touchpoint::{Date, Timestamp};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
const OFFSET: i64 = 9 * HOUR;
const OPENS: i64 = 9 * HOUR;
const CLOSES: i64 = 18 * HOUR;

/// The calendar day in Japan.
pub(super) fn day(at: Timestamp) -> Date {
    Date::from_days(i32::try_from((at.as_millis() + OFFSET).div_euclid(DAY)).unwrap_or_default())
}

/// A moment of a day in Japan.
pub(super) fn moment(day: Date, millis_of_day: i64) -> Timestamp {
    Timestamp::from_millis(i64::from(day.as_days()) * DAY - OFFSET + millis_of_day)
}

fn millis_of_day(at: Timestamp) -> i64 {
    (at.as_millis() + OFFSET).rem_euclid(DAY)
}

/// Weekdays but Obon and the turn of the year, when factories stand still.
pub(super) fn is_business_day(day: Date) -> bool {
    // 1970-01-01 was a Thursday.
    let weekday = (day.as_days() + 4).rem_euclid(7);
    let civil = day.to_civil();
    let closed = matches!((civil.month(), civil.day()), (8, 13..=15) | (12, 29..) | (1, ..=3));
    !matches!(weekday, 0 | 6) && !closed
}

/// The first business day at or after `day`.
pub(super) fn business_day_from(day: Date) -> Date {
    let mut day = day;
    while !is_business_day(day) {
        day = Date::from_days(day.as_days() + 1);
    }
    day
}

/// `at` where people work then; else some time of the next business day's work.
pub(super) fn office_time(at: Timestamp, dice: &mut Dice) -> Timestamp {
    let today = day(at);
    if is_business_day(today) && millis_of_day(at) < CLOSES {
        if millis_of_day(at) >= OPENS {
            return at;
        }
        return moment(today, dice.between(OPENS, CLOSES - HOUR));
    }
    let next = business_day_from(Date::from_days(today.as_days() + 1));
    moment(next, dice.between(OPENS, CLOSES - HOUR))
}

/// Some time of work, `days` business days later.
pub(super) fn business_days_later(at: Timestamp, days: i64, dice: &mut Dice) -> Timestamp {
    let mut on = day(at);
    for _ in 0..days {
        on = business_day_from(Date::from_days(on.as_days() + 1));
    }
    if days == 0 { office_time(at, dice) } else { moment(on, dice.between(OPENS, CLOSES - HOUR)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_rests_at_night_at_weekends_and_at_obon() {
        let mut dice = Dice::new(1);
        for (at, on) in [
            ("2026-08-12T17:59:00+09:00", "2026-08-12"), // a Wednesday
            ("2026-08-12T18:00:00+09:00", "2026-08-17"), // Obon, then a weekend
            ("2026-06-13T12:00:00+09:00", "2026-06-15"), // a Saturday
            ("2026-06-15T03:00:00+09:00", "2026-06-15"),
        ] {
            let at = Timestamp::parse(at).unwrap();
            let then = office_time(at, &mut dice);
            assert!(then >= at);
            assert_eq!(day(then).to_string(), on);
            assert!((OPENS..CLOSES).contains(&millis_of_day(then)), "{then}");
        }
        let friday = Timestamp::parse("2026-06-12T10:00:00+09:00").unwrap();
        assert_eq!(day(business_days_later(friday, 2, &mut dice)).to_string(), "2026-06-16");
    }
}
