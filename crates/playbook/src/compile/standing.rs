//! Conditions on where somebody stands: stages, segments, dates, consent, two scores that are close.

use super::calendars::has_calendar;
use super::conditions::{Asks, Known, all_of, threshold};
use super::names::{LifeCycleNames, Names, Table};
use super::stages::entry_by;
use crate::language::ConditionText;
use crate::model::{AttributeOf, Condition, DateOf, DateSpan, EntryBy, Reach, SegmentIx, StageIx};
use crate::units::{Count, Word};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, Many, Named};
use touchpoint::Text;

/// `{handoff: open}`, `{handoff: breached, for: 10bd}`.
pub(super) fn handoff(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let word = text.handoff.as_ref()?;
    let stood_for = text.stood_for.as_ref().map(|wait| has_calendar(wait.value.0, wait.span, known.names, notes));
    match (word.value.0.as_str(), &text.stood_for) {
        ("breached", _) => Some(Condition::HandoffBreached { stood_for }),
        ("open", None) => Some(Condition::HandoffOpen),
        ("open", Some(wait)) => {
            notes.add(MistakeKind::WrongForm, wait.span, "`for` goes with `handoff: breached`");
            None
        }
        (other, _) => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("no hand-off is `{other}`"))
                .help(suggestion(other, ["open", "breached"]));
            None
        }
    }
}

/// `{close: interest, at_least: 15, apart: 5}`.
pub(super) fn close(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let scores = known.names.families.find(text.close.as_ref()?, notes)?;
    let at_least = threshold(text.at_least.as_ref()?, &scores, true, known, notes)?;
    let apart = text.apart.as_ref()?;
    if apart.value.0 < 0 {
        notes.add(MistakeKind::NeverHolds, apart.span, "two scores are never less than 0 apart");
        return None;
    }
    if scores.len() < 2 {
        let message = "there are no two such scores, with less than two solutions";
        notes.add(MistakeKind::NeverHolds, text.span, message);
        return None;
    }
    Some(Condition::Close { scores, at_least, apart: apart.value.0 })
}

/// `{segment: at_risk}`: one that stands before it, and for stages none that itself rests on stages.
pub(super) fn segments(words: &Many<At<Word>>, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let mut found = Vec::new();
    let mut wrong = false;
    for word in &words.0 {
        let Some(ix) = known.names.segments.find(word, notes) else {
            wrong = true;
            continue;
        };
        let why = match known.asks {
            Asks::Segment(here) if ix.0 >= here => Some("a segment rests on those before it in the file"),
            Asks::Stage(_) | Asks::Return | Asks::LifeCycle(_)
                if known.segments.get(usize::from(ix.0)).is_some_and(|segment| segment.after_stages) =>
            {
                Some("it rests on stages, so that no stage rests on it")
            }
            _ => None,
        };
        if let Some(why) = why {
            let message = format!("`{}` cannot be asked for here: {why}", word.value.0);
            notes.add(MistakeKind::WrongForm, word.span, message);
            wrong = true;
        }
        found.push(ix);
    }
    (!wrong).then_some(Condition::Segment(found))
}

/// `{stage: {acquisition: [customer, advocate]}, for: 10bd}`: of a life cycle that stands before it, or of itself.
pub(super) fn stages(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let stood_for = text.stood_for.as_ref().map(|wait| has_calendar(wait.value.0, wait.span, known.names, notes));
    let mut all = Vec::new();
    let mut wrong = false;
    for (name, said) in text.stage.iter() {
        let word = At { value: Word(Text::new(&name.value)), span: name.span };
        let Some(LifeCycleNames { at, is_of_accounts, stages }) = known.names.life_cycles.find(&word, notes) else {
            wrong = true;
            continue;
        };
        if is_of_accounts != matches!(known.asks, Asks::Account(_)) {
            let message = match is_of_accounts {
                true => format!("`{}` is a life cycle of accounts", name.value),
                false => format!("`{}` is a life cycle of contacts", name.value),
            };
            let help = match is_of_accounts {
                true => "write `account_stage: {...}`",
                false => "count the contacts at it by a segment: `{members: 1, in_segment: ...}`",
            };
            notes.add(MistakeKind::WrongForm, name.span, message).help(help);
            wrong = true;
        }
        wrong |= is_decided_later(name, at, known.asks, notes);
        let stages = stages.known(said, notes);
        wrong |= stages.len() < said.0.len();
        all.push(Condition::Stage { life_cycle: word.value.0, stages, stood_for });
    }
    (!wrong).then(|| all_of(all))
}

