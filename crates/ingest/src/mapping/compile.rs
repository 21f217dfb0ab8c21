//! Mapping file -> mapping, with every mistake at its place.

mod idle;
mod reading;
mod values;

use super::condition::Condition;
use super::text::{
    ConditionText, GuardText, KindText, LineText, MappingText, PairsText, PathText, SpreadText, ValueText,
};
use super::tree::{Free, Object, Pairs, Spread, Tree};
use super::value::{From, Table};
use super::{Id, Line, Mapping, Says};
use crate::canonical::shape::{Field, Shape, TOUCHPOINT, Want};
use crate::registry::EventInfo;
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, Read, entries, shortened};
use notation::yaml::{Key, Node, What};
use std::collections::HashMap;
use values::{compiled, constant};

/// What is said once for the whole file.
struct Names {
    source: String,
    channel: Option<String>,
    tables: HashMap<String, Table>,
}

pub(crate) fn compile(text: &MappingText, notes: &mut Notes) -> Mapping {
    let tables = text.tables.iter().map(|(name, table)| (name.value.clone(), compiled(table, notes))).collect();
    let names = Names {
        source: text.source.value.0.clone(),
        channel: text.channel.as_ref().map(|channel| channel.value.0.clone()),
        tables,
    };
    let base = text.touchpoint.as_ref().map(|tree| &tree.0);
    let mut lines = Vec::new();
    for (name, line) in text.events.iter() {
        lines.extend(names.line(base, line, name, notes).map(|line| (name.value.clone(), line)));
    }
    if text.event.is_none() && lines.iter().any(|(name, _)| name != "*") {
        notes
            .add(MistakeKind::Missing, text.source.span, "`event` does not say where the type of an event stands")
            .help("with one sort of events only, call it `*`");
    }
    let guard = |guard: &GuardText| (guard.when.0.clone(), names.drop(&guard.drop.value.0));
    let nobody = text.nobody.as_ref().map(|nobody| names.drop(&nobody.drop.value.0));
    let note =
        |name: &str| text.events.iter().find(|(have, _)| have.value == name).and_then(|(_, line)| line.note.as_ref());
    let lines_told: Vec<EventInfo> = lines
        .iter()
        .map(|(name, line)| super::info::event(name, line, nobody, note(name).map_or("", |note| note.0.as_str())))
        .collect();
    let (mut plain, mut wild): (HashMap<String, Line>, Vec<(String, Line)>) = (HashMap::new(), Vec::new());
    for (name, line) in lines {
        match name.strip_suffix('*').filter(|_| text.event.is_some()) {
            Some(start) => wild.push((start.to_owned(), line)),
            None => drop(plain.insert(name, line)),
        }
    }
    // The longest that fits counts.
    wild.sort_by_key(|(start, _)| std::cmp::Reverse(start.len()));
    Mapping {
        info: super::info::of(text, &names.source, &lines_told),
        zone: text.zone.as_ref().map(|zone| zone.0.clone()),
        reads: reading::reads(text, notes),
        names: reading::names(text, notes),
        unwrap: text.unwrap.iter().map(|step| (when(&step.when), step.from.value.0.clone())).collect(),
        texts: text.texts.iter().map(|path| path.value.0.clone()).collect(),
        elements: text.elements.as_ref().map(|path| (path.value.0.to_string(), path.value.0.clone())),
        event: text.event.as_ref().and_then(|event| names.value(event, Want::Text, Span::default(), notes)),
        nothing: text.nothing.iter().map(|word| word.0.clone()).collect(),
        nobody,
        drops: text.drops.iter().map(guard).collect(),
        stamps: text.stamps.iter().map(|stamp| super::interned(&stamp.0)).collect(),
        agent: text.machine.as_ref().and_then(|machine| machine.agent.as_ref()).map(|path| path.value.0.clone()),
        is_machine: text.machine.as_ref().and_then(|machine| machine.when.as_ref()).map(|when| when.0.clone()),
        plain,
        wild,
    }
}

