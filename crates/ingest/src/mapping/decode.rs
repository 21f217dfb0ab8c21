//! One element of a record -> touchpoints, named drops, a rejection.

use super::condition::Condition;
use super::path::{Path, Scope};
use super::value::{Reader, Stop, Value};
use super::{Id, Line, Mapping, Says};
use crate::decoder::Context;
use crate::fields::{items, scalar, shown};
use crate::outcomes::Outcomes;
use crate::{IGNORED_BY_SETTING, canonical, ids, machine, registry};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use touchpoint::{DropReason, Outcome, Rejection, RejectionCode, Touchpoint, limits};

impl Mapping {
    pub(crate) fn decode(&self, context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
        let line = self.reads.line_of(self.scope(context, element)).transpose();
        let line = line.map_err(|refused| context.place.prefix(refused))?;
        let unwrapped = self.names.renamed(self.unwrapped(context, line.as_ref().unwrap_or(element))?);
        let opened = self.opened(&unwrapped);
        let scope = self.scope(context, opened.as_ref().unwrap_or(&unwrapped));
        if let Some((_, name)) = self.drops.iter().find(|(when, _)| when.holds(scope)) {
            out.push(Outcome::Dropped(DropReason(name)));
            return Ok(());
        }
        let reader = Reader {
            scope,
            zone: self.zone.as_ref().unwrap_or_else(|| context.zone()),
            received_at: context.received_at(),
        };
        let event = match self.event.as_ref().map_or(Ok(None), |event| event.get(reader)) {
            Ok(event) => event,
            Err(stop) => return self.end(stop, context, out),
        };
        let event = event.as_deref().and_then(scalar);
        let event = event.as_deref().unwrap_or("*");
        if context.ignores(event) {
            out.push(Outcome::Dropped(IGNORED_BY_SETTING));
            return Ok(());
        }
        let line = self.line(event, context)?;
        let before = out.len();
        self.follow(line, context, reader, out)?;
        if out.len() == before {
            let message = format!("is `{}`, and none of its cases fits", shown(event));
            return Err(context.place.invalid(message));
        }
        Ok(())
    }

    /// The list of the record's elements, and where it stands.
    pub(crate) fn batch<'a>(&'a self, context: &Context<'a>, record: &'a Json) -> Option<(&'a str, &'a Json)> {
        let (name, path) = self.elements.as_ref()?;
        Some((name, path.at(self.scope(context, record))?))
    }

    /// What holds the event.
    fn unwrapped<'a>(&'a self, context: &Context<'a>, element: &'a Json) -> Result<Cow<'a, Json>, Rejection> {
        let mut current = Cow::Borrowed(element);
        for (when, path) in &self.unwrap {
            let next = match &current {
                Cow::Borrowed(around) => self.taken(context, around, when, path)?,
                Cow::Owned(around) => {
                    self.taken(context, around, when, path)?.map(|inner| Cow::Owned(inner.into_owned()))
                }
            };
            current = next.unwrap_or(current);
        }
        Ok(current)
    }

    /// Of an element, or what is around it, by itself.
    fn scope<'a>(&'a self, context: &Context<'a>, element: &'a Json) -> Scope<'a> {
        Scope { keys: &context.settings().keys, nothing: &self.nothing, record: context.record, element, item: None }
    }

    /// What a step of unwrapping finds; a text is read as JSON.
    fn taken<'a>(
        &'a self,
        context: &Context<'a>,
        around: &'a Json,
        when: &Condition,
        path: &Path,
    ) -> Result<Option<Cow<'a, Json>>, Rejection> {
        let scope = self.scope(context, around);
        match path.at(scope).filter(|_| when.holds(scope)) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => match serde_json::from_str(text) {
                Ok(inner) => Ok(Some(Cow::Owned(inner))),
                Err(_) => {
                    let wrong = Rejection::new(RejectionCode::Malformed, path.to_string(), "holds no JSON");
                    Err(context.place.prefix(wrong))
                }
            },
            Some(inner) => Ok(Some(Cow::Borrowed(inner))),
        }
    }

    /// The element with those of its texts opened that hold JSON. Another text stays one.
    fn opened(&self, element: &Json) -> Option<Json> {
        let mut opened = None;
        for path in &self.texts {
            if let Some(place) = path.place_in(opened.get_or_insert_with(|| element.clone()))
                && let Json::String(text) = place
                && let Ok(inner) = serde_json::from_str(text)
            {
                *place = inner;
            }
        }
        opened
    }

    /// One that no line names is refused, not dropped: it may matter, and a dead letter can be retried when the file knows it.
    fn line(&self, event: &str, context: &Context<'_>) -> Result<&Line, Rejection> {
        let wild = || self.wild.iter().find(|(start, _)| event.starts_with(start.as_str())).map(|(_, line)| line);
        self.plain.get(event).or_else(wild).ok_or_else(|| {
            let paths = self.event.as_ref().map_or_else(Vec::new, Value::paths);
            let message = registry::unknown_event(&self.info, event);
            context.place.invalid(self.in_column(message, paths.into_iter().map(ToString::to_string), context))
        })
    }

    /// Names the column by the name that the list has for it: whoever mends it does not know ours.
    fn in_column(&self, message: String, paths: impl IntoIterator<Item = String>, context: &Context<'_>) -> String {
        match paths.into_iter().find_map(|path| self.names.written(context.record, &path)) {
            Some(column) => format!("{message} (in `{column}`)"),
            None => message,
        }
    }

    /// What becomes of an element that stops on the way.
    fn end(&self, stop: Stop, context: &Context<'_>, out: &mut Outcomes) -> Result<(), Rejection> {
        match stop {
            Stop::Dropped(name) => {
                out.push(Outcome::Dropped(DropReason(name)));
                Ok(())
            }
            Stop::Refused(what, at) => Err(context.place.invalid(self.in_column(what, at, context))),
        }
    }

    fn follow(
        &self,
        line: &Line,
        context: &Context<'_>,
        reader: Reader<'_>,
        out: &mut Outcomes,
    ) -> Result<(), Rejection> {
        let fits = |(when, _): &&(Condition, Line)| when.holds(reader.scope);
        let follow = |(_, line): &(Condition, Line)| self.follow(line, context, reader, out);
        match line {
            Line::Cases(cases) => cases.iter().find(fits).map_or(Ok(()), follow),
            Line::All(lines) => lines.iter().filter(fits).try_for_each(follow),
            Line::Drop(name) => {
                out.push(Outcome::Dropped(DropReason(name)));
                Ok(())
            }
            Line::Each(path, line) => {
                let Some(list) = path.get(reader.scope) else {
                    return Err(context.place.invalid(format!("has nothing in its list `{path}`")));
                };
                items(&list).iter().try_for_each(|item| {
                    let scope = Scope { item: Some(item), ..reader.scope };
                    let before = out.len();
                    self.follow(line, context, Reader { scope, ..reader }, out)?;
                    match out.len() == before {
                        true => {
                            Err(context.place.invalid(format!("has an item in `{path}` that none of its cases fits")))
                        }
                        false => Ok(()),
                    }
                })
            }
            Line::Says(says) => self.say(says, context, reader, out),
        }
    }

    fn say(&self, says: &Says, context: &Context<'_>, reader: Reader<'_>, out: &mut Outcomes) -> Result<(), Rejection> {
        let said = match said(says, context, reader, &self.stamps) {
            Ok(said) => said,
            Err(stop) => return self.end(stop, context, out),
        };
        let context = &context.on_channel(says.channel);
        let mut touchpoint = canonical::touchpoint(context, &Json::Object(said))?;
        self.mark_machine(&mut touchpoint, context, reader);
        match (context.finish(touchpoint, "occurred_at", out), self.nobody) {
            (Err(rejection), Some(name)) if rejection.code == RejectionCode::MissingIdentifier => {
                out.push(Outcome::Dropped(DropReason(name)));
                Ok(())
            }
            (finished, _) => finished,
        }
    }

    fn mark_machine(&self, touchpoint: &mut Touchpoint, context: &Context<'_>, reader: Reader<'_>) {
        let agent = self.agent.as_ref().and_then(|path| path.get(reader.scope));
        if let Some(agent) = agent.as_deref().and_then(scalar) {
            machine::mark(&mut touchpoint.properties, context.settings(), &agent);
        }
        if self.is_machine.as_ref().is_some_and(|when| when.holds(reader.scope)) {
            touchpoint.properties.set(machine::MACHINE, touchpoint::Value::Bool(true));
        }
    }
}

