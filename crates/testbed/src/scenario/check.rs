//! What was expected against what is there.

use super::check_actions::compare_actions;
use super::check_handoffs::compare_handoffs;
use super::file::{Expected, ExpectedSegmentChange, ExpectedTransition};
use super::play::{Stage, account, contact};
use super::{Failure, Played};
use engine::aggregate::{Given, Position};
use engine::decay::Gathered;
use engine::head::Head;
use engine::missing::missing;
use engine::version::NameKey;
use playbook::model::AttributeOf;
use std::collections::BTreeMap;
use touchpoint::output::{ContactState, SegmentChange, SegmentMove, Sentence, StageTransition};
use touchpoint::{SubjectId, Text, Timestamp};

/// Looks at everything that is expected; `Err` when the expectation itself makes no sense.
pub(super) fn check(stage: &Stage, expected: &Expected, line: Option<u64>, played: &mut Played) -> Result<(), String> {
    let who = expected.who.as_deref();
    let at = stage.time(&expected.at)?;
    if let Some(domain) = &expected.account {
        return check_account(stage, domain, &mut Look { expected, line, who, played });
    }
    let Some(head) = stage.head(who) else {
        played.checked += 1;
        let message = format!("{}: there is no such contact", expected.at);
        played.failures.push(Failure::at(line, message));
        return Ok(());
    };
    let mut look = Look { expected, line, who, played };
    for (name, points) in &expected.score {
        let read = read(stage, head, name, at).ok_or_else(|| format!("there is no score `{name}`"))?;
        let right = look.points(&format!("score {name}"), *points, read);
        if !right && let Some(failure) = look.played.failures.last_mut() {
            failure.made_of = made_of(stage, who, name, at);
        }
    }
    let first = &stage.version.model.life_cycles.first().ok_or("the playbook has no life cycle")?.name;
    let life_cycle = expected.life_cycle.as_deref().unwrap_or(first);
    let position = head.aggregate.positions.iter().find(|position| position.life_cycle == life_cycle);
    let position = position.ok_or_else(|| format!("the contact is in no life cycle `{life_cycle}`"))?;
    look.text("stage", expected.stage.as_deref(), Some(&position.stage));
    look.moment(stage, "since", expected.since.as_deref(), Some(position.since))?;
    standing(stage, &mut look, head, position)?;
    if let Some(part) = &expected.missing {
        let missing = missing(&stage.versions, &head.aggregate, position, at);
        let told = missing.map(|missing| missing.told(&stage.version.model.zone));
        look.part("missing", part, &told.map_or_else(|| "nothing".to_owned(), |told| both(&told)));
    }
    if let Some(transitions) = &expected.transitions {
        let told = stage.transitions(SubjectId::Contact(contact(who)), life_cycle);
        compare_transitions(stage, &mut look, transitions, &told)?;
    }
    if let Some(changes) = &expected.segment_changes {
        let told = stage.segment_changes(who);
        compare_segment_changes(stage, &mut look, changes, &told)?;
    }
    if let Some(actions) = &expected.actions {
        compare_actions(stage, &mut look, actions, &stage.actions(who))?;
    }
    if let Some(handoffs) = &expected.handoffs {
        compare_handoffs(stage, &mut look, handoffs, &stage.handoffs(who, None))?;
    }
    for (team, count) in &expected.handed_out {
        look.same(&format!("handed out by {team}"), Some(*count), Some(stage.handed_out(team)?));
    }
    if !expected.points.is_empty() || !expected.cut.is_empty() {
        points_of_inputs(stage, &mut look)?;
    }
    Ok(())
}

/// What is expected of a company.
fn check_account(stage: &Stage, domain: &str, look: &mut Look<'_>) -> Result<(), String> {
    let expected = look.expected;
    let Some(state) = stage.account(domain) else {
        look.played.checked += 1;
        let message = format!("{}: there is no company {domain}", expected.at);
        look.played.failures.push(Failure::at(look.line, message));
        return Ok(());
    };
    for (name, points) in &expected.score {
        let read = state.scores.iter().find(|score| score.name == *name).map(|score| score.points_milli);
        look.points(&format!("score {name}"), *points, read.ok_or_else(|| format!("there is no score `{name}`"))?);
    }
    look.same("contacts", expected.contacts, Some(state.contact_count));
    look.text("tier", expected.tier.as_deref(), Some(state.tier.as_deref().unwrap_or("none")));
    let model = &stage.version.model;
    let first = model.life_cycles.iter().find(|life_cycle| life_cycle.of == AttributeOf::Account);
    let life_cycle = expected.life_cycle.as_deref().or_else(|| first.map(|first| first.name.as_str()));
    let life_cycle = life_cycle.ok_or("the playbook has no life cycle of accounts")?;
    let standing = state.stages.iter().find(|standing| standing.life_cycle == life_cycle);
    look.text("stage", expected.stage.as_deref(), standing.map(|standing| standing.stage.as_str()));
    look.moment(stage, "since", expected.since.as_deref(), standing.map(|standing| standing.since))?;
    if let Some(transitions) = &expected.transitions {
        let told = stage.transitions(SubjectId::Account(account(domain)), life_cycle);
        compare_transitions(stage, look, transitions, &told)?;
    }
    if let Some(handoffs) = &expected.handoffs {
        compare_handoffs(stage, look, handoffs, &stage.handoffs(None, Some(domain)))?;
    }
    Ok(())
}

