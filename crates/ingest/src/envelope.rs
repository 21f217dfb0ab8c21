//! What may stand around a payload: lines of JSON, and CloudEvents 1.0 in structured, batched and binary mode.
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>
//!
//! A CloudEvent is an envelope, no mapping: which decoder reads the payload is said by the header `source` or the
//! topic's default alone. Its `id`, `source`, `type` and `time` stand in for `id`, `source`, `kind` and `occurred_at`
//! of a *canonical* payload that lacks them, verbatim, and never override what the payload says. A tool's payload has
//! an id and a time of its own, which stay the same when a relay sends it again in another envelope; there the
//! attributes are not read.

use crate::fields::{Fields, Place};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use touchpoint::{Rejection, RejectionCode};

/// The attributes of a CloudEvent that a canonical payload may lean on.
#[derive(Clone, Copy)]
pub(crate) struct Envelope<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) source: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) time: Option<&'a str>,
}

impl<'a> Envelope<'a> {
    /// Binary mode: the attributes are headers, the value is the payload.
    pub(crate) fn from_headers(headers: &'a [(&'a str, &'a [u8])]) -> Result<Option<Self>, Rejection> {
        let attribute = |name: &str| match header(headers, name) {
            None => Ok(None),
            Some(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
                Err(_) => Err(Place::Root.key(name).invalid("must be UTF-8")),
            },
        };
        let Some(version) = attribute("ce_specversion")? else { return Ok(None) };
        supported(version, Place::Root.key("ce_specversion"))?;
        Ok(Some(Self {
            id: attribute("ce_id")?,
            source: attribute("ce_source")?,
            kind: attribute("ce_type")?,
            time: attribute("ce_time")?,
        }))
    }

    /// Structured mode: the attributes and the payload.
    pub(crate) fn unwrap(value: &'a Json, place: Place<'a>) -> Result<(Self, Cow<'a, Json>), Rejection> {
        let event = Fields::new(value, place)?;
        supported(event.need_text("specversion", NEEDED)?, place.key("specversion"))?;
        let envelope = Self {
            id: Some(event.need_text("id", NEEDED)?),
            source: Some(event.need_text("source", NEEDED)?),
            kind: Some(event.need_text("type", NEEDED)?),
            time: event.text("time")?,
        };
        if let Some(content_type) = event.text("datacontenttype")?
            && !is_json(content_type)
        {
            return Err(event.invalid("datacontenttype", "must be JSON inside a structured CloudEvent"));
        }
        if let Some(content) = event.get("data") {
            return Ok((envelope, Cow::Borrowed(content)));
        }
        let Some(encoded) = event.text("data_base64")? else {
            return Err(event.missing("data", "a CloudEvent without data says nothing"));
        };
        let place = place.key("data_base64");
        let bytes = STANDARD.decode(encoded).map_err(|_| place.invalid("is no base64"))?;
        match serde_json::from_slice(&bytes) {
            Ok(content) => Ok((envelope, Cow::Owned(content))),
            Err(error) => Err(Rejection { field: place.to_string().into(), ..no_json(&error) }),
        }
    }
}

const NEEDED: &str = "is needed in every CloudEvent";

fn supported(version: &str, place: Place<'_>) -> Result<(), Rejection> {
    if version.starts_with("1.") { Ok(()) } else { Err(place.invalid("must be a CloudEvent of version 1")) }
}

/// True when the content type says so: `application/cloudevents+json` or `application/cloudevents-batch+json`.
pub(crate) fn is_structured(headers: &[(&str, &[u8])]) -> bool {
    const MODE: &[u8] = b"application/cloudevents";
    header(headers, "content-type")
        .is_some_and(|kind| kind.get(..MODE.len()).is_some_and(|start| start.eq_ignore_ascii_case(MODE)))
}

/// True for an object with all the attributes that a CloudEvent must have; no tool's payload has these four.
pub(crate) fn looks_structured(map: &Map<String, Json>) -> bool {
    ["specversion", "id", "source", "type"].iter().all(|name| map.get(*name).is_some_and(Json::is_string))
}

fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

fn header<'a>(headers: &[(&str, &'a [u8])], name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// May the text be JSON, as far as its first character tells? A byte order mark is common in exported files.
pub(crate) fn begins_as_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(UTF_8_MARK).unwrap_or(text).trim_ascii_start();
    text.is_empty() || matches!(text[0], b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
}

/// The byte order mark of UTF-8.
pub(crate) const UTF_8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The JSON values of a record: one, or several one after the other (as Firehose joins them, or one a line).
/// A value that cannot be read ends the record; what stands before it is kept.
pub(crate) fn values(bytes: &[u8]) -> impl Iterator<Item = Result<Json, Rejection>> {
    values_with_places(bytes).map(|(_, value)| value)
}

/// The same, each with the byte after which it stands.
pub(crate) fn values_with_places(bytes: &[u8]) -> impl Iterator<Item = (usize, Result<Json, Rejection>)> {
    // Editors on Windows put a byte order mark before JSON.
    let (mark_bytes, bytes) = bytes.strip_prefix(UTF_8_MARK).map_or((0, bytes), |rest| (UTF_8_MARK.len(), rest));
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Json>();
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let start = mark_bytes + stream.byte_offset();
        let next = stream.next()?;
        ended = next.is_err();
        Some((start, next.map_err(|error| no_json(&error))))
    })
}

/// Names the place of the fault, never the text there.
fn no_json(error: &serde_json::Error) -> Rejection {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return Rejection::new(RejectionCode::TooLarge, "", "nests deeper than the decoder reads");
    }
    let what = if error.is_eof() { "ends too early" } else { "is no JSON" };
    Rejection::new(RejectionCode::Malformed, "", format!("{what}, at line {line}, column {column}"))
}
