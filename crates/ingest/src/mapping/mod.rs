//! A source as data: a mapping file, read and checked once, applied to every record.
//!
//! A file says where in a tool's record the parts of a touchpoint stand. It has paths, tables and conditions, and neither
//! loops nor expressions, so that a mistake in it is found when it is loaded, at its line, and a record is read in one pass.
//! What comes out is a touchpoint in the canonical form and is checked as one.
//!
//! Reading order: `text` (the words of the file), `shape` (what they fill), `compile`, then `value` and `tree`.

mod compile;
mod condition;
mod info;
mod path;
mod shape;
mod text;
mod time_form;
mod tree;
mod units;
mod value;

use crate::canonical;
use crate::decoder::Context;
use crate::fields::{scalar, shown};
use crate::registry::SourceInfo;
use crate::{IGNORED_BY_SETTING, ids, machine, suggest};
use condition::Condition;
use jiff::tz::TimeZone;
use notation::mistake::{Mistake, Notes};
use notation::reading::Read;
use path::{Path, Scope};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};
use text::MappingText;
use touchpoint::{DropReason, Outcome, Rejection, RejectionCode, Text, limits};
use tree::Object;
use unicode_normalization::UnicodeNormalization;
use value::{Reader, Stop, Value};

/// A source, compiled from its file.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) info: SourceInfo,
    zone: Option<TimeZone>,
    unwrap: Vec<(Option<Condition>, Path)>,
    texts: Vec<Path>,
    /// A list in the record, with its path.
    elements: Option<(String, Path)>,
    event: Option<Value>,
    nothing: Vec<String>,
    nobody: Option<&'static str>,
    drops: Vec<(Condition, &'static str)>,
    stamps: Vec<String>,
    agent: Option<Path>,
    is_machine: Option<Condition>,
    plain: HashMap<String, Line>,
    /// By how the type begins, the longest first.
    wild: Vec<(String, Line)>,
}

/// What becomes of an event.
#[derive(Clone, Debug)]
enum Line {
    Drop(&'static str),
    /// The first that fits.
    Cases(Vec<(Option<Condition>, Line)>),
    /// All that fit.
    All(Vec<(Option<Condition>, Line)>),
    Says(Box<Says>),
}

/// A touchpoint, or one for each item of a list.
#[derive(Clone, Debug)]
struct Says {
    kind: KindOf,
    id: Id,
    for_each: Option<Path>,
    tree: Object,
}

#[derive(Clone, Debug)]
enum KindOf {
    Word(Text),
    Value(Value),
}

#[derive(Clone, Debug)]
enum Id {
    /// These, one after the other. Where the first is not there, the content.
    Parts(Vec<Value>),
    /// A hash of the element, but for what differs from copy to copy.
    Content,
}

impl Mapping {
    /// Reads and checks one file.
    ///
    /// # Errors
    /// All mistakes at once, in the order of lines ([`notation::mistake::render`] shows them).
    pub fn load(name: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut notes = Notes::of("mapping");
        let file = notes.add_file(name, text);
        let tree = notation::yaml::read(file, text, &mut notes);
        let text = tree.and_then(|tree| MappingText::read(&tree, &mut notes));
        let mapping = text.map(|text| compile::compile(&text, &mut notes));
        let failed = notes.failed();
        let mistakes = notes.into_findings();
        mapping.filter(|_| !failed).ok_or(mistakes)
    }

    /// What it tells of itself, for lists of sources.
    pub const fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// Is this its name, or another one of it?
    pub fn is_called(&self, name: &str) -> bool {
        self.info.name == name || self.info.aliases.contains(&name)
    }

    pub(crate) fn decode(
        &self,
        context: &Context<'_>,
        element: &Json,
        out: &mut Vec<Outcome>,
    ) -> Result<(), Rejection> {
        let unwrapped = self.unwrapped(context, element)?;
        let opened = self.opened(&unwrapped);
        let element = opened.as_ref().unwrap_or(&unwrapped);
        let scope = Scope { keys: &context.settings().keys, record: context.record, element, item: None };
        if let Some((_, name)) = self.drops.iter().find(|(when, _)| when.holds(scope)) {
            out.push(Outcome::Dropped(DropReason(name)));
            return Ok(());
        }
        let reader = Reader {
            scope,
            zone: self.zone.as_ref().unwrap_or_else(|| context.zone()),
            received_at: context.received_at(),
            nothing: &self.nothing,
        };
        let event = match self.event.as_ref().map(|event| event.get(reader, false)) {
            None => None,
            Some(Ok(event)) => event,
            Some(Err(Stop::Dropped(name))) => {
                out.push(Outcome::Dropped(DropReason(name)));
                return Ok(());
            }
            Some(Err(Stop::Refused(what))) => return Err(context.place.reject(RejectionCode::InvalidField, what)),
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
            return Err(context.place.reject(RejectionCode::InvalidField, message));
        }
        Ok(())
    }

