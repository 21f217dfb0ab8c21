//! Programmes: steps and where they lead.

use super::calendars::has_calendar;
use super::conditions::{Asks, Known, condition};
use super::content::may_be_given_by;
use super::names::Names;
use crate::language::{BestHourText, PlaybookText, ProgrammeText, SendingText, StepAtText, StepText};
use crate::limits;
use crate::model::{Act, BestHour, Condition, Goto, Hours, Programme, Sending, Sent, Stage, Step};
use crate::units::{Word, check_name};
use jiff::civil;
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::At;
use notation::units::YesNo;
use touchpoint::{Text, Timestamp};

/// The step that ends a programme.
const END: &str = "end";
/// The content that the map proposes.
const NEXT: &str = "next";

pub(crate) fn programmes(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Programme> {
    if text.programmes.0.len() > limits::PROGRAMMES_MAX {
        let message = format!("{} programmes; at most {}", text.programmes.0.len(), limits::PROGRAMMES_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    text.programmes.iter().map(|(name, said)| programme(name, said, text, known, notes)).collect()
}

fn programme(
    name: &At<String>,
    said: &ProgrammeText,
    text: &PlaybookText,
    known: Known<'_>,
    notes: &mut Notes,
) -> Programme {
    check_name(name, notes);
    let asking = known.asking(Asks::Programme);
    if said.priority.value.0 > 9 {
        notes.add(MistakeKind::WrongForm, said.priority.span, "a priority is 0 to 9; 0 speaks first");
    }
    if let Some(share) = said.hold_out.as_ref().filter(|share| share.value.0 > 50) {
        notes.add(MistakeKind::WrongForm, share.span, "at most half of them are left out").help("as `hold_out: 5%`");
    }
    if said.steps.0.is_empty() {
        let message = format!("the programme `{}` has no steps", name.value);
        notes.add(MistakeKind::Empty, name.span, message).help("say what is sent: `steps: {hello: {send: ...}}`");
    }
    if said.steps.0.len() > limits::PARTS_MAX {
        let message = format!("{} steps; at most {}", said.steps.0.len(), limits::PARTS_MAX);
        notes.add(MistakeKind::TooLarge, name.span, message);
    }
    let steps: Vec<Step> = said.steps.0.iter().enumerate().map(|(at, _)| step(at, said, text, known, notes)).collect();
    let programme = Programme {
        name: Text::new(&name.value),
        label: said.label.0.clone(),
        priority: said.priority.value.0.min(9) as u8,
        enters: condition(&said.enters, asking, notes).unwrap_or(Condition::Any(Vec::new())),
        leaves: said.leaves.as_ref().and_then(|leaves| condition(leaves, known.asking(Asks::Leaving), notes)),
        again_after: said.again_after.map(|wait| wait.0),
        hold_out: said.hold_out.as_ref().map_or(0, |share| share.value.0),
        is_transactional: said.transactional == Some(YesNo(true)),
        steps,
    };
    leads_on(said, &programme, notes);
    programme
}

fn step(at: usize, programme: &ProgrammeText, text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Step {
    let (name, said) = &programme.steps.0[at];
    check_name(name, notes);
    if name.value == END {
        notes.add(MistakeKind::WrongForm, name.span, "`end` ends a programme: no name of a step").help("rename it");
    }
    let next = Goto::after(at, programme.steps.0.len());
    let nothing = Step {
        name: Text::new(&name.value),
        at: None,
        when: None,
        act: None,
        is_soon: false,
        wait: None,
        until: None,
        then: next,
        otherwise: next,
    };
    let Some(said) = said else { return nothing };
    let asking = known.asking(Asks::Step);
    if said.send.is_none() && said.task.is_none() && said.wait.is_none() && said.until.is_none() {
        notes
            .add(MistakeKind::Empty, name.span, format!("nothing is done at the step `{}`", name.value))
            .help("say at least one of: send, task, wait, until");
    }
    let goto = |word: &Option<At<Word>>, notes: &mut Notes| match word {
        None => next,
        Some(word) if word.value.0 == END => Goto::End,
        Some(word) => {
            let found = programme.steps.0.iter().position(|(have, _)| have.value == word.value.0.as_str());
            found.map(Goto::Step).unwrap_or_else(|| {
                let names = programme.steps.0.iter().map(|(have, _)| have.value.as_str()).chain([END]);
                notes
                    .add(MistakeKind::UnknownName, word.span, format!("there is no step `{}`", word.value.0))
                    .help(suggestion(&word.value.0, names));
                next
            })
        }
    };
    if let Some(word) = said.otherwise.as_ref().filter(|_| said.wait.is_none()) {
        notes
            .add(MistakeKind::WrongForm, word.span, "`else` is where to go on when the wait is over, and there is none")
            .help("say how long it is waited, as `wait: 14d`");
    }
    if let Some(word) = said.then.as_ref().filter(|_| said.wait.is_some() && said.until.is_none()) {
        notes
            .add(MistakeKind::WrongForm, word.span, "`then` is where to go on when `until` holds, and there is none")
            .help("after a wait it goes on at `else`");
    }
    Step {
        at: said.at.as_ref().and_then(|at| step_at(&at.value, text, known, notes)),
        when: said.when.as_ref().and_then(|when| condition(when, asking, notes)),
        act: act(said, known, notes),
        is_soon: said.soon == Some(YesNo(true)),
        wait: said.wait.as_ref().map(|wait| has_calendar(wait.value.0, wait.span, known.names, notes)),
        until: said.until.as_ref().and_then(|until| condition(until, asking, notes)),
        then: goto(&said.then, notes),
        otherwise: goto(&said.otherwise, notes),
        ..nothing
    }
}

fn step_at(said: &StepAtText, text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Option<Timestamp> {
    let name = &said.campaign;
    known.names.campaigns.find(name, notes)?;
    let campaign = text.campaigns.iter().find(|(have, _)| have.value == name.value.0.as_str());
    let Some(starts) = campaign.and_then(|(_, campaign)| campaign.starts) else {
        notes
            .add(MistakeKind::Missing, name.span, format!("`{}` does not say when it starts", name.value.0))
            .help("say so where it is declared: `starts: 2026-12-10 14:00`");
        return None;
    };
    if let Some(after) = said.after.as_ref().filter(|_| said.before.is_some()) {
        notes.add(MistakeKind::WrongForm, after.span, "a moment is before a campaign begins or after it, not both");
    }
    let offset = match (&said.before, &said.after) {
        (Some(before), _) => -before.0,
        (None, Some(after)) => after.value.0,
        (None, None) => 0,
    };
    Some(starts.in_zone(&text.playbook.time_zone.0).plus_millis(offset))
}

fn act(said: &StepText, known: Known<'_>, notes: &mut Notes) -> Option<Act> {
    let names = known.names;
    if let Some(channel) = &said.channel {
        may_be_given_by(channel, names, notes);
    }
    let beside = |word: &str, at: Option<&At<Word>>, with: &str, notes: &mut Notes| {
        if let Some(at) = at {
            let message = format!("`{word}` means nothing here: it goes with `{with}`");
            notes.add(MistakeKind::WrongForm, at.span, message);
        }
    };
    match (&said.send, &said.task) {
        (Some(_), Some(task)) => {
            notes
                .add(MistakeKind::WrongForm, task.span, "a step sends something or gives somebody a task, not both")
                .help("make two steps of it");
            None
        }
        (Some(content), None) => {
            beside("to", said.to.as_ref(), "task", notes);
            beside("ask", said.ask.0.first(), "task", notes);
            let content = match content.value.0.as_str() {
                NEXT => Sent::Next,
                _ => Sent::This(names.assets.find(content, notes)?),
            };
            Some(Act::Send { content, channel: said.channel.as_ref().map(|channel| channel.value.0.clone()) })
        }
        (None, Some(task)) => {
            beside("channel", said.channel.as_ref(), "send", notes);
            let Some(to) = &said.to else {
                notes
                    .add(MistakeKind::Missing, task.span, "`to` is missing: who does it?")
                    .help("say a department, as `to: inside_sales`, or `to: by_coverage`");
                return None;
            };
            if to.value.0 != Stage::BY_COVERAGE {
                names.departments.find(to, notes)?;
            }
            let ask = names.questions.known(&said.ask, notes);
            Some(Act::Task { task: task.value.0.clone(), to: to.value.0.clone(), ask })
        }
        (None, None) => {
            beside("channel", said.channel.as_ref(), "send", notes);
            beside("to", said.to.as_ref(), "task", notes);
            beside("ask", said.ask.0.first(), "task", notes);
            None
        }
    }
}

/// Steps that lead in a circle without a wait would be gone through for ever, and a step that nothing leads to never.
fn leads_on(said: &ProgrammeText, programme: &Programme, notes: &mut Notes) {
    let steps = &programme.steps;
    let mut reached = vec![false; steps.len()];
    let mut look: Vec<usize> = if steps.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = look.pop() {
        if std::mem::replace(&mut reached[at], true) {
            continue;
        }
        let step = &steps[at];
        let skipped = step.when.as_ref().map(|_| Goto::after(at, steps.len()));
        let waits = step.wait.map(|_| step.otherwise);
        let holds = (step.until.is_some() || step.wait.is_none()).then_some(step.then);
        let had = matches!(step.act, Some(Act::Send { content: Sent::This(_), .. })).then_some(step.then);
        let on = [skipped, waits, holds, had];
        look.extend(on.into_iter().flatten().filter_map(|goto| match goto {
            Goto::Step(to) => Some(to),
            Goto::End => None,
        }));
    }
    for ((name, _), _) in said.steps.0.iter().zip(&reached).filter(|(_, reached)| !**reached) {
        let message = format!("nothing leads to the step `{}`", name.value);
        notes.add(MistakeKind::NeverHolds, name.span, message).help("name it in `then` or `else` of another step");
    }
    for (at, ((name, _), step)) in said.steps.0.iter().zip(steps).enumerate() {
        let back = |goto: Goto| matches!(goto, Goto::Step(to) if to <= at);
        if back(step.then) && step.wait.is_none() || back(step.otherwise) && step.wait.is_none() {
            let message = format!("`{}` leads back without a wait: it would go round for ever", name.value);
            notes.add(MistakeKind::WrongForm, name.span, message).help("say how long it is waited, as `wait: 30d`");
        }
    }
}

pub(crate) fn sending(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Sending {
    let Some(said) = &text.sending else { return Sending::default() };
    let names = known.names;
    let calendar = said.calendar.as_ref().or(text.playbook.calendar.as_ref());
    if let Some(name) = &said.time_zone {
        names.contact_attributes.find(name, notes);
    }
    let mut limits = Vec::new();
    for (channel, said) in said.limits.iter() {
        let word = At { value: Word(Text::new(&channel.value)), span: channel.span };
        may_be_given_by(&word, names, notes);
        limits.push((word.value.0, said.0.iter().map(|limit| limit.0).collect()));
    }
    Sending {
        hours: hours(said, notes),
        best_hour: said.best_hour.as_ref().and_then(|best| best_hour(best, said, names, notes)),
        calendar: calendar.and_then(|name| names.calendars.find(name, notes)).map(usize::from),
        time_zone: said.time_zone.as_ref().map(|name| name.value.0.clone()),
        limits,
        waits: said.waits.map(|wait| wait.0),
        silent_while: said.silent_while.as_ref().and_then(|when| condition(when, known.asking(Asks::Programme), notes)),
    }
}

fn hours(said: &SendingText, notes: &mut Notes) -> Option<Hours> {
    let usual = said.usual_time.as_ref();
    let Some(hours) = said.hours else {
        if let Some(usual) = usual {
            notes
                .add(MistakeKind::WrongForm, usual.span, "there are no hours for this to be the usual time of")
                .help("say `hours: 08:00-18:00`, too");
        }
        return None;
    };
    let time: civil::Time = usual.map_or(hours.opens, |usual| usual.value.0);
    if let Some(usual) = usual.filter(|_| time < hours.opens || hours.closes <= time) {
        notes.add(MistakeKind::NeverHolds, usual.span, "the usual time is not within `hours`");
    }
    Some(Hours { from: hours.opens, until: hours.closes, usual: time })
}

fn best_hour(best: &At<BestHourText>, said: &SendingText, names: &Names, notes: &mut Notes) -> Option<BestHour> {
    if said.hours.is_none() {
        notes
            .add(MistakeKind::WrongForm, best.span, "there are no hours of which one could be the best")
            .help("say `hours: 08:00-18:00`, too");
    }
    let behaviour = names.behaviours.find(&best.value.did, notes);
    let count = &best.value.at_least;
    let at_least = u16::try_from(count.value.0).ok().filter(|count| (1..=BestHour::LATEST).contains(count));
    if at_least.is_none() {
        let message = format!("the latest {} are looked at: `at_least` is 1 to {0}", BestHour::LATEST);
        notes.add(MistakeKind::WrongForm, count.span, message);
    }
    Some(BestHour { behaviour: behaviour?, at_least: at_least.unwrap_or(1) })
}
