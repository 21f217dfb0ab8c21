//! Why a contact stands where it stands, for a person who asks: the last move in a sentence, every score as the list of
//! its contributions, fit criterion by criterion, the reading, and what is missing for the next stage.
//!
//! Pure, like the fold that it repeats: rows in, typed values out. A score always equals the sum of what is listed: the
//! contributions as they read now, and named lines for floor, ceiling and rounding.

mod last_move;
mod values;

use crate::aggregate::{Aggregate, Given, Position};
use crate::announce::Before;
use crate::bursts;
use crate::decay;
use crate::engine::{Playbooks, partition_row, versions_of};
use crate::fit;
use crate::fold::{Trace, advance, fold_row};
use crate::handoffs::{self, Handovers};
use crate::history;
use crate::ledger::LedgerRow;
use crate::missing::missing;
use crate::programmes::{self, Enrolments};
use crate::readings;
use crate::returns;
use crate::rows::{self, Row, Rows};
use crate::scoring::{bounded, raw};
use crate::teller::{Teller, adjustments, playbook_version};
use crate::version::{Version, Versions};
use playbook::model::{AttributeOf, Label, ScoreIx};
use std::collections::BTreeMap;
use touchpoint::{ContactId, Text, Timestamp};
pub use values::{
    ContributionExplained, CriterionExplained, Explanation, FitExplained, LeftOut, ReadingExplained, ScoreExplained,
    Standing,
};

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError<E> {
    /// The store failed.
    #[error("store: {0}")]
    Store(E),
    #[error("no such contact is here")]
    Unknown,
    #[error("nothing is left of the contact's history: it has joined another contact, or was taken back")]
    Gone,
    #[error("no playbook was ever activated here")]
    NoPlaybook,
    /// Content of this hash is in force and was not brought along.
    #[error("playbook {0} is not there")]
    PlaybookMissing(Text),
    /// Points are explained from the whole history.
    #[error("the contact's last touchpoint occurred at {last}: an explanation is as of then or later")]
    TooEarly { last: Timestamp },
}

impl<E> From<E> for ExplainError<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// Explains a contact from its rows and its partition's. The moment is the partition's time, or `at`: timers are folded
/// until then as if nothing else happened.
///
/// # Errors
/// See [`ExplainError`].
pub fn explain<R: Rows>(
    rows: &mut R,
    playbooks: &Playbooks,
    contact: ContactId,
    at: Option<Timestamp>,
) -> Result<Explanation, ExplainError<R::Error>> {
    let head = match rows.get(&rows::head_key(contact))? {
        Some(Row::Head(head)) => Some((head.programmes.clone(), head.handovers.clone())),
        _ => None,
    };
    let (start, mut ledger) = history::whole(rows, contact)?;
    let Some(last) = ledger.last().map(|row| row.touchpoint.occurred_at) else {
        return Err(if head.is_some() { ExplainError::Gone } else { ExplainError::Unknown });
    };
    if at.is_some_and(|at| at < last) {
        return Err(ExplainError::TooEarly { last });
    }
    let partition = partition_row(rows)?;
    let now = at.or(partition.time).unwrap_or(last);
    let versions = versions_of(partition.activations, playbooks).map_err(ExplainError::PlaybookMissing)?;
    // A version that came into force may not have come to this contact yet.
    for turned in bursts::turned(&versions, &ledger) {
        ledger
            .iter_mut()
            .filter(|row| row.touchpoint.input == turned.touchpoint.input)
            .for_each(|row| row.clone_from(&turned));
    }
    let (enrolments, handovers) = head.unwrap_or_default();
    let history = History { versions: &versions, contact, start, ledger, enrolments, handovers };
    history.explain(now, now.max(last)).ok_or(ExplainError::NoPlaybook)
}

/// What there is to explain from.
struct History<'a> {
    versions: &'a Versions,
    contact: ContactId,
    /// The fold before the first row.
    start: Aggregate,
    ledger: Vec<LedgerRow>,
    /// As they stood at the partition's time: what they do is recorded, and not computed for another moment.
    enrolments: Enrolments,
    handovers: Handovers,
}

