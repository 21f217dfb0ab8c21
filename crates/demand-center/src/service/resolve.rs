//! The service `resolve`: whose touchpoint is it? One row per identifier, each with this one writer.

use super::engine::{MOVED, TRACEPARENT, trace_of};
use super::reviews::Reviews;
use super::routing::{self, Touchpoints};
use super::tally::Tally;
use ::engine::input::Input;
use identity::{CodecError, Coded, Counter, Out, Router};
use observe::ServiceMetrics;
use prometheus::Histogram;
use stream::dead_letter::DeadLetter;
use stream::{Context, Fault, Output, Processor, Record, RowError, Topic};
use touchpoint::{Delivery, RejectionCode, Timestamp};

/// An identifier's row as the store keeps it.
#[derive(Debug)]
pub(crate) struct StoredIdentity(identity::Row);

/// The one table of this service.
const TABLE: u8 = b'I';

impl stream::Row for StoredIdentity {
    fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        // The router makes no row that has no bytes; an empty one would be refused when it is read.
        if self.0.encode(out).is_err() {
            out.truncate(start);
        }
    }

    fn decode(_key: &[u8], bytes: &[u8]) -> Result<Self, RowError> {
        identity::Row::decode(bytes).map(Self).map_err(|error| match error {
            CodecError::Newer { found, .. } => {
                RowError::Newer { found: u32::from(found), known: u32::from(identity::FORMAT) }
            }
            CodecError::Malformed { .. } => RowError::Malformed(error.to_string()),
        })
    }
}

/// What the runtime calls for each record of `demand.touchpoints`.
pub(crate) struct ResolveProcessor {
    router: Router,
    decoder: wire::Decoder,
    touchpoints: Touchpoints,
    inbox: Topic,
    reviews: Reviews,
    out: Vec<Out>,
    decisions: Tally<Counter>,
    rejections: Tally<RejectionCode>,
    metrics: ServiceMetrics,
    arrival_delay: Histogram,
    delays: Vec<Timestamp>,
}

impl std::fmt::Debug for ResolveProcessor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResolveProcessor").finish_non_exhaustive()
    }
}

impl ResolveProcessor {
    pub(crate) fn new(
        router: Router,
        decoder: wire::Decoder,
        touchpoints: Touchpoints,
        inbox: Topic,
        reviews: Reviews,
        metrics: &ServiceMetrics,
    ) -> Self {
        let counters = Counter::ALL.iter().copied();
        Self {
            router,
            decoder,
            touchpoints,
            inbox,
            reviews,
            out: Vec::new(),
            decisions: Tally::of(counters.map(|counter| (counter, metrics.identity_decisions(counter.name())))),
            rejections: Tally::of(
                [RejectionCode::TooManyHops].map(|code| (code, metrics.rejections(code.code(), code.name()))),
            ),
            metrics: metrics.clone(),
            arrival_delay: metrics.arrival_delay_seconds(),
            delays: Vec::new(),
        }
    }

    fn carry_out(&mut self, context: &mut Context<'_, StoredIdentity>, record: &Record<'_>) -> Result<(), Fault> {
        let trace = trace_of(record);
        let both: [(&str, &[u8]); 2] = [(MOVED, b"1"), (TRACEPARENT, trace.unwrap_or_default())];
        for out in self.out.drain(..) {
            match out {
                Out::Message { to, message } => {
                    let at = record.timestamp_millis;
                    self.touchpoints.send(to, &message, trace, at, |output| context.send(output))?;
                }
                Out::Delivery { to, delivery } => {
                    // The raw record's time travels with a touchpoint on its first way only.
                    let mut moved = false;
                    if let Delivery::Touchpoint(delivered) = &delivery {
                        moved = record.timestamp_millis != Some(delivered.arrived_at.as_millis());
                        if !moved {
                            self.delays.push(delivered.arrived_at);
                        }
                    }
                    let key = to.to_string();
                    let value = Input::Delivery(delivery).encode();
                    let headers = match (moved, trace) {
                        (true, Some(_)) => &both[..],
                        (true, None) => &both[..1],
                        (false, Some(_)) => &both[1..],
                        (false, None) => &[],
                    };
                    context.send(&Output::new(self.inbox, key.as_bytes(), &value).with_headers(headers))?;
                }
                Out::Counted { what, at: _ } => {
                    self.decisions.count(what, |what| self.metrics.identity_decisions(what.name()));
                }
                Out::Review { about, open } => {
                    let at = Timestamp::from_millis(record.timestamp_millis.unwrap_or_default());
                    let review = self.reviews.record(about, open, at);
                    let mut value = Vec::new();
                    self.reviews.encoder.write(&review, &mut value);
                    context.send(&Output::new(self.reviews.topic, review.review_id.as_bytes(), &value))?;
                }
                Out::TooManyHops { .. } => {
                    let code = RejectionCode::TooManyHops;
                    self.rejections.count(code, |code| self.metrics.rejections(code.code(), code.name()));
                    let message =
                        "went round between identifiers more often than any rule makes it; it goes no further";
                    context.dead_letter(&DeadLetter {
                        record,
                        element: None,
                        element_hash: None,
                        value_in: None,
                        code: code.code(),
                        field: "",
                        message,
                    })?;
                }
            }
        }
        Ok(())
    }
}

impl Processor for ResolveProcessor {
    type Row = StoredIdentity;

    fn apply(&mut self, context: &mut Context<'_, StoredIdentity>, record: &Record<'_>) -> Result<(), Fault> {
        let (owner, message) = routing::read(record, &mut self.decoder)?;
        let mut key = [TABLE; 17];
        key[1..].copy_from_slice(&owner.0);
        let mut row = context.get(&key)?.map(|row| row.0.clone());
        let changed = self
            .router
            .route(owner, &mut row, message, &mut self.out)
            .map_err(|misrouted| Fault::poison("DC-2102", "key", misrouted.to_string()))?;
        if changed {
            match row {
                Some(row) => context.put(&key, StoredIdentity(row))?,
                None => context.delete(&key)?,
            }
        }
        self.carry_out(context, record)
    }

    fn committed(&mut self) {
        self.decisions.committed();
        self.rejections.committed();
        let now = observe::clock::now();
        for arrived in self.delays.drain(..) {
            self.arrival_delay.observe(now.seconds_since(arrived.as_millis()));
        }
    }

    fn aborted(&mut self) {
        self.out.clear();
        self.delays.clear();
        self.decisions.aborted();
        self.rejections.aborted();
    }
}
