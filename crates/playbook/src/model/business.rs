//! Business time: waits that count only while the office is open.

use super::Millis;
use jiff::civil;
use std::collections::HashSet;
use touchpoint::{Text, Timestamp};

/// When an office is open.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub name: Text,
    pub zone: jiff::tz::TimeZone,
    /// From Monday.
    pub weekdays: [bool; 7],
    pub opens: civil::Time,
    /// Later on the same day.
    pub closes: civil::Time,
    pub holidays: HashSet<civil::Date>,
    /// Closed on these days of every year.
    pub closed: HashSet<(i8, i8)>,
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Plain(Millis),
    /// While the office is open: whole business days, each as long as the office is open on one, and time beyond them.
    Business {
        days: i64,
        millis: Millis,
    },
}

/// A calendar that is closed for longer at a stretch is not looked through: the wait ends then, business or not.
pub(super) const CLOSED_DAYS_MAX: u32 = 400;

impl Wait {
    /// The moment so long after `at`. Business time that ends when the office closes ends when it opens again: what is due
    /// "in five business days" is due in the morning. `calendar` is there where the playbook says business time at all.
    pub fn after(self, at: Timestamp, calendar: Option<&Calendar>) -> Timestamp {
        let millis = self.millis(calendar);
        match (self, calendar) {
            (Self::Business { .. }, Some(calendar)) => calendar.after(at, millis),
            _ => at.plus_millis(millis),
        }
    }

    /// How long it is; business time while the office is open. Without a calendar a business day is as long as any.
    pub fn millis(self, calendar: Option<&Calendar>) -> Millis {
        match self {
            Self::Plain(millis) => millis,
            Self::Business { days, millis } => {
                let day = calendar.map_or(86_400_000, Calendar::day_millis);
                days.saturating_mul(day).saturating_add(millis)
            }
        }
    }

    /// True when it is never longer than the other.
    pub fn is_at_most(self, other: Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a <= b,
            (Self::Business { days: a, millis: more }, Self::Business { days: b, millis: most }) => {
                a <= b && more <= most
            }
            _ => false,
        }
    }
}

impl Calendar {
    /// How long the office is open on a business day.
    pub fn day_millis(&self) -> Millis {
        self.opens.duration_until(self.closes).as_millis() as i64
    }

    pub fn is_open_on(&self, date: civil::Date) -> bool {
        let weekday = date.weekday().to_monday_zero_offset();
        self.weekdays[weekday as usize]
            && !self.holidays.contains(&date)
            && !self.closed.contains(&(date.month(), date.day()))
    }

