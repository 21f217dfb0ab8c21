//! The moments at which time alone may change whether a condition holds: what a playbook names as a duration, counted from
//! what it is counted from; dates; and where a score crosses a threshold. More of them than needed: each is looked at.

use super::Timeline;
use super::{scores, stages};
use playbook::model::{Condition, Milli, Model, Occurs, ScoreIx};
use touchpoint::Timestamp;

/// The first of them after now, at the latest this one.
pub(crate) fn next(timeline: &Timeline<'_>, until: Timestamp) -> Option<Timestamp> {
    let model = timeline.model();
    let mut moments: Vec<Timestamp> = timeline.activated.iter().map(|one| one.effective_at).collect();
    waits(timeline, model, &mut moments);
    for position in &timeline.positions {
        moments.extend(position.no_score_until);
        moments.extend(timeline.earliest_return(position));
    }
    let stages = model.life_cycles.iter().flat_map(|one| &one.stages).flat_map(stages::conditions);
    let returns = model.reasons.iter().filter_map(|reason| reason.returns_when.as_ref());
    let mut thresholds = Vec::new();
    let segments = model.segments.iter().flat_map(|segment| std::iter::once(&segment.when).chain(&segment.until));
    let life_cycles = model.life_cycles.iter().filter_map(|life_cycle| life_cycle.lasts_while.as_ref());
    for standing in &timeline.segments {
        let segment = model.segments.iter().find(|segment| segment.name == standing.segment);
        moments.extend(segment.and_then(|segment| segment.lasts).map(|lasts| standing.since.plus_millis(lasts)));
    }
    let others = segments.chain(life_cycles);
    for condition in model.readings.iter().map(|reading| &reading.when).chain(stages).chain(returns).chain(others) {
        condition.for_each_leaf(&mut |leaf| leaf_moments(timeline, model, leaf, &mut moments, &mut thresholds));
    }
    thresholds.sort_unstable();
    thresholds.dedup();
    moments.extend(thresholds.iter().filter_map(|(score, at)| crossing(timeline, model, *score, *at, until)));
    moments.retain(|at| *at > timeline.now && *at <= until);
    moments.into_iter().min()
}

/// Looks that wait for an answer.
fn waits(timeline: &Timeline<'_>, model: &Model, moments: &mut Vec<Timestamp>) {
    for behaviour in &model.behaviours {
        if let Occurs::Unanswered { within, .. } = behaviour.occurs {
            moments.extend(timeline.rows.iter().map(|row| row.ledger.touchpoint.occurred_at.plus_millis(within)));
        }
    }
}

fn leaf_moments(
    timeline: &Timeline<'_>,
    model: &Model,
    leaf: &Condition,
    moments: &mut Vec<Timestamp>,
    thresholds: &mut Vec<(ScoreIx, Milli)>,
) {
    match leaf {
        Condition::ScoreAtLeast(score, at) | Condition::ScoreBelow(score, at) => thresholds.push((*score, *at)),
        Condition::AnyScoreAtLeast(scores, at) => thresholds.extend(scores.iter().map(|score| (*score, *at))),
        Condition::Did(did) | Condition::DidNot(did) => {
            let Some(within) = did.within else { return };
            let name = &model.behaviours[usize::from(did.behaviour.0)].name;
            let mut from: Vec<Timestamp> = timeline.occurrences(name).iter().map(|one| one.at).collect();
            from.extend(timeline.watched_since(name));
            from.extend(timeline.positions.iter().map(|position| position.since));
            from.extend(timeline.positions.iter().filter_map(|position| Some(position.recycled.as_ref()?.at)));
            moments.extend(from.into_iter().map(|from| from.plus_millis(within)));
        }
        Condition::Quiet(wait) => {
            let from = timeline.last_own_at().or_else(|| timeline.first_at());
            moments.extend(from.map(|from| from.plus_millis(*wait)));
        }
        Condition::SinceMark(wait) => moments.extend(timeline.marks.last().map(|from| from.plus_millis(*wait))),
        Condition::Stage { life_cycle, stood_for: Some(wait), .. } => {
            let position = timeline.positions.iter().find(|position| position.life_cycle == *life_cycle);
            moments.extend(position.map(|position| model.after(position.since, *wait)));
        }
        Condition::Date { date, is } => {
            moments.extend(timeline.lies(date, *is).into_iter().flat_map(|(begins, ends)| [begins, ends]));
        }
        Condition::HoldPassed { after } => {
            let until = timeline.positions.iter().filter_map(|position| position.hold_until);
            moments.extend(until.map(|until| model.after(until, *after)));
        }
        _ => {}
    }
}

/// Where the score passes a threshold, by halving. Half-lives differ only between versions, so that a score that comes
/// and goes between two of these steps is one of opposite points of two versions.
fn crossing(
    timeline: &Timeline<'_>,
    model: &Model,
    score: ScoreIx,
    threshold: Milli,
    until: Timestamp,
) -> Option<Timestamp> {
    const STEPS: i64 = 32;
    let name = &model.scores[usize::from(score.0)].name;
    let there = |at: Timestamp| scores::read(timeline, name, at) >= threshold;
    let mixed = timeline.given.iter().any(|one| one.version != timeline.given[0].version);
    let steps = if mixed { STEPS } else { 1 };
    let (from, all) = (timeline.now, until.millis_since(timeline.now));
    let at = |step: i64| if step == steps { until } else { from.plus_millis(all / steps * step) };
    let step = (0..steps).find(|step| there(at(*step)) != there(at(step + 1)))?;
    let (mut before, mut after) = (at(step), at(step + 1));
    let was = there(before);
    while after.millis_since(before) > 1 {
        let middle = before.plus_millis(after.millis_since(before) / 2);
        if there(middle) == was {
            before = middle;
        } else {
            after = middle;
        }
    }
    Some(after)
}
