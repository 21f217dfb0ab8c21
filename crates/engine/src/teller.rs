//! What every event says beside what changed: the envelope, scores before and after, what they rest on.

use crate::aggregate::{Aggregate, Given, Position};
use crate::announce::Before;
use crate::decay::{Faded, Gathered};
use crate::fit::fit;
use crate::hash::event_id_of;
use crate::head::Head;
use crate::largest::Lines;
use crate::readings;
use crate::scoring::{bounded, counts_for, lines_of, raw, sums_of, value};
use crate::segments;
use crate::signal;
use crate::tier;
use crate::version::{Version, Versions};
use playbook::model::{Milli, Millis, ScoreIx, SolutionIx};
use smallvec::SmallVec;
use std::cell::{OnceCell, RefCell};
use touchpoint::output::{
    AccountFigures, Adjustment, Cause, Contribution, Envelope, FitReading, Milestone, PlaybookVersion, ScoreMovement,
};
use touchpoint::{ContactId, EventId, SubjectId, Text, Timestamp};

/// Tells of one contact at one moment.
pub(crate) struct Teller<'a> {
    pub(crate) versions: &'a Versions,
    pub(crate) version: &'a Version,
    pub(crate) contact: ContactId,
    pub(crate) now: Timestamp,
    /// When the folds are read.
    pub(crate) at: Timestamp,
    pub(crate) before: Before<'a>,
    /// Every score's, read once when there is something to tell.
    readings: OnceCell<Vec<Reading>>,
    /// What all events of this moment say alike.
    alike: OnceCell<Envelope>,
    /// By half-life.
    faded: RefCell<SmallVec<[Faded; 4]>>,
}

/// What an event is about. A transition is read by people and names what every score mostly rests on, in words; score
/// changes are many and read by programs: each names what its own score rests on, by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventOf {
    Stage,
    Score,
    Segment,
    Action,
}

/// A score before and after, both as of the moment of reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) before: Milli,
    pub(crate) after: Milli,
    /// After, without floor and ceiling.
    pub(crate) raw: Milli,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(
        versions: &'a Versions,
        version: &'a Version,
        contact: ContactId,
        (now, at): (Timestamp, Timestamp),
        before: Before<'a>,
    ) -> Self {
        let (readings, alike, faded) = (OnceCell::new(), OnceCell::new(), RefCell::default());
        Self { versions, version, contact, now, at, before, readings, alike, faded }
    }
}

impl Teller<'_> {
    pub(crate) fn reading(&self, after: &Aggregate, score: ScoreIx) -> Reading {
        let all = self.readings.get_or_init(|| self.version.scores().map(|score| self.read(after, score)).collect());
        all[usize::from(score.0)]
    }

    /// The head's fold is the same for as long as this teller tells.
    pub(crate) fn envelope(&self, head: &Head, of: EventOf, sequence: u64, cause: Cause) -> Envelope {
        let alike = self.alike.get_or_init(|| self.alike(head));
        let mut envelope =
            Envelope { event_id: event_id(self.contact, of, sequence), sequence, cause, ..alike.clone() };
        if of == EventOf::Stage {
            for (score, movement) in self.version.scores().zip(&mut envelope.scores) {
                movement.largest = self.lines(&head.aggregate, score).groups(true);
            }
        }
        envelope
    }

    fn alike(&self, head: &Head) -> Envelope {
        let aggregate = &head.aggregate;
        // Of events that are about no life cycle: where the contact stands in the first one.
        let position = aggregate.positions.first();
        let facts = &aggregate.facts;
        let fitted = fit(&self.version.model, facts);
        Envelope {
            event_id: EventId([0; 16]),
            subject: SubjectId::Contact(self.contact),
            sequence: 0,
            occurred_at: self.at,
            recorded_at: self.now.max(self.at),
            account_id: facts.account,
            account_unit: facts.account_unit.clone(),
            life_cycle: position.map(|position| position.life_cycle.clone()),
            stage: position.map(|position| position.stage.clone()),
            cause: Cause::Rule,
            actor: None,
            reason_code: None,
            sentence: None,
            sentence_short: None,
            corrects: None,
            scores: self.version.scores().map(|score| self.movement(aggregate, score)).collect(),
            fit: Some(FitReading { points_milli: fitted.points, grade: fitted.grade }),
            reading: readings::named(aggregate, self.version),
            top_solution: top_solution(self.version, aggregate, self.at),
            top_issue: top_issue(aggregate),
            tier: tier::named(self.version, facts).map(|tier| tier.name.clone()),
            owner: tier::owner(self.version, facts, position),
            first_source: facts.first_origin.clone(),
            campaign: None,
            external_ids: facts.external_ids(),
            known: Some(facts.known),
            reachable: Some(facts.reachable()),
            account: signal::current(facts).map(|signal| AccountFigures {
                score_milli: signal.points,
                stage: signal.stages.first().map(|(_, stage)| stage.clone()),
                sequence: signal.sequence,
            }),
            segments: Some(segments::named(aggregate, self.versions, self.version)),
            playbook: playbook_version(self.version),
        }
    }

    /// The half-life that a contribution fades with in a score; `None`: it does not count for it.
    pub(crate) fn counts(&self, score: ScoreIx, given: &Given) -> Option<Millis> {
        let version = self.versions.get(given.version)?;
        let there = match std::ptr::eq(version, self.version) {
            true => score,
            false => version.score_of(self.version.score_key(score))?,
        };
        counts_for(version, there, given).then(|| version.model.scores[usize::from(there.0)].half_life)
    }

    /// Calls `each` with the contributions that count for a score, and the half-life they were given with.
    pub(crate) fn each(&self, score: ScoreIx, given: &[Given], mut each: impl FnMut(Millis, &Given)) {
        for given in given {
            if let Some(half_life) = self.counts(score, given) {
                each(half_life, given);
            }
        }
    }

    pub(crate) fn contribution(&self, score: ScoreIx, given: &Given) -> Contribution {
        let mut alone = Gathered::new();
        self.each(score, std::slice::from_ref(given), |half_life, given| {
            alone.add(half_life, given.occurred_at, given.points);
        });
        let given_by = self.versions.get(given.version).unwrap_or(self.version);
        Contribution {
            input: given.input.clone(),
            rule: self.rule_id(given).unwrap_or(Text::const_new("?")),
            playbook: given_by.model.hash.clone(),
            occurred_at: given.occurred_at,
            points_then_milli: given.points,
            points_now_milli: alone.read(self.at),
        }
    }

    pub(crate) fn rule_id(&self, given: &Given) -> Option<Text> {
        self.versions.rule(given.version, given.rule).map(|rule| rule.id.clone())
    }

    fn read(&self, after: &Aggregate, score: ScoreIx) -> Reading {
        let raw = raw(after, self.version, score, self.at);
        let read = bounded(self.version, score, raw);
        let before = match self.before {
            Before::Fold(before) => value(before, self.version, score, self.at),
            Before::Less(trace) if trace.given.is_empty() && trace.taken.is_empty() => read,
            Before::Less(trace) => {
                let mut before = sums_of(after, self.version, score);
                self.each(score, &trace.given, |half_life, given| {
                    before.subtract(half_life, given.occurred_at, given.points);
                });
                self.each(score, &trace.taken, |half_life, taken| {
                    before.add(half_life, taken.occurred_at, taken.points);
                });
                bounded(self.version, score, before.read(self.at))
            }
        };
        Reading { before, after: read, raw }
    }

    fn movement(&self, aggregate: &Aggregate, score: ScoreIx) -> ScoreMovement {
        let Reading { before, after, .. } = self.reading(aggregate, score);
        ScoreMovement {
            name: self.version.model.scores[usize::from(score.0)].name.clone(),
            before_milli: before,
            after_milli: after,
            largest: Vec::new(),
        }
    }

    /// The live contributions to a score.
    pub(crate) fn lines<'t>(&'t self, aggregate: &'t Aggregate, score: ScoreIx) -> Lines<'t> {
        Lines::of(self.versions, lines_of(aggregate, self.version.score_key(score)), |half_life| self.faded(half_life))
    }

    fn faded(&self, half_life: Millis) -> Faded {
        let mut all = self.faded.borrow_mut();
        if let Some(faded) = all.iter().find(|faded| faded.half_life == half_life) {
            return *faded;
        }
        let faded = Faded::at(half_life, self.at);
        all.push(faded);
        faded
    }
}

