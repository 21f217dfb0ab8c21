//! Reads the canonical touchpoint. A field that it does not know is refused, with a suggestion: `identifer` must not
//! lose a person silently. Inside `properties`, `answers` and `attributes` anything goes, within the limits.

use super::parts;
use super::shape::{self, Field};
use crate::decoder::Context;
use crate::fields::{Fields, Place};
use crate::flatten;
use crate::outcomes::Outcomes;
use crate::registry::{Becomes, Coded, SourceInfo, line};
use crate::suggest;
use serde_json::Value as Json;
use touchpoint::{Date, Direction, Outcome, Rejection, RejectionCode, Text, Touchpoint, limits};

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "canonical",
        aliases: &["crm", "profile"],
        channel: None,
        format: "the canonical JSON touchpoint of this project",
        summary: "One touchpoint an object, on every raw topic. `crm` and `profile` are the same, with that channel \
                  where neither the record nor its topic names one.",
        events: &[line("*", &[Becomes::OwnKind], "the kind that it says")],
    },
    batch_field: None,
    decode,
};

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let fields = Fields::new(element, context.place)?;
    refuse_unknown(&fields, shape::TOUCHPOINT)?;
    let touchpoint = read(context, &fields)?;
    if context.ignores(&touchpoint.kind) {
        out.push(Outcome::Dropped(crate::IGNORED_BY_SETTING));
        return Ok(());
    }
    context.finish(touchpoint, "occurred_at", out)
}

/// Reads one without its limits, which [`Context::finish`] checks.
pub(crate) fn touchpoint(context: &Context<'_>, element: &Json) -> Result<Touchpoint, Rejection> {
    read(context, &Fields::new(element, context.place)?)
}

fn read(context: &Context<'_>, fields: &Fields<'_>) -> Result<Touchpoint, Rejection> {
    // What the body lacks a CloudEvent's attributes give: its source and id name an event as ours do.
    let event = context.envelope.as_ref();
    let source =
        fields.text("source")?.or_else(|| event.and_then(|e| e.source)).ok_or_else(|| needed(fields, "source"))?;
    let id = fields.text("id")?.or_else(|| event.and_then(|e| e.id)).ok_or_else(|| needed(fields, "id"))?;
    let version = fields.integer("version")?;
    let void = fields.boolean("void")?.unwrap_or(false);
    let channel = channel(context, fields)?;
    let kind = fields.text("kind")?.or_else(|| event.and_then(|e| e.kind));
    let time = match fields.time("occurred_at")? {
        Some(time) => Some(time),
        None => event.and_then(|e| e.time).map(|t| crate::fields::time(t, fields.place().key("time"))).transpose()?,
    };

    // Taking an input back needs its name and a version only; the rest has fixed values, so that copies are equal.
    if void && version.is_none() {
        return Err(fields.missing("version", "a void needs the version that takes the input back"));
    }
    let (kind, time) = match (kind, time) {
        (kind, time) if void => (kind.unwrap_or("void"), time.unwrap_or(limits::EARLIEST)),
        (Some(kind), Some(time)) => (kind, time),
        (None, _) => return Err(needed(fields, "kind")),
        (_, None) => return Err(needed(fields, "occurred_at")),
    };

    let mut touchpoint = Touchpoint::new(source, id, time, channel, kind);
    touchpoint.version = version;
    touchpoint.void = void;
    read_words(&mut touchpoint, fields)?;
    parts::identifiers(&mut touchpoint, fields)?;
    touchpoint.account = parts::account(fields)?;
    touchpoint.opportunity = parts::opportunity(fields)?;
    touchpoint.origin = parts::origin(fields)?;
    touchpoint.actor = parts::actor(fields)?;
    touchpoint.attributes = parts::attributes(fields)?;
    touchpoint.person = parts::person(fields)?;
    parts::consent(&mut touchpoint.consent, fields, context.zone())?;
    Ok(touchpoint)
}

