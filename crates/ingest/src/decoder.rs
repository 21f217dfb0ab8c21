//! From bytes to outcomes: size, JSON, CloudEvents, batches, then the source's own decoder, element by element.

use crate::check;
use crate::element::ElementHash;
use crate::envelope::{self, Envelope};
use crate::fields::{Place, depth_is_within_limit};
use crate::mapping::Mapping;
use crate::ours::Ours;
use crate::outcomes::Outcomes;
use crate::registry::{self, Source, SourceInfo};
use crate::settings::{Settings, SettingsError};
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use touchpoint::{DropReason, Outcome, Rejection, RejectionCode, Timestamp, Touchpoint, limits};

/// What Kafka and the service know of a raw record beside its value.
#[derive(Clone, Copy, Debug)]
pub struct RawMeta<'a> {
    /// The channel of the raw topic; `None` where there is no topic (`sources try`).
    pub topic_channel: Option<&'a str>,
    /// The mapping: the header `source`, else the topic's default. `None` means `canonical`.
    pub source: Option<&'a str>,
    /// The record's headers. Read are `content-type` and those of a CloudEvent in binary mode (`ce_id`, ...).
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The record's Kafka timestamp: "future" means later than it (see [`crate::CLOCK_SKEW_MAX_MILLIS`]).
    pub received_at: Timestamp,
}

impl RawMeta<'_> {
    /// A record without topic and headers, as `sources try` reads it from a file.
    pub const fn received_at(received_at: Timestamp) -> Self {
        Self { topic_channel: None, source: None, headers: &[], received_at }
    }
}

/// Turns raw records into outcomes. Made once from the settings, shared by all.
#[derive(Clone, Debug)]
pub struct Decoder {
    settings: Settings,
    zone: TimeZone,
    ours: Ours,
    /// A company's own sources.
    mapped: Vec<Source>,
}

