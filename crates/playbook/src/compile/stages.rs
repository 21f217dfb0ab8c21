//! Life cycles and reasons.

use super::calendars::has_calendar;
use super::conditions::{Asks, Known, condition, date};
use super::names::{LifeCycleNames, Names, Table};
use crate::language::{EntryText, LifeCycleText, PlaybookText, ReturnsBeforeText, SeasonText, StageText};
use crate::limits;
use crate::model::{
    AttributeOf, Condition, Entry, EntryBy, Exit, GONE, LifeCycle, Reason, ReturnsBefore, Season, Stage, StageIx,
};
use crate::units::{Word, check_name};
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::At;
use notation::units::YesNo;
use touchpoint::Text;

pub(crate) fn life_cycles(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<LifeCycle> {
    if text.life_cycles.is_empty() {
        notes.add_whole(MistakeKind::Empty, "there is no life cycle").help("declare one under `life_cycles`");
    }
    let each = text.life_cycles.iter().map(|(name, life_cycle)| one(name, life_cycle, known, notes));
    each.collect()
}

pub(crate) fn reasons(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Reason> {
    let known = known.asking(Asks::Stage(0));
    let stages = first_stages(text, known.names);
    let mut reasons = Vec::new();
    for (code, reason) in text.reasons.iter() {
        let to = reason.to.as_ref().and_then(|to| stages.find(to, notes));
        let returns_when = reason.returns_when.as_ref();
        reasons.push(Reason {
            code: Text::new(&code.value),
            label: reason.label.0.clone(),
            to,
            returns_after: reason.returns_after.map(|wait| wait.0),
            returns_before_until: reason.returns_before_date.map(|wait| wait.0),
            returns_before: reason
                .returns_before
                .as_ref()
                .and_then(|before| returns_before(before, known.names, notes)),
            returns_in_season: reason.returns_in_season.as_ref().and_then(|season| in_season(season, text, notes)),
            returns_when: returns_when.and_then(|when| condition(when, known.asking(Asks::Return), notes)),
            no_score_entry_for: reason.no_score_entry_for.map(|wait| wait.0),
            is_passed_on: reason.passed_on == Some(YesNo(true)),
        });
    }
    reasons
}

fn returns_before(text: &ReturnsBeforeText, names: &Names, notes: &mut Notes) -> Option<ReturnsBefore> {
    let date = date([&text.answer, &text.contact, &text.account], text.span, names, notes)?;
    Some(ReturnsBefore { date, by: text.by.0 })
}

fn in_season(season: &SeasonText, text: &PlaybookText, notes: &mut Notes) -> Option<Season> {
    let months = &season.months_before_fiscal_year;
    let Some(months) = u8::try_from(months.value.0).ok().filter(|months| (1..=12).contains(months)) else {
        notes.add(MistakeKind::WrongForm, months.span, "a season begins 1 to 12 months before the fiscal year");
        return None;
    };
    if text.playbook.fiscal_year_end.is_none() {
        notes
            .add(MistakeKind::Missing, season.span, "nothing says when the customer's fiscal year ends")
            .help("name the account's attribute: `playbook: {fiscal_year_end: ...}`");
    }
    Some(Season { months, not_within: season.not_within.map_or(0, |wait| wait.0) })
}

fn one(name: &At<String>, text: &LifeCycleText, known: Known<'_>, notes: &mut Notes) -> LifeCycle {
    let Some(LifeCycleNames { at, is_of_accounts, stages }) = known.names.life_cycles.get(&name.value) else {
        return nothing(name, text);
    };
    if let Some(of) = text.of.as_ref().filter(|of| !["contact", "account"].contains(&of.value.0.as_str())) {
        notes
            .add(MistakeKind::UnknownName, of.span, format!("nobody is called `{}` here", of.value.0))
            .help(suggestion(&of.value.0, ["contact", "account"]));
    }
    if is_of_accounts && at == 0 {
        notes
            .add(MistakeKind::WrongForm, name.span, "the first life cycle is that of contacts")
            .help("put it after the contacts' life cycle");
    }
    if text.stages.is_empty() {
        notes.add(MistakeKind::Empty, name.span, format!("the life cycle `{}` has no stage", name.value));
    }
    if text.stages.0.len() > limits::STAGES_MAX {
        let message = format!("{} stages; at most {}", text.stages.0.len(), limits::STAGES_MAX);
        notes.add(MistakeKind::TooLarge, name.span, message);
    }
    for (name, _) in &text.stages.0 {
        check_name(name, notes);
        if GONE.contains(&name.value.as_str()) {
            let message =
                format!("`{}` is what events say when somebody stands nowhere any more: no stage", name.value);
            notes.add(MistakeKind::WrongForm, name.span, message).help("give the stage another name");
        }
    }
    if let (Some(lasts_while), 0) = (&text.lasts_while, at) {
        notes
            .add(MistakeKind::WrongForm, lasts_while.span, "everybody is in the first life cycle")
            .help("leave `while` out, or put another life cycle first");
    }
    let (of, asks_while, asks) = match is_of_accounts {
        true => (AttributeOf::Account, Asks::Account(at), Asks::Account(at)),
        false => (AttributeOf::Contact, Asks::LifeCycle(at), Asks::Stage(at)),
    };
    let lasts_while = text.lasts_while.as_ref().and_then(|when| condition(when, known.asking(asks_while), notes));
    let known = known.asking(asks);
    let compiled = text.stages.iter().map(|(name, text)| stage(name, text, &stages, known, notes)).collect();
    LifeCycle { of, stages: compiled, lasts_while, ..nothing(name, text) }
}

/// The stages of the first life cycle, of which reasons and content speak.
pub(crate) fn first_stages(text: &PlaybookText, names: &Names) -> Table<StageIx> {
    let first = text.life_cycles.0.first().and_then(|(name, _)| names.life_cycles.get(&name.value));
    first.map_or_else(|| Table::new("stage", "life_cycles"), |first| first.stages)
}

fn nothing(name: &At<String>, text: &LifeCycleText) -> LifeCycle {
    LifeCycle {
        name: Text::new(&name.value),
        label: text.label.0.clone(),
        of: AttributeOf::Contact,
        stages: Vec::new(),
        lasts_while: None,
    }
}

fn stage(name: &At<String>, text: &StageText, stages: &Table<StageIx>, known: Known<'_>, notes: &mut Notes) -> Stage {
    let mut exits = Vec::new();
    for exit in &text.exits {
        let to = stages.find(&exit.to, notes);
        let reason = exit.reason.as_ref().filter(|reason| known.names.reasons.find(reason, notes).is_some());
        let when = condition(&exit.when, known, notes);
        if let (Some(to), Some(when)) = (to, when) {
            exits.push(Exit { to, when, reason: reason.map(|reason| reason.value.0.clone()) });
        }
    }
    if text.returns_after.is_some() && text.recycle.is_none_or(|recycle| !recycle.0) {
        let message = format!("nobody waits in `{}` to return", name.value);
        notes.add(MistakeKind::WrongForm, name.span, message).help("`returns_after` goes with `recycle: true`");
    }
    let yes = |word: Option<YesNo>| word.is_some_and(|word| word.0);
    Stage {
        name: Text::new(&name.value),
        label: text.label.0.clone(),
        phase: text.phase.0.clone(),
        owner: owner(&text.owner, known, notes),
        entries: text.entries.iter().filter_map(|text| entry(text, stages, known, notes)).collect(),
        exits,
        milestone: text.milestone.as_ref().map(|name| name.0.clone()),
        held: yes(text.people_only),
        out: yes(text.out),
        recycle: yes(text.recycle),
        hold: text.hold.as_ref().map(|hold| has_calendar(hold.value.0, hold.span, known.names, notes)),
        returns_after: text.returns_after.map(|wait| wait.0),
    }
}

fn owner(word: &At<Word>, known: Known<'_>, notes: &mut Notes) -> Text {
    if word.value.0 == Stage::BY_COVERAGE && known.asks != Asks::Stage(0) {
        notes
            .add(MistakeKind::WrongForm, word.span, "tiers cover the stages of the first life cycle")
            .help("name the department");
    }
    if ![Stage::BY_COVERAGE, Stage::NOBODY].contains(&word.value.0.as_str()) {
        known.names.departments.find(word, notes);
    }
    word.value.0.clone()
}

fn entry(text: &EntryText, stages: &Table<StageIx>, known: Known<'_>, notes: &mut Notes) -> Option<Entry> {
    let from: Vec<Option<StageIx>> = text.from.0.iter().map(|stage| stages.find(stage, notes)).collect();
    let when = condition(&text.when, known, notes);
    let by = entry_by(&text.by, notes)?;
    let when = when?;
    if matches!(known.asks, Asks::Account(_)) && matches!(by, EntryBy::Hand | EntryBy::Person | EntryBy::Association) {
        let message = format!("a company's stage does not open by `{}`", text.by.value.0);
        notes.add(MistakeKind::WrongForm, text.by.span, message).help("write score, profile or feedback");
        return None;
    }
    let feedback = matches!(when, Condition::Feedback { .. });
    if feedback != (by == EntryBy::Feedback) {
        let message = "`by: feedback` and the condition `feedback` go together, with nothing around it";
        notes.add(MistakeKind::WrongForm, text.by.span, message).help("write `when: {feedback: [accepted, held]}`");
        return None;
    }
    if matches!(by, EntryBy::Hand | EntryBy::Person) && !when.needs_touchpoint() {
        let message = format!("`by: {}` rests on a touchpoint, and the condition holds without one", text.by.value.0);
        notes.add(MistakeKind::WrongForm, text.by.span, message).help("add `touchpoint: ...`, or write `by: score`");
        return None;
    }
    let from: Vec<StageIx> = from.into_iter().collect::<Option<_>>()?;
    Some(Entry { by, from: (!from.is_empty()).then_some(from), when })
}

pub(super) fn entry_by(word: &At<Word>, notes: &mut Notes) -> Option<EntryBy> {
    Some(match word.value.0.as_str() {
        "score" => EntryBy::Score,
        "hand" => EntryBy::Hand,
        "person" => EntryBy::Person,
        "profile" => EntryBy::Profile,
        "association" => EntryBy::Association,
        "feedback" => EntryBy::Feedback,
        other => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("a stage does not open by `{other}`"))
                .help(suggestion(other, ["score", "hand", "person", "profile", "association", "feedback"]));
            return None;
        }
    })
}
