//! Hand-offs, the teams that take them, and who goes to whom.

use super::calendars::has_calendar;
use super::conditions::{Asks, Known, condition};
use crate::language::{HandoffText, PlaybookText, PromiseText, RouteText, TeamText};
use crate::limits;
use crate::model::{Breach, Condition, HandingOver, Handoff, Promise, Route, RouteTo, Stage, Team, Tier, Wait};
use crate::units::{Word, check_name};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::At;
use notation::units::YesNo;
use std::collections::HashSet;
use touchpoint::Text;

pub(crate) fn teams(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Team> {
    let known = known.asking(Asks::Handoff);
    text.teams.iter().map(|(name, said)| team(name, said, known, notes)).collect()
}

fn team(name: &At<String>, said: &TeamText, known: Known<'_>, notes: &mut Notes) -> Team {
    known.names.departments.find(&said.department, notes);
    if said.members.0.is_empty() {
        let message = format!("nobody is in the team `{}`", name.value);
        notes.add(MistakeKind::Empty, name.span, message).help("say who, by their ids in the CRM: `members: [emp-17]`");
    }
    if said.members.0.len() > limits::MEMBERS_MAX {
        let message = format!("{} members; at most {}", said.members.0.len(), limits::MEMBERS_MAX);
        notes.add(MistakeKind::TooLarge, name.span, message);
    }
    let mut seen = HashSet::new();
    for member in said.members.0.iter().filter(|member| !seen.insert(&member.value.0)) {
        notes.add(MistakeKind::SaidTwice, member.span, format!("`{}` is there twice", member.value.0));
    }
    if let Some(capacity) = said.capacity.as_ref().filter(|capacity| capacity.value.0 == 0) {
        notes.add(MistakeKind::NeverHolds, capacity.span, "a team that takes nothing is none").help("count from 1");
    }
    Team {
        name: Text::new(&name.value),
        label: said.label.0.clone(),
        department: said.department.value.0.clone(),
        takes: said.takes.as_ref().and_then(|takes| condition(takes, known, notes)),
        members: said.members.0.iter().map(|member| member.value.0.clone()).collect(),
        capacity: said.capacity.as_ref().map(|capacity| capacity.value.0),
        lead: said.lead.as_ref().map(|lead| lead.value.0.clone()),
    }
}

pub(crate) fn handoffs(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Handoff> {
    if text.handoffs.0.len() > limits::HANDOFFS_MAX {
        let message = format!("{} hand-offs; at most {}", text.handoffs.0.len(), limits::HANDOFFS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let known = known.asking(Asks::Handoff);
    let common = text.handing_over.iter().flat_map(|common| &common.routes);
    let common: Vec<Route> = common.filter_map(|said| route(said, known, notes)).collect();
    text.handoffs.iter().map(|(name, said)| handoff(name, said, &common, text, known, notes)).collect()
}

fn handoff(
    name: &At<String>,
    said: &HandoffText,
    common: &[Route],
    text: &PlaybookText,
    known: Known<'_>,
    notes: &mut Notes,
) -> Handoff {
    check_name(name, notes);
    let mut routes: Vec<Route> = said.routes.iter().filter_map(|said| route(said, known, notes)).collect();
    routes.extend_from_slice(common);
    if routes.is_empty() && said.routes.is_empty() {
        notes
            .add(MistakeKind::Missing, name.span, format!("nothing says to whom `{}` goes", name.value))
            .help("say `routes: [{department: inside_sales}]`, here or under `handing_over` for all of them");
    }
    let leads_nowhere = routes.last().is_some_and(|last| {
        let takes_everybody = match &last.to {
            RouteTo::Team(_) => true,
            RouteTo::Department(name) => name != Stage::BY_COVERAGE,
            RouteTo::Partner(_) | RouteTo::Owner | RouteTo::Person(_) => false,
        };
        last.when.is_some() || !takes_everybody
    });
    if leads_nowhere {
        let last = said.routes.last().or_else(|| text.handing_over.iter().flat_map(|common| &common.routes).last());
        notes
            .add(MistakeKind::NeverHolds, last.map_or(name.span, |last| last.span), "somebody may go to nobody")
            .help("end with a department or team that takes everybody: `- {department: inside_sales}`");
    }
    let first = || text.life_cycles.0.first().map(|(name, _)| Text::new(&name.value)).unwrap_or_default();
    let life_cycle = said.life_cycle.as_ref().map(|word| {
        if known.names.life_cycles.find(word, notes).is_some_and(|found| found.is_of_accounts) {
            let message = format!("`{}` is a life cycle of accounts; contacts are handed over", word.value.0);
            notes.add(MistakeKind::WrongForm, word.span, message);
        }
        word.value.0.clone()
    });
    let never = || Condition::Any(Vec::new());
    if let Some(after) = said.lead_after.as_ref().filter(|after| after.value.0 == Wait::Plain(0)) {
        notes.add(MistakeKind::WrongForm, after.span, "say how long after the breach, as `1bd`");
    }
    promises(said, text, notes);
    let opens = condition(&said.opens, known, notes).unwrap_or_else(never);
    let stands = condition(&said.stands, known, notes).unwrap_or_else(never);
    Handoff {
        calls: Condition::All(vec![opens.clone(), stands.clone()]),
        is_beyond_capacity: said.beyond_capacity == Some(YesNo(true)),
        name: Text::new(&name.value),
        label: said.label.0.clone(),
        life_cycle: life_cycle.unwrap_or_else(first),
        opens,
        stands,
        routes,
        gather: said.gather.as_ref().map_or(0, |gather| gather.value.0),
        first_attempt: promise(&said.first_attempt, known, notes),
        decision: promise(&said.decision, known, notes),
        warn_at: said.warn_at.as_ref().map(|share| share.value.0),
        breach: said.breach.as_ref().map_or(Breach::Stay, |word| breach(word, known, notes)),
        lead_after: said.lead_after.as_ref().map(|wait| has_calendar(wait.value.0, wait.span, known.names, notes)),
        ask: known.names.questions.known(&said.ask, notes),
    }
}

/// Promises that nobody can keep, or that mean nothing.
fn promises(said: &HandoffText, text: &PlaybookText, notes: &mut Notes) {
    let length = |promise: Promise| match promise {
        Promise::Within(wait) => wait.millis(None),
        Promise::OnDay { days, .. } => Wait::Business { days, millis: 0 }.millis(None),
    };
    for promise in [&said.first_attempt, &said.decision] {
        if length(promise.value.0) == 0 {
            notes.add(MistakeKind::NeverHolds, promise.span, "nobody does anything in no time").help("as `4bh`");
        }
    }
    let (attempt, decision) = (said.first_attempt.value.0, said.decision.value.0);
    if let (Promise::Within(attempt), Promise::Within(decision)) = (attempt, decision)
        && attempt != decision
        && decision.is_at_most(attempt)
    {
        notes
            .add(
                MistakeKind::NeverHolds,
                said.decision.span,
                "this is due before anybody has to try to reach the contact",
            )
            .help("whoever decides has reached them: give it more time than `first_attempt`")
            .other(said.first_attempt.span);
    }
    if let Some(gather) = said.gather.as_ref().filter(|gather| gather.value.0 > 0 && gather.value.0 >= length(attempt))
    {
        notes
            .add(MistakeKind::NeverHolds, gather.span, "the promise is broken before the team gives it to anybody")
            .help("gather for less than `first_attempt`")
            .other(said.first_attempt.span);
    }
    if let Some(share) = said.warn_at.as_ref().filter(|share| share.value.0 == 0) {
        notes.add(MistakeKind::NeverHolds, share.span, "a warning at the very beginning warns of nothing");
    }
    if let Some(after) = said.lead_after.as_ref().filter(|_| text.teams.iter().all(|(_, team)| team.lead.is_none())) {
        notes
            .add(MistakeKind::NeverHolds, after.span, "no team has a lead to be told")
            .help("say who it is, by their id in the CRM: `teams: {east: {lead: emp-9, ...}}`");
    }
}

fn promise(said: &At<PromiseText>, known: Known<'_>, notes: &mut Notes) -> Promise {
    match said.value.0 {
        Promise::Within(wait) => Promise::Within(has_calendar(wait, said.span, known.names, notes)),
        on_day @ Promise::OnDay { days, at } => {
            has_calendar(Wait::Business { days, millis: 0 }, said.span, known.names, notes);
            if let Some(hours) = known.hours.filter(|hours| at <= hours.opens || hours.closes < at) {
                let (opens, closes) = (hours.opens.strftime("%H:%M"), hours.closes.strftime("%H:%M"));
                let message = format!("the office is open from {opens} to {closes}");
                notes.add(MistakeKind::NeverHolds, said.span, message).help("name a time within these hours");
            }
            on_day
        }
    }
}

fn breach(word: &At<Word>, known: Known<'_>, notes: &mut Notes) -> Breach {
    match word.value.0.as_str() {
        "next" => Breach::Next,
        "close" => Breach::Close,
        name => match known.names.teams.get(name) {
            Some(_) => Breach::Team(word.value.0.clone()),
            None => {
                let words = known.names.teams.names().chain(["next", "close"]);
                notes
                    .add(MistakeKind::UnknownName, word.span, format!("there is no team `{name}`"))
                    .help(suggestion(name, words));
                Breach::Stay
            }
        },
    }
}

fn route(said: &RouteText, known: Known<'_>, notes: &mut Notes) -> Option<Route> {
    let names = known.names;
    let attribute =
        |word: &At<Word>, notes: &mut Notes| names.account_attributes.find(word, notes).map(|_| word.value.0.clone());
    let when = said.when.as_ref().map(|when| condition(when, known, notes));
    let mut ways: Vec<(&str, Span, Option<RouteTo>)> = Vec::new();
    if let Some(word) = &said.partner_in {
        ways.push(("partner_in", word.span, attribute(word, notes).map(RouteTo::Partner)));
    }
    if said.owner == Some(YesNo(true)) {
        ways.push(("owner", said.span, Some(RouteTo::Owner)));
    }
    if let Some(word) = &said.person_in {
        ways.push(("person_in", word.span, attribute(word, notes).map(RouteTo::Person)));
    }
    if let Some(word) = &said.team {
        ways.push(("team", word.span, names.teams.find(word, notes).map(|at| RouteTo::Team(usize::from(at)))));
    }
    if let Some(word) = &said.department {
        let known = word.value.0 == Stage::BY_COVERAGE || names.departments.find(word, notes).is_some();
        ways.push(("department", word.span, known.then(|| RouteTo::Department(word.value.0.clone()))));
    }
    match ways.as_mut_slice() {
        [(_, _, to)] => Some(Route { when: when.unwrap_or_default(), to: to.take()? }),
        [] => {
            notes
                .add(MistakeKind::Empty, said.span, "this leads to nobody")
                .help("say one of: partner_in, owner: true, person_in, team, department");
            None
        }
        [(first, ..), (second, span, _), ..] => {
            let message = format!("one of them at a time: `{first}` stands here already, beside `{second}`");
            notes.add(MistakeKind::WrongForm, *span, message).help("make two routes of it; the first that fits counts");
            None
        }
    }
}

pub(crate) fn handing_over(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> HandingOver {
    let says = text.handing_over.as_ref().is_some_and(|said| said.attempt.is_some());
    if let Some((name, _)) = text.handoffs.0.first().filter(|_| !says) {
        notes
            .add(MistakeKind::Missing, name.span, "nothing says what counts as an attempt to reach the contact")
            .help("name a behaviour, as calls of ours: `handing_over: {attempt: contact_attempt}`");
    }
    let Some(said) = &text.handing_over else { return HandingOver::default() };
    HandingOver {
        attempt: said.attempt.as_ref().and_then(|word| known.names.behaviours.find(word, notes)),
        best_first: said.best_first.as_ref().and_then(|word| known.names.scores.find(word, notes)),
    }
}

/// The tier of the company wants the contact handed over; also where no tier fits.
pub(super) fn by_tier(tiers: &[Tier]) -> Condition {
    let all = || (0..tiers.len() as u16).map(crate::model::TierIx);
    let wants = all().zip(tiers).map(|(ix, tier)| {
        let fits = Condition::Tier(vec![ix]);
        match &tier.hand_over {
            Some(hand_over) => Condition::All(vec![fits, hand_over.clone()]),
            None => fits,
        }
    });
    let none = Condition::Not(Box::new(Condition::Tier(all().collect())));
    Condition::Any(wants.chain([none]).collect())
}