impl Names {
    fn drop(&self, name: &str) -> &'static str {
        super::interned(&format!("{}.{name}", self.source))
    }

    fn line(&self, base: Option<&Node>, text: &LineText, event: &At<String>, notes: &mut Notes) -> Option<Line> {
        let line = self.line_of_one(base, text, event, notes)?;
        let Some(each) = &text.for_each else { return Some(line) };
        if has_one_id(&line) {
            notes
                .add(
                    MistakeKind::NeverHolds,
                    each.span,
                    "all items would have the same id, and only the first would count",
                )
                .help("let a part of `id` begin with `$item`");
        }
        Some(Line::Each(each.value.0.clone(), Box::new(line)))
    }

    /// Without the list whose items it is for.
    fn line_of_one(&self, base: Option<&Node>, text: &LineText, event: &At<String>, notes: &mut Notes) -> Option<Line> {
        let span = event.span;
        idle::refuse(text, span, notes);
        if let Some(drop) = &text.drop {
            return Some(Line::Drop(self.drop(&drop.value.0)));
        }
        let several = |lines: &[LineText], notes: &mut Notes| -> Vec<(Condition, Line)> {
            let one = |line: &LineText| {
                let event = At { value: event.value.clone(), span: line.span };
                Some((when(&line.when), self.line(base, line, &event, notes)?))
            };
            lines.iter().filter_map(one).collect()
        };
        if !text.cases.is_empty() {
            return Some(Line::Cases(several(&text.cases, notes)));
        }
        if !text.all.is_empty() {
            return Some(Line::All(several(&text.all, notes)));
        }
        let Some(kind) = &text.kind else {
            notes
                .add(MistakeKind::Missing, span, "nothing says what becomes of it")
                .help("say one of `kind`, `drop`, `cases`, `all`");
            return None;
        };
        let kind = match kind {
            KindText::Word(word) => constant(&word.value),
            KindText::Value(words) => self.words(words, Want::Word, notes)?,
        };
        let mut whole = overlaid(base, text.with.as_ref().map(|tree| &tree.0));
        text.without.iter().for_each(|path| remove(&mut whole, &path.value.0));
        let id = self.id(&mut whole, notes)?;
        let channel = text.channel.as_ref().map(|channel| channel.value.0.clone());
        let mut tree = self.object(&whole, TOUCHPOINT, notes);
        if let Some(direction) = &text.direction {
            tree.fields.push(("direction", Tree::Value(Box::new(constant(&direction.value.0)))));
        }
        if let Some(purpose) = &text.refuses {
            let refusal = self.refusal(&purpose.value.0, &event.value, channel.as_deref());
            match tree.fields.iter_mut().find(|(name, _)| *name == "consent") {
                Some((_, Tree::List(said))) => said.push(refusal),
                _ => tree.fields.push(("consent", Tree::List(vec![refusal]))),
            }
        }
        let has = |name: &str| tree.fields.iter().find(|(have, _)| *have == name).map(|(_, tree)| tree);
        if let Some(Tree::Value(value)) = has("occurred_at")
            && value.is_received()
            && has("version").is_none()
        {
            notes
                .add(MistakeKind::Missing, span, "copies of one event would occur at different times")
                .help("where the time may be that of the record, say a `version`: of several the highest counts");
        }
        let takes_back = text.takes_back.is_some_and(|takes_back| takes_back.0);
        if takes_back && has("version").is_none() {
            notes
                .add(MistakeKind::Missing, span, "nothing says of which version it takes the input back")
                .help("say `version`: a higher one than that of what it takes back");
        }
        let is_said = |name: &str| {
            let What::Map(fields) = &whole.what else { return false };
            fields.iter().any(|(key, _)| key.text == name)
        };
        if !is_said("occurred_at") && !takes_back {
            notes.add(MistakeKind::Missing, span, "nothing says when it occurred").help("say `occurred_at`");
        }
        let channel = channel.as_deref().map(super::interned);
        Some(Line::Says(Box::new(Says { kind, channel, takes_back, id, tree })))
    }

    fn refusal(&self, purpose: &str, event: &str, channel: Option<&str>) -> Object {
        let channel = channel.or(self.channel.as_deref()).unwrap_or("email");
        let evidence = format!("{} {event}", self.source);
        let said = [("purpose", purpose), ("channel", channel), ("state", "denied"), ("evidence", evidence.as_str())];
        let fields = said.map(|(name, text)| (name, Tree::Value(Box::new(constant(text)))));
        Object { fields: fields.into(), ..Object::default() }
    }

    /// Takes `id` out of the tree: one value, or a list of parts.
    fn id(&self, whole: &mut Node, notes: &mut Notes) -> Option<Id> {
        let What::Map(fields) = &mut whole.what else { return Some(Id::Content) };
        let Some(at) = fields.iter().position(|(key, _)| key.text == "id") else { return Some(Id::Content) };
        let (_, node) = fields.remove(at);
        let mut values = Vec::new();
        for part in node.items() {
            let text = ValueText::read(part, notes)?;
            values.push(self.value(&text, Want::Text, part.span, notes)?);
        }
        Some(Id::Parts(values))
    }

    fn object(&self, node: &Node, shape: &'static [Field], notes: &mut Notes) -> Object {
        let mut object = Object {
            needs: shape.iter().filter(|field| field.is_needed).map(|field| field.name).collect(),
            ..Object::default()
        };
        for (key, value) in entries(node, notes).into_iter().flatten() {
            if key.text == "when" {
                object.when = when(&ConditionText::read(value, notes));
                continue;
            }
            let fillable = shape.iter().filter(|field| field.shape != Shape::Apart);
            let Some(field) = fillable.clone().find(|field| field.name == key.text) else {
                let known = fillable.map(|field| field.name);
                notes
                    .add(MistakeKind::UnknownWord, key.span, format!("`{}` means nothing here", shortened(&key.text)))
                    .help(suggestion(&key.text, known));
                continue;
            };
            object.fields.extend(self.tree(value, field.shape, notes).map(|tree| (field.name, tree)));
        }
        for need in object.needs.iter().filter(|need| !object.fields.iter().any(|(name, _)| name == *need)) {
            notes.add(
                MistakeKind::Missing,
                node.span,
                format!("`{need}` is missing: without it there is nothing here"),
            );
        }
        object
    }

    fn tree(&self, node: &Node, shape: Shape, notes: &mut Notes) -> Option<Tree> {
        Some(match shape {
            Shape::Value(want) => Tree::Value(Box::new(self.read(node, want, notes)?)),
            Shape::Values => {
                Tree::Values(node.items().iter().filter_map(|item| self.read(item, Want::Text, notes)).collect())
            }
            Shape::Object(fields) => Tree::Object(self.object(node, fields, notes)),
            Shape::List(fields) => {
                Tree::List(node.items().iter().map(|item| self.object(item, fields, notes)).collect())
            }
            Shape::Free { clears } => Tree::Free(self.free(node, clears, notes)?),
            Shape::Apart => return None,
        })
    }

    fn free(&self, node: &Node, clears: bool, notes: &mut Notes) -> Option<Free> {
        let mut free = Free::default();
        for (key, value) in entries(node, notes)? {
            if key.text == "*" {
                free.spreads.extend(value.items().iter().filter_map(|item| self.spread(item, notes)));
                continue;
            }
            let Some(read) = self.read(value, Want::Any, notes) else { continue };
            if let From::Path(path) = &read.from
                && clears
            {
                free.clears.push((key.text.clone(), path.clone()));
            }
            free.fields.push((key.text.clone(), read));
        }
        Some(free)
    }

    fn spread(&self, node: &Node, notes: &mut Notes) -> Option<Spread> {
        let What::Map(_) = &node.what else {
            let PathText(from) = PathText::read(node, notes)?;
            return Some(Spread { from, prefix: String::new(), except: Vec::new(), pairs: None });
        };
        let text = SpreadText::read(node, notes)?;
        Some(Spread {
            from: text.from.value.0.clone(),
            prefix: text.prefix.map_or_else(String::new, |prefix| prefix.0),
            except: text.except.into_iter().map(|name| name.0).collect(),
            pairs: text.pairs.and_then(|pairs| self.pairs(&pairs, notes)),
        })
    }

    fn pairs(&self, text: &PairsText, notes: &mut Notes) -> Option<Pairs> {
        Some(Pairs {
            name: text.name.value.0.clone(),
            value: self.value(&text.value, Want::Any, text.name.span, notes)?,
            table: text.table.as_ref().and_then(|table| self.table(table, notes)),
        })
    }
}