/// Where the contact stands beside the stage.
fn standing(stage: &Stage, look: &mut Look<'_>, head: &Head, position: &Position) -> Result<(), String> {
    let expected = look.expected;
    let state = stage.state(look.who);
    let fit = state.and_then(|state| state.fit.as_ref());
    look.text("fit", expected.fit.as_deref(), fit.map(|fit| fit.grade.as_str()));
    if let Some(points) = expected.fit_points {
        look.points("fit_points", points, fit.map_or(0, |fit| fit.points_milli));
    }
    look.same("known", expected.known, state.map(|state| state.known));
    look.same("reachable", expected.reachable, state.and_then(|state| state.reachable));
    look.text("top_solution", expected.top_solution.as_deref(), state.and_then(|state| state.top_solution.as_deref()));
    let mut said = |what, expected: &Option<String>, of: fn(&ContactState) -> Option<&Text>| {
        let there = state.map(|state| of(state).map_or("none", Text::as_str));
        look.text(what, expected.as_deref(), there);
    };
    said("reading", &expected.reading, |state| state.reading.as_ref());
    said("next_content", &expected.next_content, |state| state.next_content.as_ref());
    said("next_channel", &expected.next_channel, |state| state.next_channel.as_ref());
    said("tier", &expected.tier, |state| state.tier.as_ref());
    said("department", &expected.department, |state| state.owner.as_ref()?.role.as_ref());
    let within = state.and_then(|state| state.segments.as_deref()).unwrap_or_default();
    for (segment, is_in) in &expected.segments {
        stage.is_segment(segment)?;
        look.same(&format!("in segment {segment}"), Some(*is_in), Some(within.iter().any(|have| have == segment)));
    }
    for (page, shown) in &expected.variants {
        let mut pages = stage.version.model.variants.iter();
        pages.find(|one| one.name == page.as_str()).ok_or_else(|| format!("there are no variants of `{page}`"))?;
        let there = state.and_then(|state| state.variants.iter().find(|(have, _)| have == page));
        look.text(&format!("variant of {page}"), Some(shown), Some(there.map_or("none", |(_, shown)| shown)));
    }
    if let Some(programmes) = &expected.programmes {
        let there = state.map(|state| state.programmes.join(", ")).unwrap_or_default();
        look.text("programmes", Some(&programmes.join(", ")), Some(&there));
    }
    look.same("recycled", expected.recycled, Some(position.recycle_count));
    let returns = engine::returns::earliest(&stage.version, &head.aggregate, position);
    look.moment(stage, "returns", expected.returns.as_deref(), returns)?;
    let next_move = engine::fold::next_stage(&stage.versions, &head.aggregate);
    look.moment(stage, "next_move", expected.next_move.as_deref(), next_move)?;
    look.moment(stage, "next_timer", expected.next_timer.as_deref(), head.due)?;
    for (name, milestone) in &expected.milestones {
        let reached = position.milestones.iter().find(|reached| reached.name == *name);
        look.moment(stage, &format!("milestone {name}"), Some(&milestone.first), reached.map(|r| r.first_at))?;
        look.same(&format!("count of milestone {name}"), Some(milestone.count), reached.map(|r| r.count));
    }
    Ok(())
}