impl Decoder {
    /// # Errors
    /// When a setting means nothing: an unknown zone, a table entry without a kind.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Self::with_mappings(settings, Vec::new())
    }

    /// With a company's own sources; one that is called as a built-in takes its place.
    ///
    /// # Errors
    /// As [`Decoder::new`].
    pub fn with_mappings(settings: Settings, mappings: Vec<Mapping>) -> Result<Self, SettingsError> {
        let mapped: Vec<Source> = mappings.into_iter().map(|mapping| Source::Mapped(Box::new(mapping))).collect();
        let (settings, zone) = settings.compile(|name| registry::look_up(&mapped, name).is_some())?;
        let ours = Ours::of(&settings.internal, &settings.tests)?;
        Ok(Self { settings, zone, ours, mapped })
    }

    /// Every source, a company's own first.
    pub fn sources(&self) -> impl Iterator<Item = &SourceInfo> {
        registry::known(&self.mapped)
    }

    /// The source by which a record with this name in its header is decoded.
    pub fn source(&self, name: &str) -> Option<&SourceInfo> {
        registry::look_up(&self.mapped, name).map(|(_, source)| source.info())
    }

    /// Names of built-in sources that lead to one of a company's own as an alias, each with that one: perhaps by mistake.
    pub fn taken_by_aliases(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let infos = self.mapped.iter().map(Source::info);
        infos.flat_map(|info| info.aliases.iter().map(|alias| (*alias, info.name))).filter(|(alias, own)| {
            // A file that replaces a built-in source takes its aliases, too.
            registry::source(alias).is_some_and(|ours| !ours.is_called(own))
        })
    }

    pub(crate) fn own_sources(&self) -> &[Source] {
        &self.mapped
    }

    /// Decodes a record (JSON: plain, list, lines, or CloudEvent; else what the source's mapping file reads) and adds one
    /// outcome or more per element, in order. At least one is added: an empty list is a named drop, a record that cannot be
    /// read one rejection.
    pub fn decode(&self, meta: &RawMeta<'_>, value: &[u8], out: &mut Outcomes) {
        let start = out.len();
        if value.len() > limits::RAW_RECORD_BYTES_MAX {
            let message = format!("is longer than {} bytes", limits::RAW_RECORD_BYTES_MAX);
            return out.push(Outcome::Rejected(Rejection::new(RejectionCode::TooLarge, "", message)));
        }
        if let Err(rejection) = self.decode_text(meta, value, out) {
            out.push(Outcome::Rejected(rejection));
        }
        cap(out, start);
    }

    fn decode_text(&self, meta: &RawMeta<'_>, value: &[u8], out: &mut Outcomes) -> Result<(), Rejection> {
        let start = out.len();
        let named = self.named(meta)?;
        if let Some(pieces) = named.1.pieces(value) {
            if pieces.is_empty() {
                return Err(Rejection::new(RejectionCode::Malformed, "", "is empty: no row or line stands in it"));
            }
            for (index, piece) in pieces.iter().enumerate().take(limits::RAW_ELEMENTS_MAX + 1) {
                // One that is alone is the record.
                let place = if pieces.len() == 1 { Place::Root } else { Place::Index(&Place::Root, index) };
                let read = piece.element.as_ref().map_err(|refused| place.prefix(refused.clone()));
                self.decode_one(meta, named, read, (place, Some(piece.hash)), out);
            }
        } else if !envelope::begins_as_json(value) {
            let message = "the value is neither JSON text nor Avro in Confluent wire format or single-object encoding";
            return Err(Rejection::new(RejectionCode::Malformed, "", message));
        } else {
            let mut values = envelope::values_with_places(value).peekable();
            let mut is_alone = true;
            while let Some((at, json)) = values.next() {
                is_alone &= values.peek().is_none();
                let hash = match &json {
                    _ if is_alone => None,
                    Ok(json) => Some(ElementHash::of_json(json)),
                    Err(_) => Some(ElementHash::of_bytes(&value[at..])),
                };
                self.decode_one(meta, named, json.as_ref().map_err(Rejection::clone), (Place::Root, hash), out);
                if out.len() - start > limits::RAW_ELEMENTS_MAX {
                    break;
                }
            }
        }
        if out.len() == start {
            let message = "is empty: expected JSON; send a void to take an input back";
            return Err(Rejection::new(RejectionCode::Malformed, "", message));
        }
        Ok(())
    }

    /// The same for a value that was read from Avro or another encoding already.
    pub fn decode_value(&self, meta: &RawMeta<'_>, value: &Json, out: &mut Outcomes) {
        let start = out.len();
        match self.named(meta) {
            Ok(named) => self.decode_one(meta, named, Ok(value), (Place::Root, None), out),
            Err(rejection) => out.push(Outcome::Rejected(rejection)),
        }
        cap(out, start);
    }

    /// The source of a record, and what it is called there.
    fn named(&self, meta: &RawMeta<'_>) -> Result<(&'static str, &Source), Rejection> {
        registry::find(&self.mapped, meta.source.map_or("canonical", str::trim))
    }

    fn decode_one(
        &self,
        meta: &RawMeta<'_>,
        named: (&'static str, &Source),
        value: Result<&Json, Rejection>,
        (place, hash): (Place<'_>, Option<ElementHash>),
        out: &mut Outcomes,
    ) {
        out.begin_element(hash);
        let read = value.and_then(|value| self.elements(meta, named, value, place, out));
        if let Err(rejection) = read {
            out.push(Outcome::Rejected(rejection));
        }
    }

    fn elements(
        &self,
        meta: &RawMeta<'_>,
        (name, source): (&'static str, &Source),
        value: &Json,
        place: Place<'_>,
        out: &mut Outcomes,
    ) -> Result<(), Rejection> {
        if !depth_is_within_limit(value) {
            return Err(too_deep());
        }
        let context = Context {
            decoder: self,
            source: name,
            channel: channel(name, source, meta.topic_channel)?,
            received_at: meta.received_at,
            record: value,
            envelope: Envelope::from_headers(meta.headers)?,
            place,
        };
        if envelope::is_structured(meta.headers) {
            context.cloud_events(source, value, out)
        } else {
            context.elements(source, value, true, out)
        }
    }
}

/// What a source's decoder knows beside the element.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    decoder: &'a Decoder,
    /// The source's name as the record used it; an alias stays one.
    pub(crate) source: &'static str,
    /// The channel of the touchpoints; `None` for canonical records without a topic.
    pub(crate) channel: Option<&'a str>,
    received_at: Timestamp,
    /// The whole record, around the element.
    pub(crate) record: &'a Json,
    /// The CloudEvent around the element.
    pub(crate) envelope: Option<Envelope<'a>>,
    pub(crate) place: Place<'a>,
}

impl<'a> Context<'a> {
    pub(crate) const fn settings(&self) -> &'a Settings {
        &self.decoder.settings
    }

    pub(crate) const fn zone(&self) -> &'a TimeZone {
        &self.decoder.zone
    }

    /// When the broker took the raw record.
    pub(crate) const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// The channel of a tool's touchpoints.
    pub(crate) fn tool_channel(&self) -> &'a str {
        self.channel.unwrap_or_default()
    }

    /// The same for touchpoints of another channel, where one is said.
    pub(crate) fn on_channel(&self, channel: Option<&'a str>) -> Self {
        Self { channel: channel.or(self.channel), ..*self }
    }

    /// True when the settings drop this event type of this source.
    pub(crate) fn ignores(&self, event: &str) -> bool {
        let lists = &self.settings().ignored_events;
        lists.get(self.source).is_some_and(|events| events.iter().any(|ignored| ignored == event))
    }

    /// The one way a touchpoint leaves a decoder. `time_field` is what the source calls the time it occurred.
    pub(crate) fn finish(
        &self,
        mut touchpoint: Touchpoint,
        time_field: &str,
        out: &mut Outcomes,
    ) -> Result<(), Rejection> {
        self.decoder.ours.mark(&mut touchpoint);
        check::check(&touchpoint, self.received_at, time_field).map_err(|rejection| self.place.prefix(rejection))?;
        out.push(Outcome::Touchpoint(Box::new(touchpoint)));
        Ok(())
    }

    /// A list of elements, the source's own batch, a CloudEvent, or one element. `outer`: not yet inside a batch.
    fn elements(&self, source: &Source, value: &Json, outer: bool, out: &mut Outcomes) -> Result<(), Rejection> {
        match value {
            Json::Array(items) if outer => self.batch(source, items, self.place, out),
            Json::Object(map) => {
                if self.envelope.is_none() && envelope::looks_structured(map) {
                    return self.cloud_events(source, value, out);
                }
                let batch = match source {
                    Source::Coded(coded) => coded.batch_field.and_then(|name| map.get(name).map(|list| (name, list))),
                    Source::Mapped(mapping) => mapping.batch(self, value),
                };
                match batch {
                    Some((name, Json::Array(items))) if outer => {
                        self.batch(source, items, Place::Key(&self.place, name), out)
                    }
                    _ => self.element(source, value, out),
                }
            }
            _ => self.element(source, value, out),
        }
    }

    fn batch(&self, source: &Source, items: &[Json], at: Place<'_>, out: &mut Outcomes) -> Result<(), Rejection> {
        if items.is_empty() {
            out.push(Outcome::Dropped(EMPTY_BATCH));
        }
        if items.len() > limits::RAW_ELEMENTS_MAX {
            return Err(too_many());
        }
        for (index, item) in items.iter().enumerate() {
            let context = Context { place: Place::Index(&at, index), ..*self };
            out.begin_element(Some(ElementHash::of_json(item)));
            if let Err(rejection) = context.elements(source, item, false, out) {
                out.push(Outcome::Rejected(rejection));
            }
        }
        Ok(())
    }

    /// Unwraps a CloudEvent in structured mode, or a batch of them.
    fn cloud_events(&self, source: &Source, value: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
        if let Json::Array(items) = value {
            if items.is_empty() {
                out.push(Outcome::Dropped(EMPTY_BATCH));
            }
            for (index, item) in items.iter().enumerate() {
                let context = Context { place: Place::Index(&self.place, index), ..*self };
                out.begin_element(Some(ElementHash::of_json(item)));
                if let Err(rejection) = context.cloud_events_one(source, item, out) {
                    out.push(Outcome::Rejected(rejection));
                }
            }
            return Ok(());
        }
        self.cloud_events_one(source, value, out)
    }

    fn cloud_events_one(&self, source: &Source, value: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
        let (event, content) = Envelope::unwrap(value, self.place)?;
        if !depth_is_within_limit(&content) {
            return Err(too_deep());
        }
        Context { envelope: Some(event), place: Place::Key(&self.place, "data"), ..*self }
            .elements(source, &content, true, out)
    }

    fn element(&self, source: &Source, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
        let before = out.len();
        match source {
            Source::Coded(coded) => (coded.decode)(self, element, out)?,
            Source::Mapped(mapping) => mapping.decode(self, element, out)?,
        }
        debug_assert!(out.len() > before, "{} lost an element", self.source);
        Ok(())
    }
}