/// Has it touchpoints whose id says nothing of an item?
fn has_one_id(line: &Line) -> bool {
    match line {
        Line::Drop(_) => false,
        Line::Cases(lines) | Line::All(lines) => lines.iter().any(|(_, line)| has_one_id(line)),
        Line::Each(_, line) => has_one_id(line),
        Line::Says(says) => matches!(&says.id, Id::Parts(parts) if !parts.iter().any(|part| part.is_of_item())),
    }
}

/// Nothing said holds always.
fn when(said: &Option<ConditionText>) -> Condition {
    said.as_ref().map(|when| when.0.clone()).unwrap_or_default()
}

/// One tree laid over another: what both say of an object is put together, else the upper one counts.
fn overlaid(base: Option<&Node>, over: Option<&Node>) -> Node {
    let empty = || Node { what: What::Map(Vec::new()), span: Span::default() };
    match (base, over) {
        (Some(base), Some(over)) => match (&base.what, &over.what) {
            (What::Map(below), What::Map(above)) if !is_value(above) => {
                let mut fields: Vec<(Key, Node)> = Vec::new();
                for (key, node) in below {
                    let upper = above.iter().find(|(have, _)| have.text == key.text).map(|(_, node)| node);
                    fields.push((key.clone(), overlaid(Some(node), upper)));
                }
                let more = above.iter().filter(|(key, _)| !below.iter().any(|(have, _)| have.text == key.text));
                fields.extend(more.cloned());
                Node { what: What::Map(fields), span: over.span }
            }
            _ => over.clone(),
        },
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => empty(),
    }
}

/// A value is not put together with another.
fn is_value(fields: &[(Key, Node)]) -> bool {
    fields.iter().any(|(key, _)| matches!(key.text.as_str(), "from" | "first" | "join" | "is"))
}

/// Takes `person.phones` out of a tree.
fn remove(tree: &mut Node, path: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let What::Map(fields) = &mut tree.what else { return };
    match (fields.iter().position(|(key, _)| key.text == name), rest) {
        (Some(at), None) => drop(fields.remove(at)),
        (Some(at), Some(rest)) => remove(&mut fields[at].1, rest),
        (None, _) => {}
    }
}