/// The touchpoint in the canonical form.
fn said(says: &Says, context: &Context<'_>, reader: Reader<'_>, stamps: &[&str]) -> Result<Map<String, Json>, Stop> {
    let mut said = match says.tree.build(reader)? {
        Some(Json::Object(said)) => said,
        _ => Map::new(),
    };
    let kind = text(&says.kind, reader).map_err(|stop| stop.within("kind"))?;
    said.insert("source".to_owned(), Json::from(context.source));
    said.insert("id".to_owned(), Json::from(id(&says.id, &kind, reader, stamps)?));
    said.insert("kind".to_owned(), Json::from(kind));
    if says.takes_back {
        said.insert("void".to_owned(), Json::Bool(true));
    }
    Ok(said)
}

/// As text; nothing is an empty one.
fn text(value: &Value, reader: Reader<'_>) -> Result<String, Stop> {
    let found = value.get(reader)?;
    Ok(found.as_deref().and_then(scalar).unwrap_or_default().into_owned())
}

fn id(id: &Id, kind: &str, reader: Reader<'_>, stamps: &[&str]) -> Result<String, Stop> {
    if let Id::Parts(values) = id {
        let mut parts = Vec::with_capacity(values.len());
        for value in values {
            let text = text(value, reader).map_err(|stop| stop.within("id"))?;
            // Each keeps its place, and none can pass for two.
            parts.push(if values.len() > 1 { text.replace('%', "%25").replace('|', "%7C") } else { text });
        }
        if parts.first().is_some_and(|first| !first.is_empty()) {
            let joined = parts.join("|");
            let joined = joined.trim_end_matches('|');
            return Ok(match joined.len() <= limits::INPUT_ID_BYTES_MAX {
                true => joined.to_owned(),
                false => ids::content_id(&Json::from(joined), &[]).to_string(),
            });
        }
    }
    let content = ids::content_id(reader.scope.element, stamps);
    Ok(match reader.scope.item.map(|item| ids::content_id(item, &[])) {
        None => format!("{content}.{kind}"),
        Some(item) => format!("{}.{}.{kind}", &content[..32], &item[..24]),
    })
}
