//! When somebody may leave the recycle box: the wait that the reason's feedback set, moved by dates of the customer as they
//! are known now. A contract's end that is heard of later moves it, too.

use crate::aggregate::{Aggregate, Position};
use crate::dates::{date, month, start_of, value};
use crate::version::Version;
use jiff::civil;
use playbook::model::{Reason, Season};
use touchpoint::{Date, Timestamp};

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
