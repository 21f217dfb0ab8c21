//! Points: what each touchpoint gave by each rule, counted in the list of what was given before.

use super::conditions::Asking;
use super::decay::{self, Fading};
use super::{Row, Timeline};
use playbook::model::{AtMost, Group, Limit, Milli, Model, Points, Rule, Scope};
use touchpoint::{InputId, Text, Timestamp, Value};

/// What one touchpoint gave by one rule.
#[derive(Clone, Debug)]
pub(crate) struct Contribution {
    pub(crate) row: usize,
    pub(crate) input: InputId,
    pub(crate) rule: Text,
    pub(crate) version: usize,
    /// When: of the touchpoint, or of the moment at which time made a reading begin.
    pub(crate) at: Timestamp,
    /// After limits; the limits let something through.
    pub(crate) within_limits: Milli,
    pub(crate) counted: bool,
    /// After limits and cap, and what these cut off.
    pub(crate) points: Milli,
    pub(crate) cut: Milli,
    /// The question that it is the answer to.
    pub(crate) question: Option<Text>,
    /// A later answer took its place.
    pub(crate) replaced: bool,
    /// By score: how the points fade.
    pub(crate) fading: Vec<(Text, Fading)>,
}

/// A newer answer takes the former's points back, whatever it gives itself.
pub(crate) fn replace_answers(timeline: &mut Timeline<'_>, row: usize) {
    let answers = &timeline.rows[row].ledger.touchpoint.answers;
    for one in &mut timeline.given {
        one.replaced |= one.question.as_ref().is_some_and(|question| answers.get(question).is_some());
    }
}

/// Every rule that matches the touchpoint, in the order of the playbook.
pub(crate) fn score(timeline: &mut Timeline<'_>, at: usize) {
    let row = timeline.rows[at];
    let touchpoint = &row.ledger.touchpoint;
    let mut marked = false;
    let mut given = Vec::new();
    for rule in &row.model.rules {
        let matches = rule.when.iter().any(|one| one.matches(row.model, touchpoint, &row.resolved));
        if !matches || !holds_too(timeline, rule, Some(&row)) {
            continue;
        }
        marked |= rule.marks.is_some();
        if let Some(points) = rule.points_for(row.model, touchpoint, &row.resolved) {
            given.push(contribution(timeline, &given, rule, at, points));
        }
    }
    timeline.given.extend(given);
    if marked {
        timeline.marks.push(timeline.now);
    }
}

/// Readings begin, each by a touchpoint. Their points are about no solution.
pub(crate) fn reward(timeline: &mut Timeline<'_>, begun: &[(usize, usize)]) {
    let model = timeline.model();
    let mut given = Vec::new();
    for (reading, row) in begun {
        for rule in model.rules.iter().filter(|rule| rule.reading.is_some_and(|ix| usize::from(ix.0) == *reading)) {
            if let (true, Points::Fixed(points)) = (holds_too(timeline, rule, None), &rule.points) {
                given.push(contribution(timeline, &given, rule, *row, *points));
            }
        }
    }
    timeline.given.extend(given);
}

fn holds_too(timeline: &Timeline<'_>, rule: &Rule, at_hand: Option<&Row<'_>>) -> bool {
    rule.condition.as_ref().is_none_or(|condition| Asking::anybody(timeline, at_hand).holds(condition))
}

fn contribution(timeline: &Timeline<'_>, with: &[Contribution], rule: &Rule, row: usize, full: Milli) -> Contribution {
    let (model, at) = (timeline.model(), timeline.now);
    let before = || timeline.given.iter().chain(with).filter(|one| !one.replaced);
    let mut within_limits = full;
    let mut refused = false;
    for (place, limit) in rule.limits.iter().enumerate() {
        let alike = rule.limits[..place].iter().filter(|other| says_the_same(other, limit)).count();
        let of = |one: &&Contribution| {
            one.rule == rule.id && one.counted && same_count(timeline, model, (limit, alike), one, row)
        };
        match limit.at_most {
            AtMost::Times(times) => {
                if before().filter(of).count() >= times as usize {
                    within_limits = 0;
                    refused = true;
                }
            }
            AtMost::Points(most) => {
                let used: Milli = before().filter(of).map(|one| one.within_limits.abs()).sum();
                let rest = (most - used).max(0);
                within_limits = within_limits.clamp(-rest, rest);
            }
        }
    }
    // What a limit refuses uses up none.
    let counted = within_limits != 0 || (full == 0 && !refused);
    let mut points = within_limits;
    if let Some(group) = rule.group.map(|group| &model.groups[usize::from(group.0)])
        && points > 0
    {
        let window = model.window_key(group.window, at);
        let shares = |one: &&Contribution| {
            let giver = timeline.activated[one.version].model;
            one.points > 0 && giver.window_key(group.window, one.at) == window && in_group(timeline, one, group)
        };
        let used: Milli = before().filter(shares).map(|one| one.points).sum();
        points = points.min((group.cap - used).max(0));
    }
    let question = match &rule.points {
        Points::Answer { question, .. } => Some(question.clone()),
        _ => None,
    };
    let solution = timeline.rows[row].resolved.solution.filter(|_| rule.reading.is_none());
    let solution = solution.map(|ix| &timeline.rows[row].model.solutions[usize::from(ix.0)].name);
    let scores = model.scores.iter().filter(|score| match score.solution {
        None => true,
        Some(ix) => solution == Some(&model.solutions[usize::from(ix.0)].name),
    });
    let fading = scores.map(|score| (score.name.clone(), Fading::new(score.half_life, at, points))).collect();
    Contribution {
        row,
        input: timeline.rows[row].ledger.touchpoint.input.clone(),
        rule: rule.id.clone(),
        version: timeline.version_at(at),
        at,
        within_limits,
        counted,
        points,
        cut: full - points,
        question,
        replaced: false,
        fading,
    }
}