    /// The list of the record's elements, and where it stands.
    pub(crate) fn batch<'a>(&'a self, record: &'a Json) -> Option<(&'a str, &'a Json)> {
        let (name, path) = self.elements.as_ref()?;
        Some((name, path.find(record)?))
    }

    /// What holds the event.
    fn unwrapped<'a>(&self, context: &Context<'_>, element: &'a Json) -> Result<Cow<'a, Json>, Rejection> {
        let mut current = Cow::Borrowed(element);
        for (when, path) in &self.unwrap {
            let next = match &current {
                Cow::Borrowed(around) => taken(context, around, when.as_ref(), path)?,
                Cow::Owned(around) => {
                    taken(context, around, when.as_ref(), path)?.map(|inner| Cow::Owned(inner.into_owned()))
                }
            };
            current = next.unwrap_or(current);
        }
        Ok(current)
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
        if let Some(line) = self.plain.get(event) {
            return Ok(line);
        }
        let wild = self.wild.iter().find(|(start, _)| event.starts_with(start.as_str()));
        wild.map(|(_, line)| line).ok_or_else(|| {
            let message = match suggest::nearest(event, self.plain.keys().map(String::as_str)) {
                Some(near) => format!("is no event type that `{}` maps; did you mean `{near}`?", self.info.name),
                None => format!("is no event type that `{}` maps; `ignored_events` drops it", self.info.name),
            };
            context.place.reject(RejectionCode::InvalidField, message)
        })
    }

    fn follow(
        &self,
        line: &Line,
        context: &Context<'_>,
        reader: Reader<'_>,
        out: &mut Vec<Outcome>,
    ) -> Result<(), Rejection> {
        let fits = |when: &Option<Condition>| when.as_ref().is_none_or(|when| when.holds(reader.scope));
        match line {
            Line::Drop(name) => out.push(Outcome::Dropped(DropReason(name))),
            Line::Cases(cases) => {
                if let Some((_, line)) = cases.iter().find(|(when, _)| fits(when)) {
                    self.follow(line, context, reader, out)?;
                }
            }
            Line::All(lines) => {
                for (_, line) in lines.iter().filter(|(when, _)| fits(when)) {
                    self.follow(line, context, reader, out)?;
                }
            }
            Line::Says(says) => match &says.for_each {
                None => self.say(says, context, reader, out)?,
                Some(path) => {
                    let items = path.get(reader.scope);
                    let items = match items.as_deref() {
                        Some(Json::Array(items)) => items.as_slice(),
                        Some(one) => std::slice::from_ref(one),
                        None => &[],
                    };
                    for item in items {
                        let scope = Scope { item: Some(item), ..reader.scope };
                        self.say(says, context, Reader { scope, ..reader }, out)?;
                    }
                }
            },
        }
        Ok(())
    }

    fn say(
        &self,
        says: &Says,
        context: &Context<'_>,
        reader: Reader<'_>,
        out: &mut Vec<Outcome>,
    ) -> Result<(), Rejection> {
        let said = match self.said(says, context, reader) {
            Ok(said) => said,
            Err(Stop::Dropped(name)) => {
                out.push(Outcome::Dropped(DropReason(name)));
                return Ok(());
            }
            Err(Stop::Refused(what)) => return Err(context.place.reject(RejectionCode::InvalidField, what)),
        };
        let touchpoint = canonical::touchpoint(context, &Json::Object(said))?;
        match (context.finish(touchpoint, "occurred_at", out), self.nobody) {
            (Err(rejection), Some(name)) if rejection.code == RejectionCode::MissingIdentifier => {
                out.push(Outcome::Dropped(DropReason(name)));
                Ok(())
            }
            (finished, _) => finished,
        }
    }

