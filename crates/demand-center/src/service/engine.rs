//! The service `engine`: the inbox in, what the contacts' histories mean out.

use super::figures::Figures;
use super::playbooks::PlaybookShelf;
use super::routing::Touchpoints;
use super::rows::{PartitionRows, StoredRow};
use super::upstream::UpstreamTime;
use ::engine::engine::{ApplyError, Engine};
use ::engine::input::{Effect, Input};
use ::engine::rows::{PARTITION_KEY, Row};
use observe::ServiceMetrics;
use std::collections::HashMap;
use std::sync::Arc;
use stream::{Context, Fault, Output, Processor, Record, Topic};
use touchpoint::{Delivery, SubjectId, Text, Timestamp};
use wire::Encoder;

/// The engine's output topics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EngineTopics {
    pub(crate) inbox: Topic,
    pub(crate) stage_transitions: Topic,
    pub(crate) score_changes: Topic,
    pub(crate) segment_changes: Topic,
    pub(crate) actions: Topic,
    pub(crate) handoffs: Topic,
    pub(crate) contacts: Topic,
    pub(crate) accounts: Topic,
}

/// Who moves partition time.
#[derive(Clone, Debug)]
pub(crate) enum TickSource {
    /// This worker, once a second: the wall clock, held back by what ingest and resolve have not passed.
    Wall(Arc<UpstreamTime>),
    /// Somebody else writes them, as a simulation does.
    External,
}

/// What the runtime calls for each record of the inbox.
pub(crate) struct EngineProcessor {
    engines: HashMap<i32, Engine>,
    shelf: PlaybookShelf,
    topics: EngineTopics,
    encoder: Encoder,
    touchpoints: Touchpoints,
    ticks: TickSource,
    effects: Vec<Effect>,
    bytes: Vec<u8>,
    figures: Figures,
    /// When it was last said that no playbook is in force.
    told_waiting_millis: i64,
    /// When what came in since the last commit arrived and occurred; observed when it is committed.
    delays: Vec<(Timestamp, Timestamp)>,
}

impl std::fmt::Debug for EngineProcessor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineProcessor").field("partitions", &self.engines.len()).finish_non_exhaustive()
    }
}

impl EngineProcessor {
    pub(crate) fn new(
        shelf: PlaybookShelf,
        topics: EngineTopics,
        encoder: Encoder,
        touchpoints: Touchpoints,
        ticks: TickSource,
        metrics: &ServiceMetrics,
    ) -> Self {
        Self {
            engines: HashMap::new(),
            shelf,
            topics,
            encoder,
            touchpoints,
            ticks,
            effects: Vec::new(),
            bytes: Vec::new(),
            figures: Figures::new(metrics),
            told_waiting_millis: 0,
            delays: Vec::new(),
        }
    }

    /// The inbox waits for a playbook that is not there yet: those in force in a partition that is new here, and one
    /// that comes into force.
    fn fetch_playbooks(&mut self, context: &mut Context<'_, StoredRow>, input: &Input) -> Result<(), Fault> {
        if !self.engines.contains_key(&context.partition())
            && let Some(StoredRow(Row::Partition(partition))) = context.get(PARTITION_KEY)?
        {
            let hashes: Vec<Text> = partition.activations.iter().map(|activation| activation.hash.clone()).collect();
            hashes.iter().try_for_each(|hash| self.shelf.fetch(hash))?;
        }
        match input {
            Input::Activation(activation) => self.shelf.fetch(&activation.hash),
            _ => Ok(()),
        }
    }

    fn carry_out(&mut self, context: &mut Context<'_, StoredRow>, trace: Option<&[u8]>) -> Result<(), Fault> {
        let trace_header = [(TRACEPARENT, trace.unwrap_or_default())];
        let headers: &[(&str, &[u8])] = if trace.is_some() { &trace_header } else { &[] };
        for effect in self.effects.drain(..) {
            self.bytes.clear();
            let (topic, subject) = match effect {
                Effect::StageTransition(transition) => {
                    self.figures.transition(&transition);
                    self.encoder.write(transition.as_ref(), &mut self.bytes);
                    (self.topics.stage_transitions, transition.envelope.subject)
                }
                Effect::ScoreChange(change) => {
                    self.figures.score_change(&change);
                    self.encoder.write(change.as_ref(), &mut self.bytes);
                    (self.topics.score_changes, change.envelope.subject)
                }
                Effect::SegmentChange(change) => {
                    self.figures.segment_change(&change);
                    self.encoder.write(change.as_ref(), &mut self.bytes);
                    (self.topics.segment_changes, change.envelope.subject)
                }
                Effect::Action(action) => {
                    self.figures.action(&action);
                    self.encoder.write(action.as_ref(), &mut self.bytes);
                    (self.topics.actions, action.envelope.subject)
                }
                Effect::Handoff(handoff) => {
                    self.figures.handoff(&handoff);
                    self.encoder.write(handoff.as_ref(), &mut self.bytes);
                    (self.topics.handoffs, handoff.envelope.subject)
                }
                Effect::Send(subject, input) => {
                    let key = subject.to_string();
                    context.send(&Output::new(self.topics.inbox, key.as_bytes(), &input.encode()))?;
                    continue;
                }
                Effect::Contact(contact, state) => {
                    let key = contact.to_string();
                    match state {
                        Some(state) => {
                            self.encoder.write(state.as_ref(), &mut self.bytes);
                            context.send(&Output::new(self.topics.contacts, key.as_bytes(), &self.bytes))?;
                        }
                        None => context.send(&Output::tombstone(self.topics.contacts, key.as_bytes()))?,
                    }
                    continue;
                }
                Effect::Account(account, state) => {
                    let key = account.to_string();
                    self.encoder.write(state.as_ref(), &mut self.bytes);
                    context.send(&Output::new(self.topics.accounts, key.as_bytes(), &self.bytes))?;
                    continue;
                }
                Effect::Summary(account, summary) => {
                    let key = account.to_string();
                    let value = Input::Summary(summary).encode();
                    context.send(&Output::new(self.topics.inbox, key.as_bytes(), &value))?;
                    continue;
                }
                Effect::Signal(contact, delivered) => {
                    let key = contact.to_string();
                    let value = Input::Delivery(Delivery::Touchpoint(delivered)).encode();
                    context.send(&Output::new(self.topics.inbox, key.as_bytes(), &value))?;
                    continue;
                }
                Effect::Return(delivered) => {
                    let (owner, message) = identity::Message::returned(*delivered);
                    // Its time has passed here already.
                    self.touchpoints.send(owner, &message, trace, None, |output| context.send(output))?;
                    continue;
                }
                Effect::Counted(counted) => {
                    self.figures.counted(counted);
                    continue;
                }
            };
            let key = subject.to_string();
            context.send(&Output::new(topic, key.as_bytes(), &self.bytes).with_headers(headers))?;
        }
        Ok(())
    }
}