/// The two are counted together: one window, one asset, message, event or product; and a version that counted it so.
fn same_count(
    timeline: &Timeline<'_>,
    model: &Model,
    (limit, alike): (&Limit, usize),
    one: &Contribution,
    row: usize,
) -> bool {
    let then = rule_of(timeline, one)
        .and_then(|rule| rule.limits.iter().filter(|other| says_the_same(other, limit)).nth(alike));
    let giver = timeline.activated[one.version].model;
    let scope = |row: usize| scope(&timeline.rows[row], limit.scope);
    then.is_some()
        && giver.window_key(limit.window, one.at) == model.window_key(limit.window, timeline.now)
        && scope(one.row) == scope(row)
}

/// But for the number.
fn says_the_same(one: &Limit, other: &Limit) -> bool {
    let sort = |limit: &Limit| (limit.scope, limit.window, matches!(limit.at_most, AtMost::Times(_)));
    sort(one) == sort(other)
}

/// The rule as the version that gave points by it has it.
fn rule_of<'a>(timeline: &Timeline<'a>, one: &Contribution) -> Option<&'a Rule> {
    timeline.activated[one.version].model.rules.iter().find(|rule| rule.id == one.rule)
}

fn in_group(timeline: &Timeline<'_>, one: &Contribution, group: &Group) -> bool {
    let groups = &timeline.activated[one.version].model.groups;
    let then = rule_of(timeline, one).and_then(|rule| rule.group).map(|group| &groups[usize::from(group.0)]);
    then.is_some_and(|then| (&then.name, then.window) == (&group.name, group.window))
}

/// What a touchpoint is counted per.
fn scope(row: &Row<'_>, scope: Scope) -> Option<String> {
    let touchpoint = &row.ledger.touchpoint;
    let property = |name| touchpoint.properties.get(name).map(|value: &Value| format!("{value:?}"));
    let text = |text: &Option<Text>| text.as_ref().map(|text| format!("named {text}"));
    let asset = row.resolved.asset.map(|ix| format!("named {}", row.model.assets[usize::from(ix.0)].name));
    match scope {
        Scope::Rule => None,
        Scope::Asset => asset.or_else(|| text(&touchpoint.content)).or_else(|| {
            let url = touchpoint.properties.get("url").and_then(Value::as_text)?;
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let rest = rest.split(['?', '#']).next().unwrap_or(rest);
            rest.find('/').map(|at| rest[at..].to_owned())
        }),
        Scope::Message => property("message_id").or_else(|| text(&touchpoint.content)),
        Scope::Event => {
            let event = property("event_id").or_else(|| text(&touchpoint.campaign));
            Some(format!("{event:?} {:?}", property("starts_at")))
        }
        Scope::Product => row.resolved.solution.map(|ix| row.model.solutions[usize::from(ix.0)].name.to_string()),
    }
}

/// The sum of what is left of all contributions, within the bounds that the score has now.
pub(crate) fn read(timeline: &Timeline<'_>, name: &Text, now: Timestamp) -> Milli {
    let live = timeline.given.iter().filter(|one| !one.replaced);
    let fading: Vec<Fading> =
        live.flat_map(|one| one.fading.iter().filter(|(score, _)| score == name).map(|(_, fading)| *fading)).collect();
    let read = decay::read(&fading, now);
    let score = timeline.activated[timeline.version_at(now)].model.scores.iter().find(|score| score.name == *name);
    score.map_or(read, |score| read.clamp(score.floor, score.ceiling))
}
