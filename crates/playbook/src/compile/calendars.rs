//! Calendars: names of days and lists resolved.

use super::names::Names;
use crate::language::{CalendarText, PlaybookText};
use crate::limits;
use crate::model::{Calendar, Wait};
use crate::units::Word;
use jiff::civil;
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, Named};
use std::collections::{HashMap, HashSet};
use touchpoint::Text;

/// Longer than any office is closed every year.
const CLOSED_AT_A_STRETCH_MAX: usize = 100;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(crate) fn calendars(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Vec<Calendar> {
    let lists: HashMap<&str, HashSet<civil::Date>> =
        text.holidays.iter().map(|(name, list)| (name.value.as_str(), days(list, notes))).collect();
    text.calendars.iter().map(|(name, said)| calendar(name, said, text, &lists, names, notes)).collect()
}

fn days(list: &Named<Word>, notes: &mut Notes) -> HashSet<civil::Date> {
    if list.0.len() > limits::HOLIDAYS_MAX {
        let message = format!("{} holidays in one list; at most {}", list.0.len(), limits::HOLIDAYS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let mut days = HashSet::new();
    for (day, _) in list.iter() {
        match day.value.parse::<civil::Date>() {
            Ok(date) if day.value.len() == 10 => drop(days.insert(date)),
            _ => {
                let message = format!("expected a day such as 2026-01-01, found `{}`", day.value);
                notes.add(MistakeKind::WrongForm, day.span, message);
            }
        }
    }
    days
}

fn calendar(
    name: &At<String>,
    said: &CalendarText,
    text: &PlaybookText,
    lists: &HashMap<&str, HashSet<civil::Date>>,
    names: &Names,
    notes: &mut Notes,
) -> Calendar {
    let mut weekdays = [false; 7];
    for day in &said.weekdays.0 {
        let word = day.value.0.as_str();
        match WEEKDAYS.iter().position(|have| *have == word) {
            Some(at) => weekdays[at] = true,
            None => {
                notes
                    .add(MistakeKind::UnknownName, day.span, format!("there is no weekday `{word}`"))
                    .help(suggestion(word, WEEKDAYS.iter().copied()));
            }
        }
    }
    if said.weekdays.is_empty() {
        notes
            .add(MistakeKind::Missing, name.span, "`weekdays` is missing: the office never opens")
            .help("as `weekdays: [mon, tue, wed, thu, fri]`");
    }
    for days in &said.closed.0 {
        let count = days.value.each().count();
        if count <= CLOSED_AT_A_STRETCH_MAX {
            continue;
        }
        notes
            .add(MistakeKind::WrongForm, days.span, format!("closed on {count} days of the year"))
            .help("the first day stands before the last, unless the year ends in between: 12-29..01-03");
    }
    let holidays = said.holidays.0.iter().filter(|list| names.holidays.find(list, notes).is_some());
    let holidays = holidays.filter_map(|list| lists.get(list.value.0.as_str())).flatten().copied().collect();
    Calendar {
        name: Text::new(&name.value),
        zone: said.time_zone.as_ref().map_or_else(|| text.playbook.time_zone.0.clone(), |zone| zone.0.clone()),
        weekdays,
        opens: said.hours.value.opens,
        closes: said.hours.value.closes,
        holidays,
        closed: said.closed.0.iter().flat_map(|days| days.value.each()).collect(),
    }
}

/// Business time needs a calendar to count by.
pub(crate) fn has_calendar(wait: Wait, span: Span, names: &Names, notes: &mut Notes) -> Wait {
    if matches!(wait, Wait::Business { .. }) && !names.has_calendar {
        notes
            .add(MistakeKind::Missing, span, "business time needs a calendar to count by")
            .help("declare one under `calendars` and name it: `playbook: {calendar: ...}`");
    }
    wait
}
