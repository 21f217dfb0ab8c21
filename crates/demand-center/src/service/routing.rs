//! Records of `demand.touchpoints`: how the router's messages stand in Kafka.
//!
//! Key: the identifier's key (26 characters of base 32). A touchpoint under way is a touchpoint in the form of the
//! outputs, for everybody to read, with the router's part in the header [`ROUTING`]. What one owner tells another has no
//! such header; its value is the router's own.

use super::engine::TRACEPARENT;
use identity::{Coded, Message, Notice, Routing, Visit};
use stream::{Fault, Output, Record, Topic};
use touchpoint::{IdentifierKey, Touchpoint};
use wire::{DecodeError, Decoder, Encoder};

/// Header with the router's part of a touchpoint under way.
pub(crate) const ROUTING: &str = "dc.routing";

/// The topic as its writers see it.
#[derive(Clone, Debug)]
pub(crate) struct Touchpoints {
    pub(crate) topic: Topic,
    pub(crate) encoder: Encoder,
}

impl Touchpoints {
    /// Sends one message to the owner of `to`. `at_millis`: Kafka's time of the raw record that it comes of, which travels
    /// along, since partition time may not pass it; none: now.
    ///
    /// # Errors
    /// What the client says.
    pub(crate) fn send(
        &self,
        to: IdentifierKey,
        message: &Message,
        trace: Option<&[u8]>,
        at_millis: Option<i64>,
        send: impl FnOnce(&Output<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let key = to.to_string();
        let mut value = Vec::with_capacity(512);
        let mut routing = Vec::new();
        let mut headers: Vec<(&str, &[u8])> = Vec::with_capacity(2);
        match message {
            Message::Visit(visit) => {
                self.encoder.write(&visit.touchpoint, &mut value);
                visit.routing.encode(&mut routing).map_err(|error| unwritable(&error))?;
                headers.push((ROUTING, &routing));
            }
            Message::Notice(notice) => notice.encode(&mut value).map_err(|error| unwritable(&error))?,
        }
        headers.extend(trace.map(|trace| (TRACEPARENT, trace)));
        let output = Output::new(self.topic, key.as_bytes(), &value).with_headers(&headers);
        send(&Output { timestamp_millis: at_millis, ..output })
    }
}

/// Reads one record: the owner it is for, and what it says.
///
/// # Errors
/// [`Fault::Poison`] when it was not written by the pipeline; [`Fault::Retry`] when the registry does not answer.
pub(crate) fn read(record: &Record<'_>, decoder: &mut Decoder) -> Result<(IdentifierKey, Message), Fault> {
    let key = std::str::from_utf8(record.key.unwrap_or_default()).unwrap_or_default();
    let key: IdentifierKey = key
        .parse()
        .map_err(|_| Fault::poison("DC-2102", "key", "is not the key of an identifier: 26 characters of base 32"))?;
    let value = record.value.unwrap_or_default();
    let message = match record.headers.get(ROUTING) {
        Some(routing) => {
            let routing = Routing::decode(routing).map_err(|error| unreadable(ROUTING, &error))?;
            let touchpoint: Touchpoint = decoder.read(value).map_err(|error| match error {
                DecodeError::Rejected(rejection) => Fault::poison("DC-2101", "value", rejection.message),
                DecodeError::Registry(error) => Fault::retry("DC-2201", error.to_string()),
            })?;
            Message::Visit(Box::new(Visit { touchpoint, routing }))
        }
        None => Message::Notice(Notice::decode(value).map_err(|error| unreadable("value", &error))?),
    };
    Ok((key, message))
}

fn unreadable(field: &str, error: &identity::CodecError) -> Fault {
    Fault::poison("DC-2101", field, error.to_string())
}

fn unwritable(error: &identity::CodecError) -> Fault {
    Fault::fatal("DC-2105", error.to_string())
}