/// How often it is said that no playbook is in force.
const TOLD_EVERY_MILLIS: i64 = 60_000;

/// W3C trace context, passed on from record to record.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// The trace context of a record. Anything longer is none, and would be copied to everything that follows.
pub(crate) fn trace_of<'r>(record: &Record<'r>) -> Option<&'r [u8]> {
    const BYTES: usize = 55;
    record.headers.get(TRACEPARENT).filter(|trace| trace.len() == BYTES)
}

/// Stands on a touchpoint that was told before and has moved to another contact: its delays were observed then.
pub(crate) const MOVED: &str = "dc.moved";

impl Processor for EngineProcessor {
    type Row = StoredRow;

    fn apply(&mut self, context: &mut Context<'_, StoredRow>, record: &Record<'_>) -> Result<(), Fault> {
        let input = Input::decode(record.value.unwrap_or_default())
            .map_err(|error| Fault::poison("DC-2101", "value", error.to_string()))?;
        let subject = match record.key {
            Some(key) if !key.is_empty() => Some(subject_of(key)?),
            _ => None,
        };
        if let Input::Delivery(Delivery::Touchpoint(delivered)) = &input
            && record.headers.get(MOVED).is_none()
        {
            self.delays.push((delivered.arrived_at, delivered.touchpoint.occurred_at));
        }
        let written_at = Timestamp::from_millis(record.timestamp_millis.unwrap_or_default());
        let trace = trace_of(record);
        self.fetch_playbooks(context, &input)?;
        let engine = self.engines.entry(context.partition()).or_default();
        let mut rows = PartitionRows::new(context);
        let applied = engine.apply(&mut rows, self.shelf.playbooks(), subject, input, written_at, &mut self.effects);
        match applied {
            Ok(()) => rows.finish()?,
            Err(ApplyError::Store(fault)) => return Err(fault),
            Err(error @ ApplyError::PlaybookMissing(_)) => return Err(Fault::retry("DC-2103", error.to_string())),
            Err(error @ ApplyError::Misdirected { .. }) => {
                return Err(Fault::poison("DC-2102", "key", error.to_string()));
            }
        }
        self.carry_out(context, trace)
    }

    fn before_commit(&mut self, context: &mut Context<'_, StoredRow>) -> Result<(), Fault> {
        if let Some(engine) = self.engines.get_mut(&context.partition()) {
            let mut rows = PartitionRows::new(context);
            engine.publish(&mut rows, &mut self.effects)?;
            rows.finish()?;
        }
        self.carry_out(context, None)
    }

    fn committed(&mut self) {
        self.figures.committed(self.delays.drain(..));
    }

    fn tick(&mut self, context: &mut Context<'_, StoredRow>, wall_millis: i64) -> Result<(), Fault> {
        if let Some(engine) = self.engines.get(&context.partition()) {
            let oldest = context.due(i64::MAX, 1)?.first().map(|(due, _)| *due);
            self.figures.partition(context.partition(), engine, oldest);
            let waits = engine.time().is_some() && engine.in_force().is_none();
            if waits && wall_millis - self.told_waiting_millis >= TOLD_EVERY_MILLIS {
                self.told_waiting_millis = wall_millis;
                tracing::warn!(
                    "no playbook is in force: touchpoints are kept, nothing is decided; demand-center playbook activate DIR"
                );
            }
        }
        let TickSource::Wall(upstream) = &self.ticks else { return Ok(()) };
        let Some(passed) = upstream.passed() else { return Ok(()) };
        let at = Timestamp::from_millis(passed.min(wall_millis));
        let value = Input::Tick(at).encode();
        let tick = Output { key: None, ..Output::new(self.topics.inbox, b"", &value) };
        context.send(&tick.to_partition(context.partition()))
    }

    fn closed(&mut self, partition: i32) {
        self.engines.remove(&partition);
        self.figures.forget(partition);
    }

    fn aborted(&mut self) {
        // What an engine remembers beside its rows is read again from them.
        self.engines.clear();
        self.effects.clear();
        self.delays.clear();
        self.figures.aborted();
    }
}

fn subject_of(key: &[u8]) -> Result<SubjectId, Fault> {
    let text = std::str::from_utf8(key).unwrap_or_default();
    text.parse().map_err(|error: touchpoint::ParseIdError| Fault::poison("DC-2102", "key", error.to_string()))
}