fn compare_transitions(
    stage: &Stage,
    look: &mut Look<'_>,
    expected: &[ExpectedTransition],
    told: &[&StageTransition],
) -> Result<(), String> {
    let path = |stages: Vec<&str>| stages.join(" -> ");
    let wanted = path(expected.iter().map(|transition| transition.to.as_str()).collect());
    let there = path(told.iter().map(|transition| transition.to.as_str()).collect());
    look.text("transitions", Some(&wanted), Some(&there));
    let mut before: Option<&StageTransition> = None;
    for (expected, told) in expected.iter().zip(told) {
        let what = |field: &str| format!("{field} of the transition to {}", expected.to);
        let envelope = &told.envelope;
        look.text(&what("from"), expected.from.as_deref(), told.from.as_deref());
        look.moment(stage, &what("at"), expected.at.as_deref(), Some(envelope.occurred_at))?;
        look.moment(stage, &what("recorded_at"), expected.recorded_at.as_deref(), Some(envelope.recorded_at))?;
        look.text(&what("cause"), expected.cause.as_deref(), Some(envelope.cause.as_str()));
        look.text(&what("direction"), expected.direction.as_deref(), Some(told.direction.as_str()));
        look.text(&what("reason"), expected.reason.as_deref(), envelope.reason_code.as_deref());
        if let Some(skipped) = &expected.skipped {
            look.text(&what("skipped"), Some(&skipped.join(", ")), Some(&told.skipped.join(", ")));
        }
        let corrected = before.map(|before| before.envelope.event_id);
        look.same(
            &what("corrects"),
            expected.corrects,
            Some(envelope.corrects.is_some() && envelope.corrects == corrected),
        );
        if let Some(part) = &expected.says {
            look.part(&what("sentence"), part, &envelope.sentence.as_ref().map(both).unwrap_or_default());
        }
        if let Some(part) = &expected.missing {
            look.part(&what("missing"), part, &told.missing.as_ref().map(both).unwrap_or_default());
        }
        before = Some(told);
    }
    Ok(())
}

fn compare_segment_changes(
    stage: &Stage,
    look: &mut Look<'_>,
    expected: &[ExpectedSegmentChange],
    told: &[&SegmentChange],
) -> Result<(), String> {
    let wanted = expected.iter().map(|change| match (&change.entered, &change.left) {
        (Some(segment), None) => Ok(format!("entered {segment}")),
        (None, Some(segment)) => Ok(format!("left {segment}")),
        _ => Err("a segment change is one of `entered` and `left`".to_owned()),
    });
    let wanted: Vec<String> = wanted.collect::<Result<_, _>>()?;
    let named: Vec<&String> = expected.iter().flat_map(|change| change.entered.iter().chain(&change.left)).collect();
    named.iter().try_for_each(|segment| stage.is_segment(segment))?;
    let told: Vec<_> = told.iter().filter(|told| named.iter().any(|name| told.segment == name.as_str())).collect();
    let there = told.iter().map(|told| match told.change {
        SegmentMove::Entered => format!("entered {}", told.segment),
        SegmentMove::Left => format!("left {}", told.segment),
    });
    let there: Vec<String> = there.collect();
    look.text("segment_changes", Some(&wanted.join(", ")), Some(&there.join(", ")));
    for ((expected, told), what) in expected.iter().zip(told).zip(&wanted) {
        let envelope = &told.envelope;
        look.moment(stage, &format!("moment of `{what}`"), expected.at.as_deref(), Some(envelope.occurred_at))?;
        look.text(&format!("cause of `{what}`"), expected.cause.as_deref(), Some(envelope.cause.as_str()));
    }
    Ok(())
}

/// A text in both languages, a line each.
fn both(told: &Sentence) -> String {
    format!("{}\n{}", told.ja, told.en)
}

/// What each input gives, by rule; a newer answer has taken back what the former gave.
fn points_of_inputs(stage: &Stage, look: &mut Look<'_>) -> Result<(), String> {
    let trace = stage.trace(look.who);
    let mut given: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    let names: Vec<(&Given, i64, String)> = trace
        .given
        .iter()
        .map(|given| (given, 1))
        .chain(trace.taken.iter().map(|taken| (taken, -1)))
        .filter_map(|(given, sign)| Some((given, sign, stage.versions.rule(given.version, given.rule)?.id.to_string())))
        .collect();
    for (one, sign, rule) in &names {
        let sum = given.entry((one.input.id.as_str(), rule.as_str())).or_default();
        sum.0 += sign * one.points;
        sum.1 += sign * one.cut;
    }
    let expected = look.expected;
    for (id, rules) in &expected.points {
        for (rule, points) in rules {
            let there = given.get(&(id.as_str(), rule.as_str())).map_or(0, |sum| sum.0);
            look.points(&format!("points of {id} by {rule}"), *points, there);
        }
    }
    for (id, rules) in &expected.cut {
        for (rule, points) in rules {
            let there = given.get(&(id.as_str(), rule.as_str())).map_or(0, |sum| sum.1);
            look.points(&format!("cut of {id} by {rule}"), *points, there);
        }
    }
    Ok(())
}

