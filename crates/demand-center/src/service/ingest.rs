//! The services `ingest CHANNEL`: raw records in, touchpoints keyed by the owner of their strongest identifier out.
//! At least once: a touchpoint that comes twice is found by its input's id.

use super::engine::trace_of;
use super::mappings::InForce;
use super::retry::{Meant, NOT_FOUND};
use super::routing;
use super::tally::Tally;
use crate::raw;
use ::ingest::{Decoder, Element, ElementHash, Outcomes, RawMeta};
use arc_swap::Cache;
use observe::ServiceMetrics;
use std::sync::Arc;
use stream::dead_letter::{Copies, DeadLetter, first_came};
use stream::{Fault, Record, Sink, Transform};
use touchpoint::{DropReason, Outcome, Rejection, RejectionCode, Timestamp};

/// What the runtime calls for each raw record.
pub(crate) struct IngestTransform {
    channel: String,
    default_source: String,
    sources: Cache<InForce, Arc<Decoder>>,
    router: identity::Router,
    reader: wire::Decoder,
    touchpoints: routing::Touchpoints,
    outcomes: Outcomes,
    figures: Figures,
}

impl std::fmt::Debug for IngestTransform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IngestTransform").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// The rejected elements of one record.
struct Refusals<'a> {
    record: &'a Record<'a>,
    source: &'static str,
    several: bool,
    /// The element that the last of them was about.
    last: Option<usize>,
    copies: Copies,
}

struct Figures {
    metrics: ServiceMetrics,
    /// (source, outcome): sources are few, but a header can name anything; unknown ones count as `other`.
    elements: Tally<(&'static str, &'static str)>,
    rejections: Tally<RejectionCode>,
    drops: Tally<DropReason>,
}

impl IngestTransform {
    #[allow(clippy::too_many_arguments)] // made once, by the command
    pub(crate) fn new(
        channel: &str,
        default_source: &str,
        sources: InForce,
        router: identity::Router,
        reader: wire::Decoder,
        touchpoints: routing::Touchpoints,
        metrics: &ServiceMetrics,
    ) -> Self {
        let named = source_name(&sources.load(), default_source);
        Self {
            channel: channel.to_owned(),
            default_source: default_source.to_owned(),
            sources: Cache::new(sources),
            router,
            reader,
            touchpoints,
            outcomes: Outcomes::default(),
            figures: Figures {
                metrics: metrics.clone(),
                elements: Tally::of(
                    ["touchpoint", "dropped", "rejected"]
                        .map(|outcome| ((named, outcome), metrics.elements(named, outcome))),
                ),
                // The others are shown as 0; this one is the router's, in `resolve`.
                rejections: Tally::of(
                    RejectionCode::ALL
                        .iter()
                        .filter(|code| **code != RejectionCode::TooManyHops)
                        .map(|code| (*code, metrics.rejections(code.code(), code.name()))),
                ),
                drops: Tally::of([]),
            },
        }
    }

