//! What the engine shows of itself: metric handles, resolved once; those with labels from the playbook when they are
//! first needed.

use super::tally::Tally;
use ::engine::engine::Engine;
use ::engine::input::Counted;
use observe::ServiceMetrics;
use prometheus::{Gauge, Histogram, IntCounter};
use std::collections::HashMap;
use touchpoint::output::{Action, Handoff, ScoreChange, SegmentChange, StageTransition};
use touchpoint::{Text, Timestamp};

/// Life cycle, from, to, cause.
type Way = (Text, Option<Text>, Text, &'static str);

pub(crate) struct Figures {
    metrics: ServiceMetrics,
    arrival_delay: Histogram,
    occurrence_delay: Histogram,
    counted: Tally<Counted>,
    transitions: Tally<Way>,
    score_changes: Tally<Text>,
    /// Segment, entered or left.
    segment_changes: Tally<(Text, &'static str)>,
    /// Programme, step, channel, status.
    actions: Tally<(Text, Text, Text, &'static str)>,
    /// What it is, status.
    handoffs: Tally<(Text, &'static str)>,
    partitions: HashMap<i32, Partition>,
    in_force: Option<Text>,
}

/// Gauges of one partition.
struct Partition {
    name: String,
    time_seconds: Gauge,
    timer_lag_seconds: Gauge,
    members: HashMap<(Text, Text), Gauge>,
}

impl Figures {
    pub(crate) fn new(metrics: &ServiceMetrics) -> Self {
        Self {
            arrival_delay: metrics.arrival_delay_seconds(),
            occurrence_delay: metrics.occurrence_delay_seconds(),
            counted: Tally::of(Counted::ALL.map(|counted| (counted, counter_of(metrics, counted)))),
            transitions: Tally::of([]),
            score_changes: Tally::of([]),
            segment_changes: Tally::of([]),
            actions: Tally::of([]),
            handoffs: Tally::of([]),
            partitions: HashMap::new(),
            in_force: None,
            metrics: metrics.clone(),
        }
    }

    /// What was counted is committed; `of`: when each of its touchpoints arrived and occurred.
    pub(crate) fn committed(&mut self, of: impl Iterator<Item = (Timestamp, Timestamp)>) {
        self.counted.committed();
        self.transitions.committed();
        self.score_changes.committed();
        self.segment_changes.committed();
        self.actions.committed();
        self.handoffs.committed();
        let now = observe::clock::now();
        for (arrived, occurred) in of {
            self.arrival_delay.observe(now.seconds_since(arrived.as_millis()));
            self.occurrence_delay.observe(now.seconds_since(occurred.as_millis()));
        }
    }

    pub(crate) fn aborted(&mut self) {
        self.counted.aborted();
        self.transitions.aborted();
        self.score_changes.aborted();
        self.segment_changes.aborted();
        self.actions.aborted();
        self.handoffs.aborted();
    }

    pub(crate) fn counted(&mut self, counted: Counted) {
        self.counted.count(counted, |counted| counter_of(&self.metrics, *counted));
    }

    pub(crate) fn transition(&mut self, transition: &StageTransition) {
        let cycle = transition.envelope.life_cycle.clone().unwrap_or_default();
        let way = (cycle, transition.from.clone(), transition.to.clone(), transition.envelope.cause.as_str());
        let metrics = &self.metrics;
        self.transitions.count(way, |(cycle, from, to, cause)| {
            metrics.stage_transitions(cycle, from.as_deref().unwrap_or("none"), to, cause)
        });
    }

    pub(crate) fn score_change(&mut self, change: &ScoreChange) {
        self.score_changes.count(change.score.clone(), |score| self.metrics.score_changes(score));
    }

    pub(crate) fn segment_change(&mut self, change: &SegmentChange) {
        let way = (change.segment.clone(), change.change.as_str());
        self.segment_changes.count(way, |(segment, change)| self.metrics.segment_changes(segment, change));
    }

    pub(crate) fn action(&mut self, action: &Action) {
        let what = (action.programme.clone(), action.step.clone(), action.channel.clone(), action.status.as_str());
        self.actions
            .count(what, |(programme, step, channel, status)| self.metrics.actions(programme, step, channel, status));
    }

    pub(crate) fn handoff(&mut self, handoff: &Handoff) {
        let what = (handoff.handoff.clone(), handoff.status.as_str());
        self.handoffs.count(what, |(handoff, status)| self.metrics.handoffs(handoff, status));
    }

    /// How a partition stands; `oldest_due` is the first moment at which a timer waits to be looked at.
    #[expect(clippy::cast_precision_loss, reason = "gauges")]
    pub(crate) fn partition(&mut self, partition: i32, engine: &Engine, oldest_due: Option<i64>) {
        let metrics = &self.metrics;
        let gauges = self.partitions.entry(partition).or_insert_with(|| {
            let name = partition.to_string();
            Partition {
                time_seconds: metrics.partition_time_seconds(&name),
                timer_lag_seconds: metrics.timer_lag_seconds(&name),
                members: HashMap::new(),
                name,
            }
        });
        if let Some(time) = engine.time() {
            gauges.time_seconds.set(time.as_millis() as f64 / 1_000.0);
            // Subjects that wait for the first playbook are due since the beginning of time: they are not late.
            let late = oldest_due.filter(|due| *due > i64::MIN).map_or(0, |due| (time.as_millis() - due).max(0));
            gauges.timer_lag_seconds.set(late as f64 / 1_000.0);
        }
        for (life_cycle, stage, members) in engine.standing() {
            let at = (life_cycle.clone(), stage.clone());
            let gauge = gauges
                .members
                .entry(at)
                .or_insert_with_key(|(life_cycle, stage)| metrics.stage_members(life_cycle, stage, &gauges.name));
            gauge.set(members as f64);
        }
        if let Some(hash) = engine.in_force().filter(|hash| self.in_force.as_ref() != Some(*hash)) {
            if let Some(former) = self.in_force.replace(hash.clone()) {
                metrics.forget_playbook(&former);
            }
            tracing::info!(playbook = %hash, "in force");
            metrics.playbook_info(hash).set(1.0);
            engine
                .scores()
                .for_each(|score| self.score_changes.show(score.clone(), |score| metrics.score_changes(score)));
        }
    }

    /// The partition is another's: no stale figure stays.
    pub(crate) fn forget(&mut self, partition: i32) {
        let Some(gauges) = self.partitions.remove(&partition) else { return };
        for (life_cycle, stage) in gauges.members.keys() {
            self.metrics.forget_stage(life_cycle, stage, &gauges.name);
        }
        // Who owns nothing says nothing of what is in force.
        if self.partitions.is_empty()
            && let Some(version) = self.in_force.take()
        {
            self.metrics.forget_playbook(&version);
        }
    }
}

fn counter_of(metrics: &ServiceMetrics, counted: Counted) -> IntCounter {
    match counted {
        Counted::Refold => metrics.refolds(),
        Counted::TimerFired => metrics.timers_fired(),
        Counted::TickRefused => metrics.ticks_refused(),
        Counted::Duplicate
        | Counted::BeyondHorizon
        | Counted::Superseded
        | Counted::NothingToWithdraw
        | Counted::SignalToNobody => metrics.drops(counted.as_str()),
    }
}
