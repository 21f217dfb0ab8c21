//! Behaviours and readings.

use super::conditions::{Asks, Known, condition};
use super::names::Names;
use super::patterns::patterns;
use crate::language::{BehaviourText, PlaybookText};
use crate::limits;
use crate::model::{Behaviour, BehaviourIx, Condition, Count, Did, Millis, Model, Occurs, Reading};
use crate::units::{Duration, Word};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::reading::{At, Named};
use touchpoint::Text;

/// State keeps this many occurrences whatever the conditions count, so that another version may count a few.
const TIMES_KEPT_MIN: u16 = 4;

pub(crate) fn behaviours(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Vec<Behaviour> {
    if text.behaviours.0.len() > limits::BEHAVIOURS_MAX {
        let message = format!("{} behaviours; at most {}", text.behaviours.0.len(), limits::BEHAVIOURS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let mut behaviours = Vec::new();
    for (name, said) in text.behaviours.iter() {
        behaviours.push(Behaviour {
            name: Text::new(&name.value),
            label: said.label.0.clone(),
            occurs: occurs(name, said, &text.behaviours, names, notes),
            times_kept: TIMES_KEPT_MIN,
            days_kept: 0,
        });
    }
    behaviours
}

/// Makes the behaviours keep as much as the conditions count.
pub(crate) fn keep_what_is_counted(model: &mut Model) {
    for Did { behaviour, at_least, .. } in model.counted() {
        let Some(behaviour) = model.behaviours.get_mut(usize::from(behaviour.0)) else { continue };
        match at_least {
            Count::Times(times) => behaviour.times_kept = behaviour.times_kept.max(times),
            Count::Days(days) => behaviour.days_kept = behaviour.days_kept.max(days),
        }
    }
}

pub(crate) fn readings(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Reading> {
    if text.readings.0.len() > limits::READINGS_MAX {
        let message = format!("{} readings; at most {}", text.readings.0.len(), limits::READINGS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let mut readings = Vec::new();
    for (name, said) in text.readings.iter() {
        let when = condition(&said.when, known.asking(Asks::Reading), notes);
        let rewarded = |(_, rule): &(_, &crate::language::RuleText)| {
            rule.reading.as_ref().is_some_and(|reading| reading.value.0 == name.value.as_str())
        };
        if let (Some(when), Some((rule, _))) = (&when, text.rules.iter().find(rewarded)) {
            rests_on_what_is_done(name, &rule.value, when, notes);
        }
        readings.push(Reading {
            name: reading_name(name, notes),
            label: said.label.0.clone(),
            hypothesis: said.hypothesis.as_ref().map(|hypothesis| hypothesis.0.clone()),
            when: when.unwrap_or(Condition::Any(Vec::new())),
        });
    }
    readings
}

/// Where people and scenarios say that there is no reading, they say `none`.
fn reading_name(name: &At<String>, notes: &mut Notes) -> Text {
    if name.value == "none" {
        notes
            .add(MistakeKind::WrongForm, name.span, "`none` says that there is no reading: no name of one")
            .help("give the reading another name");
    }
    Text::new(&name.value)
}

/// Points need a touchpoint that they come from, and may not rest on points.
fn rests_on_what_is_done(name: &At<String>, rule: &str, when: &Condition, notes: &mut Notes) {
    let mut by_score = false;
    when.for_each_leaf(&mut |leaf| {
        by_score |=
            matches!(leaf, Condition::ScoreAtLeast(..) | Condition::ScoreBelow(..) | Condition::AnyScoreAtLeast(..));
    });
    if by_score {
        notes
            .add(
                MistakeKind::WrongForm,
                name.span,
                format!("`{rule}` gives points for `{}`, which itself rests on points", name.value),
            )
            .help("a reading that gives points rests on behaviours, attributes and answers only");
    }
    if !needs_did(when) {
        notes
            .add(
                MistakeKind::WrongForm,
                name.span,
                format!("`{rule}` gives points for `{}`, which may hold without anything done", name.value),
            )
            .help("points come from a touchpoint: the reading needs a `did`");
    }
}

fn needs_did(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().any(needs_did),
        Condition::Any(parts) => parts.iter().all(needs_did),
        Condition::Did(_) => true,
        _ => false,
    }
}

fn occurs(
    name: &At<String>,
    said: &BehaviourText,
    all: &Named<BehaviourText>,
    names: &Names,
    notes: &mut Notes,
) -> Occurs {
    let forms = [!said.when.is_empty(), !said.in_order.is_empty(), said.after_silence.is_some()];
    let when = patterns(&said.when.0, names, notes);
    if forms.iter().filter(|said| **said).count() != 1 {
        notes
            .add(MistakeKind::WrongForm, name.span, format!("`{}` says two things that are done, or none", name.value))
            .help("say one of: when, in_order, after_silence");
        return Occurs::Each(when);
    }
    if let Some(silence) = &said.after_silence {
        no_companions(said, "after_silence", notes);
        return Occurs::AfterSilence(silence.value.0);
    }
    if !said.in_order.is_empty() {
        if let Some(word) = &said.not_followed_by {
            notes.add(MistakeKind::WrongForm, word.span, "`not_followed_by` goes with `when`");
        }
        if said.in_order.len() < 2 || said.in_order.len() > limits::STEPS_MAX {
            let message = format!("`in_order` names from 2 to {} behaviours", limits::STEPS_MAX);
            notes.add(MistakeKind::WrongForm, said.span, message);
        }
        let steps = said.in_order.iter().filter_map(|step| touchpoints_of(step, all, names, notes)).collect();
        return Occurs::InOrder { steps, within: how_long(said, "in_order", notes) };
    }
    match &said.not_followed_by {
        None => {
            if let Some(before) = &said.nor_before {
                notes.add(MistakeKind::WrongForm, before.span, "`nor_before` goes with `not_followed_by`");
            }
            if let Some(within) = &said.within {
                notes
                    .add(MistakeKind::WrongForm, within.span, "`within` goes with `not_followed_by` and `in_order`")
                    .help("how far back to look is said where it is counted: `{did: ..., within: 14d}`");
            }
            Occurs::Each(when)
        }
        Some(by) => {
            let within = how_long(said, "not_followed_by", notes);
            let before = said.nor_before.as_ref().map_or(0, |before| before.value.0);
            match touchpoints_of(by, all, names, notes) {
                Some(by) => Occurs::Unanswered { when, by, within, before },
                None => Occurs::Each(when),
            }
        }
    }
}

fn no_companions(said: &BehaviourText, word: &str, notes: &mut Notes) {
    let spans = [said.within.as_ref().map(|w: &At<Duration>| w.span), said.not_followed_by.as_ref().map(|w| w.span)];
    for span in spans.into_iter().flatten() {
        notes.add(MistakeKind::WrongForm, span, format!("this means nothing beside `{word}`"));
    }
}

fn how_long(said: &BehaviourText, word: &str, notes: &mut Notes) -> Millis {
    match &said.within {
        Some(within) if within.value.0 > 0 => within.value.0,
        Some(within) => {
            notes.add(MistakeKind::NeverHolds, within.span, "nothing happens within no time");
            1
        }
        None => {
            notes
                .add(MistakeKind::Missing, said.span, format!("`within` is missing beside `{word}`"))
                .help("say how long, as `within: 24h`");
            1
        }
    }
}

/// A behaviour that consists of touchpoints: what occurs by others would make circles.
fn touchpoints_of(
    word: &At<Word>,
    all: &Named<BehaviourText>,
    names: &Names,
    notes: &mut Notes,
) -> Option<BehaviourIx> {
    let ix = names.behaviours.find(word, notes)?;
    let plain = |said: &BehaviourText| !said.when.is_empty() && said.not_followed_by.is_none();
    let said = all.iter().find(|(name, _)| name.value == word.value.0.as_str());
    if said.is_some_and(|(_, said)| !plain(said)) {
        notes
            .add(MistakeKind::WrongForm, word.span, format!("`{}` is itself made of others", word.value.0))
            .help("name a behaviour that says only `when`");
        return None;
    }
    Some(ix)
}

/// `{did: ..., times|days: ..., within: ...}`.
pub(crate) fn did(text: &crate::language::ConditionText, names: &Names, notes: &mut Notes) -> Option<Did> {
    let behaviour = names.behaviours.find(text.did.as_ref()?, notes)?;
    let at_least = match (&text.times, &text.days) {
        (Some(times), None) => Count::Times(counted(times, "times", notes)?),
        (None, Some(days)) => Count::Days(counted(days, "days", notes)?),
        (None, None) => Count::Times(1),
        (Some(_), Some(days)) => {
            notes.add(MistakeKind::WrongForm, days.span, "either `times` or `days` are counted");
            return None;
        }
    };
    let within = match &text.within {
        Some(within) if within.value.0 <= 0 => {
            notes.add(MistakeKind::NeverHolds, within.span, "nothing happens within no time");
            return None;
        }
        within => within.as_ref().map(|within| within.value.0),
    };
    if let (Count::Days(days), Some(within)) = (at_least, within) {
        days_fit(days, within, text.span, notes);
    }
    Some(Did { behaviour, at_least, within, since_stage: false })
}

/// So many days lie within so long, where the first and the last of them are begun.
pub(crate) fn days_fit(days: u16, within: Millis, span: Span, notes: &mut Notes) {
    if i64::from(days - 1) * 86_400_000 >= within + 86_400_000 {
        notes.add(MistakeKind::NeverHolds, span, format!("{days} days do not fit into this time"));
    }
}

pub(crate) fn counted(count: &At<crate::units::Count>, word: &str, notes: &mut Notes) -> Option<u16> {
    match u16::try_from(count.value.0).ok().filter(|count| (1..=limits::TIMES_MAX).contains(count)) {
        Some(count) => Some(count),
        None => {
            let message = format!("`{word}` is from 1 to {}", limits::TIMES_MAX);
            notes.add(MistakeKind::WrongForm, count.span, message);
            None
        }
    }
}