    /// Adds the outcomes, and names the source for the metrics.
    fn decode(&mut self, meta: &RawMeta<'_>, value: &[u8]) -> Result<&'static str, Fault> {
        let decoder = self.sources.load();
        raw::decode(&mut self.reader, decoder, meta, value, &mut self.outcomes)
            .map_err(|error| Fault::retry("DC-2201", error.to_string()))?;
        Ok(source_name(decoder, meta.source.unwrap_or_default()))
    }
}

impl Transform for IngestTransform {
    fn apply(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Result<(), Fault> {
        let headers: Vec<(&str, &[u8])> = record.headers.iter().collect();
        let received_at = record.timestamp_millis.unwrap_or_else(|| observe::clock::now().as_millis());
        // Of one that is sent again the first time counts: else it would be newer than what has corrected it since.
        let first_came = Timestamp::from_millis(first_came(record).unwrap_or(received_at));
        let received_at = Timestamp::from_millis(received_at);
        let source = record.headers.text("source").unwrap_or(&self.default_source).to_owned();
        let channel = self.channel.clone();
        let meta = RawMeta {
            topic_channel: Some(&channel),
            source: Some(&source),
            headers: &headers,
            received_at: first_came,
        };
        self.outcomes.clear();
        let source = self.decode(&meta, record.value.unwrap_or_default())?;
        let mut refusals =
            Refusals { record, source, several: self.outcomes.elements() > 1, last: None, copies: Copies::default() };
        let trace = trace_of(record);
        let mut meant = Meant::of(record);
        let elements = self.outcomes.elements();
        let mut whole = None;
        for (element, outcome) in self.outcomes.drain() {
            if !meant.takes(element) {
                if let (None, Outcome::Rejected(rejection)) = (element.hash, outcome) {
                    whole = Some(rejection);
                }
                continue;
            }
            match outcome {
                Outcome::Touchpoint(touchpoint) => match self.router.first_hop(*touchpoint, received_at) {
                    Ok(first) => {
                        self.figures.element(source, "touchpoint");
                        let at = Some(received_at.as_millis());
                        self.touchpoints.send(first.key, &first.message, trace, at, |output| out.send(output))?;
                    }
                    Err(rejection) => self.figures.reject(&mut refusals, element, &rejection, out)?,
                },
                Outcome::Dropped(reason) => {
                    self.figures.element(source, "dropped");
                    self.figures.drop(reason);
                }
                Outcome::Rejected(rejection) => {
                    self.figures.reject(&mut refusals, element, &rejection, out)?;
                }
            }
        }
        // Behind all that are there, so that each has a letter of its own.
        for (place, hash) in (elements..).zip(meant.not_found()) {
            let not_found = || Rejection::new(RejectionCode::Malformed, "", format!("the element {NOT_FOUND}"));
            refusals.several = true;
            let element = Element { place, hash: ElementHash::parse(hash) };
            self.figures.reject(&mut refusals, element, &whole.clone().unwrap_or_else(not_found), out)?;
        }
        Ok(())
    }

    fn committed(&mut self) {
        self.figures.elements.committed();
        self.figures.rejections.committed();
        self.figures.drops.committed();
    }

    fn aborted(&mut self) {
        self.figures.elements.aborted();
        self.figures.rejections.aborted();
        self.figures.drops.aborted();
    }
}

/// The source as metrics name it: a header can name anything.
fn source_name(decoder: &Decoder, source: &str) -> &'static str {
    decoder.source(source).map_or("other", |info| info.name)
}

impl Figures {
    /// Counts a rejection and writes its dead letter.
    fn reject(
        &mut self,
        refusals: &mut Refusals<'_>,
        element: Element,
        rejection: &Rejection,
        out: &mut dyn Sink,
    ) -> Result<(), Fault> {
        let record = refusals.record;
        self.element(refusals.source, "rejected");
        self.rejections.count(rejection.code, |code| self.metrics.rejections(code.code(), code.name()));
        // An element is refused once, whatever else is wrong with it.
        if refusals.last.replace(element.place) == Some(element.place) {
            return Ok(());
        }
        let hash = element.hash.filter(|_| refusals.several).map(|hash| hash.to_string());
        let element = refusals.several.then_some(element.place as u32);
        out.dead_letter(&DeadLetter {
            record,
            element,
            element_hash: hash.as_deref(),
            value_in: element.and_then(|element| refusals.copies.value_in(record, element)),
            code: rejection.code.code(),
            field: &rejection.field,
            message: &rejection.message,
        })
    }

    fn element(&mut self, source: &'static str, outcome: &'static str) {
        self.elements.count((source, outcome), |(source, outcome)| self.metrics.elements(source, outcome));
    }

    fn drop(&mut self, reason: DropReason) {
        self.drops.count(reason, |reason| self.metrics.drops(reason.0));
    }
}