fn read_words(touchpoint: &mut Touchpoint, fields: &Fields<'_>) -> Result<(), Rejection> {
    touchpoint.direction = match fields.text("direction")? {
        None => None,
        Some("in") => Some(Direction::In),
        Some("out") => Some(Direction::Out),
        Some(_) => return Err(fields.invalid("direction", "must be `in` (the customer) or `out` (us)")),
    };
    touchpoint.campaign = fields.own("campaign")?;
    touchpoint.content = fields.own("content")?;
    touchpoint.action = fields.own("action")?;
    touchpoint.disposition = fields.own("disposition")?;
    touchpoint.reason = fields.own("reason")?;
    touchpoint.until = date(fields, "until")?;
    for (name, values) in [("answers", &mut touchpoint.answers), ("properties", &mut touchpoint.properties)] {
        if let Some(object) = fields.object(name)? {
            flatten::add_properties(values, &object)?;
        }
    }
    Ok(())
}

/// The record's channel must be its topic's; without a topic the record says it.
fn channel<'c>(context: &Context<'c>, fields: &Fields<'c>) -> Result<&'c str, Rejection> {
    match (fields.text("channel")?, context.channel) {
        (None, Some(topic)) => Ok(topic),
        (Some(own), Some(topic)) if own != topic => Err(fields.place().key("channel").reject(
            RejectionCode::WrongChannel,
            format!("is another channel than its topic's, `{topic}`: send it to the raw topic of its channel"),
        )),
        (Some(own), _) => Ok(own),
        (None, None) => Err(fields.missing("channel", "must be given where no topic tells it")),
    }
}

pub(super) fn date(fields: &Fields<'_>, name: &str) -> Result<Option<Date>, Rejection> {
    let parse = |text| Date::parse(text).map_err(|_| fields.invalid(name, "is no day, as `2027-03-31`"));
    fields.text(name)?.map(parse).transpose()
}

pub(super) fn own_list(fields: &Fields<'_>, name: &str) -> Result<Vec<Text>, Rejection> {
    let mut texts = Vec::new();
    let place = fields.place().key(name);
    each_text(fields, name, |text, _| {
        if texts.len() >= limits::ENTRIES_MAX {
            return Err(place.reject(RejectionCode::TooLarge, format!("has more than {} entries", limits::ENTRIES_MAX)));
        }
        texts.push(Text::new(text));
        Ok(())
    })?;
    Ok(texts)
}

/// A field that holds one text or a list of texts.
pub(super) fn each_text<'f>(
    fields: &Fields<'f>,
    name: &str,
    mut take: impl FnMut(&'f str, Place<'_>) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let place = fields.place().key(name);
    let Some(value) = fields.get(name) else { return Ok(()) };
    for (index, item) in crate::fields::items(value).iter().enumerate() {
        let at = if value.is_array() { Place::Index(&place, index) } else { place };
        if let Some(text) = crate::fields::text(item, at)? {
            take(text, at)?;
        }
    }
    Ok(())
}

pub(super) fn refuse_unknown(fields: &Fields<'_>, known: &[Field]) -> Result<(), Rejection> {
    let names = || known.iter().map(|field| field.name);
    match fields.iter().map(|(name, _)| name).find(|name| !names().any(|known| known == *name)) {
        None => Ok(()),
        Some(name) => Err(fields.invalid(
            name,
            match suggest::nearest(name, names()) {
                Some(near) => format!("is no field of the canonical form; did you mean `{near}`?"),
                None => {
                    let known: Vec<&str> = names().collect();
                    format!("is no field of the canonical form; here it knows {}", known.join(", "))
                }
            },
        )),
    }
}

fn needed(fields: &Fields<'_>, name: &str) -> Rejection {
    fields.missing(name, "is needed in every canonical touchpoint")
}

/// An object without content says nothing: `{}` is absent.
pub(super) fn boxed<T: Default + PartialEq>(value: T) -> Option<Box<T>> {
    (value != T::default()).then(|| Box::new(value))
}