/// Floor, ceiling and rounding: what the sum of the parts that are listed and the value read differ by. `raw` is the
/// value before floor and ceiling.
pub(crate) fn adjustments(listed: Milli, raw: Milli, read: Milli) -> Vec<Adjustment> {
    let bound = if raw < read { "floor" } else { "ceiling" };
    let lines = [(bound, read - raw), ("rounding", raw - listed)];
    let lines = lines.into_iter().filter(|(_, points_milli)| *points_milli != 0);
    lines.map(|(name, points_milli)| Adjustment { name: Text::const_new(name), points_milli }).collect()
}

pub(crate) fn playbook_version(version: &Version) -> PlaybookVersion {
    let model = &version.model;
    PlaybookVersion { hash: model.hash.clone(), name: model.name.clone(), label: model.label.clone() }
}

/// What the solution of the strongest interest is called.
pub(crate) fn top_solution(version: &Version, aggregate: &Aggregate, at: Timestamp) -> Option<Text> {
    let solution = strongest_interest(version, aggregate, at)?;
    Some(version.model.solutions[usize::from(solution.0)].name.clone())
}

/// The solution whose interest is strongest; `None` when there is no interest at all.
pub(crate) fn strongest_interest(version: &Version, aggregate: &Aggregate, at: Timestamp) -> Option<SolutionIx> {
    let model = &version.model;
    let interests = version.scores().filter_map(|score| {
        let solution = model.scores[usize::from(score.0)].solution?;
        Some((value(aggregate, version, score, at), solution))
    });
    // Of equals the first in the playbook's order.
    let strongest = interests.filter(|(value, _)| *value > 0).max_by_key(|(value, s)| (*value, std::cmp::Reverse(*s)));
    strongest.map(|(_, solution)| solution)
}

/// The issue as last answered.
pub(crate) fn top_issue(aggregate: &Aggregate) -> Option<Text> {
    let answered = aggregate.answer("issue")?;
    match &answered.value {
        touchpoint::Value::Text(issue) => Some(issue.clone()),
        touchpoint::Value::List(issues) => issues.first().cloned(),
        touchpoint::Value::Bool(_) | touchpoint::Value::Number(_) => None,
    }
}

pub(crate) fn milestones(position: &Position) -> Vec<Milestone> {
    let reached = position.milestones.iter();
    reached.map(|m| Milestone { name: m.name.clone(), first_at: m.first_at, count: m.count }).collect()
}

fn event_id(contact: ContactId, of: EventOf, sequence: u64) -> EventId {
    let topic = match of {
        EventOf::Stage => &b"stage"[..],
        EventOf::Score => b"score",
        EventOf::Segment => b"segment",
        EventOf::Action => b"action",
    };
    event_id_of(&contact.0, topic, sequence)
}