/// Whether what asks is decided before this life cycle is.
fn is_decided_later(name: &At<String>, at: u16, asks: Asks, notes: &mut Notes) -> bool {
    let later = match asks {
        Asks::Stage(here) | Asks::Account(here) => at > here,
        Asks::Return => at > 0,
        Asks::LifeCycle(here) => at >= here,
        _ => false,
    };
    if later {
        notes
            .add(MistakeKind::WrongForm, name.span, format!("`{}` is decided after this", name.value))
            .help("a life cycle rests on those before it in the file");
    }
    later
}

/// `{came_by: {acquisition: [hand, person]}}`.
pub(super) fn came_by(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    of_life_cycles(AttributeOf::Contact, &text.came_by, known, notes, |life_cycle, said, _, notes| {
        let by: Vec<EntryBy> = said.0.iter().filter_map(|word| entry_by(word, notes)).collect();
        (by.len() == said.0.len()).then_some(Condition::CameBy { life_cycle, by })
    })
}

/// `{came_from: {acquisition: recycle}}`.
pub(super) fn came_from(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    of_life_cycles(AttributeOf::Contact, &text.came_from, known, notes, |life_cycle, said, stages, notes| {
        let stages = stages.known(said, notes);
        (stages.len() == said.0.len()).then_some(Condition::CameFrom { life_cycle, stages })
    })
}

/// What is said of life cycles of contacts, or of accounts, all together.
fn of_life_cycles(
    of: AttributeOf,
    said: &Named<Many<At<Word>>>,
    known: Known<'_>,
    notes: &mut Notes,
    each: impl Fn(Text, &Many<At<Word>>, &Table<StageIx>, &mut Notes) -> Option<Condition>,
) -> Option<Condition> {
    let mut all = Vec::new();
    let mut wrong = false;
    for (name, said) in said.iter() {
        let word = At { value: Word(Text::new(&name.value)), span: name.span };
        let Some(life_cycle) = known.names.life_cycles.find(&word, notes) else {
            wrong = true;
            continue;
        };
        match (of, life_cycle.is_of_accounts) {
            (AttributeOf::Contact, true) => {
                let message = format!("`{}` is a life cycle of accounts", name.value);
                notes.add(MistakeKind::WrongForm, name.span, message);
                wrong = true;
            }
            (AttributeOf::Account, false) => {
                let message = format!("`{}` is a life cycle of contacts", name.value);
                notes.add(MistakeKind::WrongForm, name.span, message).help("write `stage: {...}`");
                wrong = true;
            }
            (AttributeOf::Contact, false) => wrong |= is_decided_later(name, life_cycle.at, known.asks, notes),
            // What a company told of itself is heard as it stood then.
            (AttributeOf::Account, true) => {}
        }
        match each(word.value.0, said, &life_cycle.stages, notes) {
            Some(condition) => all.push(condition),
            None => wrong = true,
        }
    }
    (!wrong).then(|| all_of(all))
}

/// `{account_stage: {account: [customer, former]}}`.
pub(super) fn account_stages(said: &Named<Many<At<Word>>>, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    of_life_cycles(AttributeOf::Account, said, known, notes, |life_cycle, said, stages, notes| {
        let stages = stages.known(said, notes);
        (stages.len() == said.0.len()).then_some(Condition::AccountStage { life_cycle, stages })
    })
}

/// `{score: account, at_least: 120}` of an account.
pub(super) fn account_score(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let word = text.score.as_ref()?;
    if word.value.0 != "account" {
        let message = format!("a company has no score `{}`", word.value.0);
        notes.add(MistakeKind::UnknownName, word.span, message).help("its score is `account`");
        return None;
    }
    if !known.names.has_account_score {
        notes
            .add(
                MistakeKind::Missing,
                word.span,
                "nothing says how the contacts' points make the score of their company",
            )
            .help("say it under `account_score`");
        return None;
    }
    Some(match (&text.at_least, &text.below) {
        (Some(least), _) => Condition::AccountScoreAtLeast(least.value.0),
        (None, below) => Condition::AccountScoreBelow(below.as_ref()?.value.0),
    })
}