    /// The touchpoint in the canonical form.
    fn said(&self, says: &Says, context: &Context<'_>, reader: Reader<'_>) -> Result<Map<String, Json>, Stop> {
        let mut said = match says.tree.build(reader)? {
            Some(Json::Object(said)) => said,
            _ => Map::new(),
        };
        let kind = match &says.kind {
            KindOf::Word(word) => word.clone(),
            KindOf::Value(value) => {
                let found = value.get(reader, false).map_err(|stop| stop.within("kind"))?;
                Text::new(found.as_deref().and_then(scalar).unwrap_or_default())
            }
        };
        said.insert("source".to_owned(), Json::from(context.source));
        said.insert("kind".to_owned(), Json::from(kind.as_str()));
        said.insert("id".to_owned(), Json::from(self.id(&says.id, &kind, reader)?));
        self.mark_machine(&mut said, context, reader);
        Ok(said)
    }

    fn id(&self, id: &Id, kind: &str, reader: Reader<'_>) -> Result<String, Stop> {
        if let Id::Parts(values) = id {
            let mut parts = Vec::with_capacity(values.len());
            for value in values {
                let found = value.get(reader, false).map_err(|stop| stop.within("id"))?;
                let text = found.as_deref().and_then(scalar).unwrap_or_default().into_owned();
                // Each keeps its place, and none can pass for two.
                parts.push(if values.len() > 1 { text.replace('%', "%25").replace('|', "%7C") } else { text });
            }
            if parts.first().is_some_and(|first| !first.is_empty()) {
                let joined = parts.join("|");
                let joined = joined.trim_end_matches('|');
                let fits = joined.len() <= limits::INPUT_ID_BYTES_MAX;
                return Ok(if fits {
                    joined.to_owned()
                } else {
                    ids::content_id(&Json::from(joined), &[]).to_string()
                });
            }
        }
        let stamps: Vec<&str> = self.stamps.iter().map(String::as_str).collect();
        let content = ids::content_id(reader.scope.element, &stamps);
        let item = reader.scope.item.map(|item| ids::content_id(item, &[]));
        Ok(item.map_or_else(|| content.to_string(), |item| format!("{}.{}", &content[..32], &item[..24])) + "." + kind)
    }

    fn mark_machine(&self, said: &mut Map<String, Json>, context: &Context<'_>, reader: Reader<'_>) {
        let agent = self.agent.as_ref().and_then(|path| path.get(reader.scope));
        let agent = agent.as_deref().and_then(scalar);
        let is_machine = self.is_machine.as_ref().is_some_and(|when| when.holds(reader.scope));
        let by_agent = agent.as_deref().is_some_and(|agent| machine::is_one(context.settings(), agent));
        if agent.is_none() && !is_machine {
            return;
        }
        let properties = said.entry("properties").or_insert_with(|| Json::Object(Map::new()));
        let Json::Object(properties) = properties else { return };
        if let Some(agent) = agent {
            properties.insert(machine::USER_AGENT.to_owned(), Json::from(agent));
        }
        if is_machine || by_agent {
            properties.insert(machine::MACHINE.to_owned(), Json::Bool(true));
        }
    }
}

/// What a step of unwrapping finds; a text is read as JSON.
fn taken<'a>(
    context: &Context<'_>,
    around: &'a Json,
    when: Option<&Condition>,
    path: &Path,
) -> Result<Option<Cow<'a, Json>>, Rejection> {
    let keys = &context.settings().keys;
    let fits = when.is_none_or(|when| when.holds(Scope { keys, record: context.record, element: around, item: None }));
    match path.find(around).filter(|_| fits) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => match serde_json::from_str(text) {
            Ok(inner) => Ok(Some(Cow::Owned(inner))),
            Err(_) => {
                Err(context.place.prefix(Rejection::new(RejectionCode::Malformed, path.to_string(), "holds no JSON")))
            }
        },
        Some(inner) => Ok(Some(Cow::Borrowed(inner))),
    }
}

/// Names of sources and drops last as long as the program: each is kept once, however often a file is loaded.
pub(crate) fn interned(name: &str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(have) = names.get(name) {
        return have;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

/// One form for what people type in full or half width, in capitals or not (NFKC of Unicode).
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    text.nfkc().collect::<String>().trim().to_lowercase()
}