impl History<'_> {
    /// `now`: partition time; `at`: when everything is read, which is later where the last touchpoint is.
    fn explain(&self, now: Timestamp, at: Timestamp) -> Option<Explanation> {
        let in_force = self.versions.at(now)?;
        let (_, version) = in_force;
        let (mut aggregate, mut trace) = (self.start.clone(), Trace::default());
        self.ledger.iter().for_each(|row| fold_row(self.versions, &mut aggregate, row, Some(&mut trace)));
        advance(self.versions, &mut aggregate, now, Some(&mut trace));
        let live = live(trace);
        let nothing = Trace::default();
        let teller = Teller::new(self.versions, version, self.contact, (now, at), Before::Less(&nothing));
        Some(Explanation {
            contact: self.contact,
            at,
            zone: version.model.zone.clone(),
            playbook: playbook_version(version),
            known: aggregate.facts.known,
            standings: aggregate
                .positions
                .iter()
                .filter_map(|one| self.standing(version, &aggregate, one, at))
                .collect(),
            scores: version.scores().map(|score| score_explained(&teller, &aggregate, score, &live)).collect(),
            fit: fit_explained(version, &aggregate),
            reading: reading(version, &aggregate),
            programmes: programmes::explained(&self.enrolments, self.versions, in_force, &aggregate, at),
            handoffs: handoffs::explained(&self.handovers, version, &aggregate.facts),
            left_out: self.left_out(),
        })
    }

    fn left_out(&self) -> Vec<LeftOut> {
        let reach = bursts::reach(self.versions).unwrap_or_default();
        let in_bursts: Vec<Timestamp> =
            self.ledger.iter().filter(|row| row.in_burst).map(|row| row.touchpoint.occurred_at).collect();
        let near = |at: Timestamp| {
            let from = in_bursts.partition_point(|time| *time < at.plus_millis(-reach));
            in_bursts.partition_point(|time| *time <= at.plus_millis(reach)) - from
        };
        let is_ignored = |row: &LedgerRow| {
            let Some((_, version)) = self.versions.at(row.touchpoint.occurred_at) else { return false };
            let (model, touchpoint) = (&version.model, &row.touchpoint);
            let resolved = model.resolve(touchpoint);
            row.in_burst || model.ignored.iter().any(|pattern| pattern.matches(model, touchpoint, &resolved))
        };
        let told = |row: &LedgerRow| LeftOut {
            input: row.touchpoint.input.clone(),
            occurred_at: row.touchpoint.occurred_at,
            channel: row.touchpoint.channel.clone(),
            kind: row.touchpoint.kind.clone(),
            in_burst_of: row.in_burst.then(|| near(row.touchpoint.occurred_at)),
        };
        self.ledger.iter().filter(|row| is_ignored(row)).map(told).collect()
    }

    fn standing(
        &self,
        version: &Version,
        aggregate: &Aggregate,
        position: &Position,
        at: Timestamp,
    ) -> Option<Standing> {
        let life_cycle = self.versions.life_cycle(version, &position.life_cycle)?;
        let stage = life_cycle.stage(&position.stage);
        let moved = position.last_move.as_deref();
        Some(Standing {
            life_cycle: position.life_cycle.clone(),
            life_cycle_label: life_cycle.label.clone(),
            stage: position.stage.clone(),
            label: stage.map_or_else(Label::default, |stage| stage.label.clone()),
            since: position.since,
            from: moved.and_then(|moved| moved.from.clone()),
            moved_by: moved.map(|moved| moved.by),
            reason: moved.and_then(|moved| moved.reason.clone()),
            sentence: moved.and_then(|moved| self.sentence(&position.life_cycle, moved)),
            held_until: position.hold_until,
            returns_at: returns::earliest(version, aggregate, position),
            missing: missing(self.versions, aggregate, position, at),
        })
    }
}

/// What was given and not taken back again, in the order in which it occurred.
fn live(trace: Trace) -> Vec<Given> {
    let mut net: BTreeMap<Given, usize> = BTreeMap::new();
    trace.given.into_iter().for_each(|given| *net.entry(given).or_default() += 1);
    for taken in &trace.taken {
        if let Some(count) = net.get_mut(taken) {
            *count = count.saturating_sub(1);
        }
    }
    let mut live: Vec<Given> = net.into_iter().flat_map(|(given, count)| std::iter::repeat_n(given, count)).collect();
    live.sort_by(|a, b| (a.occurred_at, a).cmp(&(b.occurred_at, b)));
    live
}

fn score_explained(teller: &Teller<'_>, aggregate: &Aggregate, score: ScoreIx, live: &[Given]) -> ScoreExplained {
    let version = teller.version;
    let mut contributions = Vec::new();
    teller.each(score, live, |half_life, given| {
        let rule = teller.versions.rule(given.version, given.rule);
        let told = teller.contribution(score, given);
        contributions.push(ContributionExplained {
            label: rule.map_or_else(Label::default, |rule| rule.label.clone()),
            playbook: teller.versions.get(given.version).map_or(Text::const_new("?"), |gave| gave.model.label.clone()),
            cut_milli: given.cut,
            gone_at: if given.points == 0 { None } else { decay::gone(half_life, given.occurred_at, given.points) },
            input: told.input,
            occurred_at: told.occurred_at,
            rule: told.rule,
            points_then_milli: told.points_then_milli,
            points_now_milli: told.points_now_milli,
        });
    });
    let raw = raw(aggregate, version, score, teller.at);
    let read = bounded(version, score, raw);
    let listed = contributions.iter().map(|one| one.points_now_milli).sum();
    let named = &version.model.scores[usize::from(score.0)];
    ScoreExplained {
        name: named.name.clone(),
        label: named.label.clone(),
        points_milli: read,
        contributions,
        adjustments: adjustments(listed, raw, read),
    }
}

fn fit_explained(version: &Version, aggregate: &Aggregate) -> FitExplained {
    let model = &version.model;
    let fitted = fit::fit(model, &aggregate.facts);
    let criteria: Vec<CriterionExplained> = model
        .fit
        .criteria
        .iter()
        .map(|criterion| {
            let found = fit::attribute(&aggregate.facts, criterion);
            let of = found.map(|(of, _)| of).or_else(|| criterion.of.first().copied()).unwrap_or(AttributeOf::Contact);
            CriterionExplained {
                attribute: criterion.attribute.clone(),
                label: model.attribute_label(of, &criterion.attribute).cloned(),
                of,
                value: found.map(|(_, value)| value.clone()),
                points_milli: found.map_or(0, |(_, value)| fit::points(criterion, value)),
                key: criterion.key,
            }
        })
        .collect();
    FitExplained {
        points_milli: fitted.points,
        grade: fitted.grade,
        known: criteria.iter().filter(|one| one.key && one.value.is_some()).count(),
        known_min: model.fit.known_min,
        criteria,
    }
}

fn reading(version: &Version, aggregate: &Aggregate) -> Option<ReadingExplained> {
    let of = readings::current(aggregate)?;
    let reading = &version.model.readings[usize::from(version.reading_of(of)?.0)];
    let holding = aggregate.readings.iter().find(|have| have.of == of)?;
    Some(ReadingExplained {
        name: reading.name.clone(),
        label: reading.label.clone(),
        hypothesis: reading.hypothesis.clone(),
        since: holding.since,
    })
}
