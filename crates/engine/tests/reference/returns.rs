//! When somebody may leave the recycle box.

use super::conditions::Asking;
use super::stages::Position;
use super::{Row, Timeline};
use jiff::civil;
use playbook::model::{DateOf, DateSpan, Model, Reason, ReturnsBefore, Season, Stage};
use touchpoint::{Date, Timestamp, Value};

impl Timeline<'_> {
    /// The date has come, or what the reason waits for holds.
    pub(crate) fn return_due(&self, position: &Position, at_hand: Option<&Row<'_>>) -> bool {
        let Some(recycled) = &position.recycled else { return false };
        if self.earliest_return(position).is_some_and(|at| at <= self.now) {
            return true;
        }
        let reason = recycled.reason.as_ref().and_then(|code| self.model().reason(code));
        let when = reason.and_then(|reason| reason.returns_when.as_ref());
        let asking = Asking::of_stage(self, at_hand, position);
        when.is_some_and(|when| asking.holds(when))
    }

    /// The date, as far as it is known now; `None`: never by itself, or nobody waits.
    pub(crate) fn earliest_return(&self, position: &Position) -> Option<Timestamp> {
        let recycled = position.recycled.as_ref()?;
        let reason = recycled.reason.as_ref().and_then(|code| self.model().reason(code));
        let known = reason.and_then(|reason| self.before_date(reason.returns_before.as_ref()?, recycled.at));
        let season = reason.and_then(|reason| self.season(reason.returns_in_season.as_ref()?, recycled.at));
        match (known.or(recycled.wait), season) {
            (Some(wait), Some(season)) => Some(wait.min(season)),
            (wait, season) => wait.or(season),
        }
    }

    /// So long before a date of the customer; a day that had begun by then already says nothing.
    fn before_date(&self, before: &ReturnsBefore, said_at: Timestamp) -> Option<Timestamp> {
        let model = self.model();
        let begins = start_of_day(model, day(self.date(&before.date)?)?);
        (begins > said_at).then(|| begins.plus_millis(-before.by))
    }

    /// The first day of the budget season that is far enough off.
    fn season(&self, season: &Season, said_at: Timestamp) -> Option<Timestamp> {
        let model = self.model();
        let ends = month(self.date(model.fiscal_year_end.as_ref()?)?)?;
        let year = said_at.to_jiff().to_zoned(model.zone.clone()).date().year();
        // The fiscal year begins with the month after that.
        let begins = (i32::from(ends) - i32::from(season.months)).rem_euclid(12) as i8 + 1;
        let firsts = (year - 1..year + 20).map(|year| start_of_day(model, civil::date(year, begins, 1)));
        firsts.into_iter().find(|first| *first >= said_at.plus_millis(season.not_within))
    }

    /// From when until when a day of the customer lies so; `None`: it is not known.
    pub(crate) fn lies(&self, of: &DateOf, is: DateSpan) -> Option<(Timestamp, Timestamp)> {
        let model = self.model();
        let date = day(self.date(of)?)?;
        let (begins, ends) = (start_of_day(model, date), start_of_day(model, date.tomorrow().ok()?));
        Some(match is {
            DateSpan::WithinNext(by) => (begins.plus_millis(-by), ends),
            DateSpan::WithinLast(by) => (begins, begins.plus_millis(by)),
            DateSpan::PastBy(by) => (model.after(ends, by), Timestamp::MAX),
        })
    }

    fn date(&self, of: &DateOf) -> Option<&Value> {
        match of {
            DateOf::Answer(question) => self.answer(question).map(|(value, _)| value),
            DateOf::Attribute(of, name) => self.attribute(*of, name),
        }
    }
}

/// The midnight with which a day begins.
pub(crate) fn start_of_day(model: &Model, date: civil::Date) -> Timestamp {
    let midnight = date.to_datetime(civil::Time::midnight());
    let moment = model.zone.to_ambiguous_zoned(midnight).compatible().expect("within the calendar");
    Timestamp::from_jiff(moment.timestamp())
}

/// `2026-04-10`, `2026/4/10`, `2026年4月10日`; a month alone is its last day.
fn day(value: &Value) -> Option<civil::Date> {
    let text = value.as_text()?;
    match numbers(text).as_slice() {
        [year, month, day] => civil::Date::new(*year, *month as i8, *day as i8).ok(),
        [year, month] => civil::Date::new(*year, *month as i8, 1).ok().map(civil::Date::last_of_month),
        _ => None,
    }
}

/// 3, `3`, `03`, `3月`.
fn month(value: &Value) -> Option<u8> {
    let month = match value {
        Value::Number(number) => i16::try_from(number.as_micros() / 1_000_000).ok()?,
        Value::Text(text) => *numbers(text).first()?,
        _ => return None,
    };
    u8::try_from(month).ok().filter(|month| (1..=12).contains(month))
}

fn numbers(text: &str) -> Vec<i16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The return that was said with the word or the exit that led to the box.
pub(crate) fn wait(
    model: &Model,
    stage: &Stage,
    reason: Option<&Reason>,
    until: Option<Date>,
    now: Timestamp,
) -> Option<Timestamp> {
    let Some(reason) = reason else { return stage.returns_after.map(|wait| now.plus_millis(wait)) };
    let before = reason.returns_before_until.zip(until);
    let named = before.map(|(by, until)| start_of_day(model, until.to_civil()).plus_millis(-by));
    named.or_else(|| reason.returns_after.map(|wait| now.plus_millis(wait)))
}