/// The channel of a source's touchpoints: its topic's. A tool belongs to the topic of its own channel or to that of a
/// declared one (usage that Segment sends to `product`); an e-mail event on the web topic is a wrong turn.
fn channel<'a>(name: &str, source: &Source, topic: Option<&'a str>) -> Result<Option<&'a str>, Rejection> {
    const BUILT_IN: [&str; 6] = ["web", "email", "call", "event", "crm", "profile"];
    let home = source.info().channel.or_else(|| BUILT_IN.into_iter().find(|channel| *channel == name));
    match (home, topic) {
        (Some(home), Some(topic)) if source.info().channel.is_some() && home != topic && BUILT_IN.contains(&topic) => {
            Err(Rejection::new(
                RejectionCode::WrongChannel,
                "source",
                format!("`{name}` belongs to the raw topic of channel `{home}`, not of `{topic}`"),
            ))
        }
        (home, topic) => Ok(topic.or(home)),
    }
}

/// A list without elements: nothing to account for, but seen.
const EMPTY_BATCH: DropReason = DropReason("empty_batch");

/// Holds a record to the number of elements: beyond it the whole record is one rejection.
fn cap(out: &mut Outcomes, start: usize) -> bool {
    let beyond = out.len() - start > limits::RAW_ELEMENTS_MAX;
    if beyond {
        out.truncate(start);
        out.push(Outcome::Rejected(too_many()));
    }
    beyond
}

pub(crate) fn too_many() -> Rejection {
    let message = format!("has more than {} elements: send smaller batches", limits::RAW_ELEMENTS_MAX);
    Rejection::new(RejectionCode::TooLarge, "", message)
}

fn too_deep() -> Rejection {
    Rejection::new(RejectionCode::TooLarge, "", format!("nests deeper than {} levels", limits::DEPTH_MAX))
}