    /// How long the office is open between two moments.
    pub(super) fn open_between(&self, from: Timestamp, until: Timestamp) -> Millis {
        let mut date = from.to_jiff().to_zoned(self.zone.clone()).date();
        let last = until.to_jiff().to_zoned(self.zone.clone()).date();
        let mut open = 0;
        while date <= last {
            if self.is_open_on(date) {
                let (opens, closes) = (self.moment(date, self.opens), self.moment(date, self.closes));
                open += closes.min(until).millis_since(opens.max(from)).max(0);
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        open
    }

    /// The day on which the office is open for the n-th time after this one.
    pub(super) fn open_day_after(&self, day: civil::Date, days: i64) -> civil::Date {
        let (mut date, mut left, mut closed) = (day, days, 0);
        while left > 0 && closed < CLOSED_DAYS_MAX {
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            closed += 1;
            if self.is_open_on(date) {
                left -= 1;
                closed = 0;
            }
        }
        date
    }

    /// The moment at which the office has been open for so long since `at`, and is open.
    fn after(&self, at: Timestamp, millis: Millis) -> Timestamp {
        let mut left = millis;
        let mut date = at.to_jiff().to_zoned(self.zone.clone()).date();
        let mut closed = 0;
        while closed < CLOSED_DAYS_MAX {
            closed += 1;
            if self.is_open_on(date) {
                closed = 0;
                let (opens, closes) = (self.moment(date, self.opens), self.moment(date, self.closes));
                let from = at.max(opens);
                let open = closes.millis_since(from);
                if open > left {
                    return from.plus_millis(left);
                }
                left -= open.max(0);
            }
            date = match date.tomorrow() {
                Ok(next) => next,
                Err(_) => break,
            };
        }
        at.plus_millis(millis)
    }

    fn moment(&self, date: civil::Date, time: civil::Time) -> Timestamp {
        moment(&self.zone, date.to_datetime(time))
    }
}

/// When clocks of a zone show this; where they are put forward or back, as calendars take it.
pub(crate) fn moment(zone: &jiff::tz::TimeZone, clock: civil::DateTime) -> Timestamp {
    let moment = zone.to_ambiguous_zoned(clock).compatible();
    moment.map_or(Timestamp::MAX, |moment| Timestamp::from_jiff(moment.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn japan() -> Calendar {
        let time = |hour| civil::Time::constant(hour, 0, 0, 0);
        let holidays =
            ["2026-05-03", "2026-05-04", "2026-05-05", "2026-05-06", "2026-09-21", "2026-09-22", "2026-09-23"];
        Calendar {
            name: Text::new("japan"),
            zone: jiff::tz::TimeZone::get("Asia/Tokyo").unwrap(),
            weekdays: [true, true, true, true, true, false, false],
            opens: time(9),
            closes: time(18),
            holidays: holidays.iter().map(|day| day.parse().unwrap()).collect(),
            closed: [(8, 13), (8, 14), (8, 15)].into(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{}:00+09:00", text.replace(' ', "T"))).unwrap()
    }

    fn due(from: &str, days: i64, hours: i64) -> Timestamp {
        Wait::Business { days, millis: hours * 3_600_000 }.after(at(from), Some(&japan()))
    }

    /// The figures are those of the worked examples of the default playbook.
    #[test]
    fn business_time_ends_where_people_expect_it() {
        assert_eq!(due("2026-05-01 17:30", 0, 4), at("2026-05-07 12:30"), "the holidays of May");
        assert_eq!(due("2026-09-18 16:00", 0, 4), at("2026-09-24 11:00"), "Silver Week");
        assert_eq!(due("2026-06-25 10:00", 1, 0), at("2026-06-26 10:00"));
        assert_eq!(due("2026-07-31 00:00", 5, 0), at("2026-08-07 09:00"), "the end of a day is the next morning");
        assert_eq!(due("2026-08-12 18:00", 0, 0), at("2026-08-17 09:00"), "after hours, before the company's own days");
        assert_eq!(due("2026-08-12 17:59", 0, 0), at("2026-08-12 17:59"));
        assert_eq!(due("2026-08-08 12:00", 0, 1), at("2026-08-10 10:00"), "from a Saturday");
    }

    /// Minute by minute.
    fn counted(calendar: &Calendar, from: Timestamp, minutes: i64) -> Timestamp {
        let mut left = minutes;
        let mut now = from;
        loop {
            let local = now.to_jiff().to_zoned(calendar.zone.clone());
            let open =
                calendar.is_open_on(local.date()) && calendar.opens <= local.time() && local.time() < calendar.closes;
            if open && left == 0 {
                return now;
            }
            left -= i64::from(open);
            now = now.plus_millis(60_000);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_what_counting_the_minutes_gives(start in 0..20_000_i64, days in 0..5_i64, minutes in 0..700_i64) {
            let calendar = japan();
            let from = at("2026-04-25 00:00").plus_millis(start * 60_000);
            let wait = Wait::Business { days, millis: minutes * 60_000 };
            let all = days * calendar.day_millis() / 60_000 + minutes;
            prop_assert_eq!(wait.after(from, Some(&calendar)), counted(&calendar, from, all));
        }
    }

    #[test]
    fn a_calendar_that_is_always_closed_ends_a_wait_all_the_same() {
        let never = Calendar { weekdays: [false; 7], ..japan() };
        let wait = Wait::Business { days: 1, millis: 0 };
        assert_eq!(wait.after(at("2026-06-25 10:00"), Some(&never)), at("2026-06-25 19:00"));
    }
}