/// The number and the segment of `{members: 3, in_segment: active}`, `{colleagues: 2, in_segment: active}`.
pub(super) fn counted(
    text: &ConditionText,
    count: &At<Count>,
    known: Known<'_>,
    notes: &mut Notes,
) -> Option<(u32, SegmentIx)> {
    let Some(word) = &text.in_segment else {
        notes.add(MistakeKind::Missing, text.span, "`in_segment` is missing").help("say who is counted: a segment");
        return None;
    };
    if count.value.0 == 0 {
        notes.add(MistakeKind::WrongForm, count.span, "this always holds: count from 1");
        return None;
    }
    let segment = known.names.segments.find(word, notes)?;
    if let Asks::Segment(here) = known.asks
        && segment.0 >= here
    {
        let message = format!("`{}` cannot be counted here: a segment rests on those before it", word.value.0);
        notes.add(MistakeKind::WrongForm, word.span, message);
        return None;
    }
    Some((count.value.0, segment))
}

/// `{date: {account: contract_end}, within_next: 180d}`.
pub(super) fn near(text: &ConditionText, names: &Names, notes: &mut Notes) -> Option<Condition> {
    let said = text.date.as_ref()?;
    let date = date([&said.answer, &said.contact, &said.account], said.span, names, notes)?;
    let is = match (&text.within_next, &text.within_last) {
        (Some(within), _) => DateSpan::WithinNext(within.0),
        (_, Some(within)) => DateSpan::WithinLast(within.0),
        _ => {
            let past_by = text.past_by.as_ref()?;
            DateSpan::PastBy(has_calendar(past_by.value.0, past_by.span, names, notes))
        }
    };
    Some(Condition::Date { date, is })
}

/// The one day that is named: an answer, an attribute of the contact, or one of the account.
pub(crate) fn date(
    [answer, contact, account]: [&Option<At<Word>>; 3],
    span: Span,
    names: &Names,
    notes: &mut Notes,
) -> Option<DateOf> {
    let answer = answer
        .as_ref()
        .map(|question| names.questions.find(question, notes).map(|_| DateOf::Answer(question.value.0.clone())));
    let contact = contact.as_ref().map(|name| {
        let found = names.contact_attributes.find(name, notes);
        found.map(|_| DateOf::Attribute(AttributeOf::Contact, name.value.0.clone()))
    });
    let account = account.as_ref().map(|name| {
        let found = names.account_attributes.find(name, notes);
        found.map(|_| DateOf::Attribute(AttributeOf::Account, name.value.0.clone()))
    });
    let mut said = [answer, contact, account].into_iter().flatten();
    match (said.next(), said.next()) {
        (Some(date), None) => date,
        _ => {
            notes.add(MistakeKind::WrongForm, span, "one date is needed").help("say one of: answer, contact, account");
            None
        }
    }
}

/// `{consent: {marketing: granted}, channel: email}`.
pub(super) fn consent(text: &ConditionText, names: &Names, notes: &mut Notes) -> Option<Condition> {
    let channel = match &text.channel {
        Some(channel) => {
            names.channels.find(channel, notes)?;
            Some(channel.value.0.clone())
        }
        None => None,
    };
    let each = text.consent.iter().map(|(purpose, said)| Condition::Consent {
        purpose: Text::new(&purpose.value),
        channel: channel.clone(),
        test: said.test.clone(),
    });
    Some(all_of(each.collect()))
}

/// `{reachable: email}`.
pub(super) fn reachable(word: &At<Word>, notes: &mut Notes) -> Option<Condition> {
    Some(Condition::Reachable(match word.value.0.as_str() {
        "email" => Reach::Email,
        "call" => Reach::Call,
        other => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("nobody is reached by `{other}`"))
                .help(suggestion(other, ["email", "call"]));
            return None;
        }
    }))
}