/// The value as everybody reads it at that moment.
fn read(stage: &Stage, head: &Head, name: &str, at: Timestamp) -> Option<i64> {
    let score = stage.version.model.scores.iter().find(|score| score.name == name)?;
    let mut sums = Gathered::new();
    for line in head.aggregate.lines.iter().filter(|line| line.score == NameKey::of(name)) {
        sums.merge(line.half_life, &line.sums);
    }
    Some(sums.read(at).clamp(score.floor, score.ceiling))
}

/// Lines of an explanation at the most: enough to see which rule is not what one thought.
const PARTS_MAX: usize = 12;

/// What a score is made of at a moment, the largest first: rule, points then and now, touchpoint.
fn made_of(stage: &Stage, who: Option<&str>, name: &str, at: Timestamp) -> Vec<String> {
    let Some(score) = stage.version.model.scores.iter().find(|score| score.name == name) else { return Vec::new() };
    let solution = score.solution.map(|ix| &stage.version.model.solutions[usize::from(ix.0)].name);
    let mut trace = stage.trace(who);
    for taken in &trace.taken {
        if let Some(at) = trace.given.iter().position(|given| given == taken) {
            trace.given.swap_remove(at);
        }
    }
    let counts = |given: &&Given| solution.is_none() || given.solution.as_ref() == solution;
    let mut parts: Vec<(i64, String)> = trace
        .given
        .iter()
        .filter(counts)
        .map(|given| {
            let mut sums = Gathered::new();
            sums.add(score.half_life, given.occurred_at, given.points);
            let now = sums.read(at);
            let rule = stage.versions.rule(given.version, given.rule);
            let (id, label) = rule.map_or(("?", "?"), |rule| (rule.id.as_str(), rule.label.en.as_str()));
            let cut = if given.cut == 0 { String::new() } else { format!(", {} cut", points(given.cut)) };
            let (then, input) = (points(given.points), &given.input.id);
            (
                now,
                format!(
                    "{} = {id} {label}: {then} by input {input} at {}{cut}",
                    points(now),
                    stage.show(given.occurred_at)
                ),
            )
        })
        .collect();
    parts.sort_by_key(|(now, _)| std::cmp::Reverse(now.abs()));
    let rest = parts.len().saturating_sub(PARTS_MAX);
    let mut lines: Vec<String> = parts.into_iter().take(PARTS_MAX).map(|(_, line)| line).collect();
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines
}

/// Thousandths of a point as people write them.
fn points(milli: i64) -> String {
    format!("{:.2}", milli as f64 / 1_000.0)
}

/// Notes what differs.
pub(super) struct Look<'a> {
    expected: &'a Expected,
    line: Option<u64>,
    who: Option<&'a str>,
    played: &'a mut Played,
}

impl Look<'_> {
    fn note(&mut self, right: bool, what: &str, expected: &str, there: &str) -> bool {
        self.played.checked += 1;
        if !right {
            let who = self.who.map(|who| format!(" {who}:")).unwrap_or_default();
            let message = format!("{}:{who} {what}: expected {expected}, is {there}", self.expected.at);
            self.played.failures.push(Failure::at(self.line, message));
        }
        right
    }

    /// Figures are written to a hundredth; values are cut off at a thousandth.
    fn points(&mut self, what: &str, expected: f64, there_milli: i64) -> bool {
        let there = there_milli as f64 / 1_000.0;
        self.note((there - expected).abs() < 0.0061, what, &format!("{expected:.2}"), &format!("{there:.3}"))
    }

    pub(super) fn text(&mut self, what: &str, expected: Option<&str>, there: Option<&str>) {
        if let Some(expected) = expected {
            let there = there.unwrap_or("nothing");
            self.note(expected == there, what, expected, there);
        }
    }

    /// The text holds this.
    pub(super) fn part(&mut self, what: &str, part: &str, text: &str) {
        self.note(text.contains(part), what, part, text);
    }

    pub(super) fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: Option<T>, there: Option<T>) {
        if expected.is_some() {
            let (wanted, is) = (format!("{expected:?}"), format!("{there:?}"));
            self.note(expected == there, what, &wanted, &is);
        }
    }

    pub(super) fn moment(
        &mut self,
        stage: &Stage,
        what: &str,
        expected: Option<&str>,
        there: Option<Timestamp>,
    ) -> Result<(), String> {
        let Some(text) = expected else { return Ok(()) };
        let there = there.map_or_else(|| "never".to_owned(), |at| stage.show(at));
        let expected = if text == "never" { text.to_owned() } else { stage.show(stage.time(text)?) };
        self.note(expected == there, what, &expected, &there);
        Ok(())
    }
}
