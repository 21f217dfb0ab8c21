//! Mapping file -> mapping, with every mistake at its place.

use super::condition::Condition;
use super::shape::{Field, Shape, TOUCHPOINT, Want};
use super::text::{
    FormText, GuardText, KindText, LineText, MappingText, OtherwiseText, PairsText, SpreadText, TableRef, TableText,
    ValueText, ValueWords, Words,
};
use super::tree::{Free, Object, Pairs, Spread, Tree};
use super::value::{Form, From, Otherwise, Step, Table, Value};
use super::{Id, KindOf, Line, Mapping, Says};
use crate::registry::EventInfo;
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, Read, entries, shortened};
use notation::yaml::{Key, Node, What};
use serde_json::Value as Json;
use std::collections::HashMap;
use touchpoint::Text;

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
    let texts = |words: &[Words]| words.iter().map(|word| word.0.clone()).collect::<Vec<_>>();
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
        unwrap: text
            .unwrap
            .iter()
            .map(|step| (step.when.as_ref().map(|when| when.0.clone()), step.from.value.0.clone()))
            .collect(),
        texts: text.texts.iter().map(|path| path.value.0.clone()).collect(),
        elements: text.elements.as_ref().map(|path| (path.value.0.to_string(), path.value.0.clone())),
        event: text.event.as_ref().and_then(|event| names.value(event, Want::Text, Span::default(), notes)),
        nothing: texts(&text.nothing),
        nobody,
        drops: text.drops.iter().map(guard).collect(),
        stamps: texts(&text.stamps),
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
        let span = event.span;
        if let Some(drop) = &text.drop {
            return Some(Line::Drop(self.drop(&drop.value.0)));
        }
        let several = |lines: &[LineText], notes: &mut Notes| -> Vec<(Option<Condition>, Line)> {
            let one = |line: &LineText| {
                let when = line.when.as_ref().map(|when| when.0.clone());
                let event = At { value: event.value.clone(), span: line.span };
                Some((when, self.line(base, line, &event, notes)?))
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
            KindText::Word(word) => KindOf::Word(Text::new(&word.value)),
            KindText::Value(words) => KindOf::Value(self.words(words, Want::Word, notes)?),
        };
        let mut whole = overlaid(base, text.with.as_ref().map(|tree| &tree.0));
        text.without.iter().for_each(|path| remove(&mut whole, &path.value.0));
        let id = self.id(&mut whole, notes)?;
        let mut tree = self.object(&whole, TOUCHPOINT, notes);
        if let Some(direction) = &text.direction {
            tree.fields.push(("direction", Tree::Value(constant(&direction.value.0))));
        }
        if let Some(purpose) = &text.refuses {
            let refusal = self.refusal(&purpose.value.0, &event.value);
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
        let is_said = |name: &str| {
            let What::Map(fields) = &whole.what else { return false };
            fields.iter().any(|(key, _)| key.text == name)
        };
        if !is_said("occurred_at") {
            notes.add(MistakeKind::Missing, span, "nothing says when it occurred").help("say `occurred_at`");
        }
        let for_each = text.for_each.as_ref().map(|path| path.value.0.clone());
        if let (Some(each), Id::Parts(parts)) = (&text.for_each, &id)
            && !parts.iter().any(|part| part.is_of_item())
        {
            notes
                .add(
                    MistakeKind::NeverHolds,
                    each.span,
                    "all items would have the same id, and only the first would count",
                )
                .help("let a part of `id` begin with `$item`");
        }
        Some(Line::Says(Box::new(Says { kind, id, for_each, tree })))
    }

    fn refusal(&self, purpose: &str, event: &str) -> Object {
        let channel = self.channel.as_deref().unwrap_or("email");
        let evidence = format!("{} {event}", self.source);
        let said = [("purpose", purpose), ("channel", channel), ("state", "denied"), ("evidence", evidence.as_str())];
        let fields = said.map(|(name, text)| (name, Tree::Value(constant(text))));
        Object { when: None, fields: fields.into(), needs: Vec::new() }
    }

    /// Takes `id` out of the tree: one value, or a list of parts.
    fn id(&self, whole: &mut Node, notes: &mut Notes) -> Option<Id> {
        let What::Map(fields) = &mut whole.what else { return Some(Id::Content) };
        let Some(at) = fields.iter().position(|(key, _)| key.text == "id") else { return Some(Id::Content) };
        let (_, node) = fields.remove(at);
        let parts = match &node.what {
            What::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&node),
        };
        let mut values = Vec::new();
        for part in parts {
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
                object.when = super::text::ConditionText::read(value, notes).map(|when| when.0);
                continue;
            }
            let Some(field) = shape.iter().find(|field| field.name == key.text) else {
                let known = shape.iter().map(|field| field.name);
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
        let items = || match &node.what {
            What::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        Some(match shape {
            Shape::Value(want) => Tree::Value(self.read(node, want, notes)?),
            Shape::Values => {
                Tree::Values(items().iter().filter_map(|item| self.read(item, Want::Text, notes)).collect())
            }
            Shape::Object(fields) => Tree::Object(self.object(node, fields, notes)),
            Shape::List(fields) => Tree::List(items().iter().map(|item| self.object(item, fields, notes)).collect()),
            Shape::Free { clears } => Tree::Free(self.free(node, clears, notes)?),
        })
    }

    fn free(&self, node: &Node, clears: bool, notes: &mut Notes) -> Option<Free> {
        let mut free = Free::default();
        for (key, value) in entries(node, notes)? {
            if key.text == "*" {
                free.spreads.extend(self.spreads(value, notes));
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

    fn spreads(&self, node: &Node, notes: &mut Notes) -> Vec<Spread> {
        let items = match &node.what {
            What::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        items.iter().filter_map(|item| self.spread(item, notes)).collect()
    }

    fn spread(&self, node: &Node, notes: &mut Notes) -> Option<Spread> {
        let What::Map(_) = &node.what else {
            let super::text::PathText(from) = super::text::PathText::read(node, notes)?;
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

    fn read(&self, node: &Node, want: Want, notes: &mut Notes) -> Option<Value> {
        // A word of ours stands as it is.
        if want == Want::Word
            && let What::Scalar { text, .. } = &node.what
            && !node.is_null()
        {
            return Some(constant(text));
        }
        let text = ValueText::read(node, notes)?;
        self.value(&text, want, node.span, notes)
    }

    fn value(&self, text: &ValueText, want: Want, span: Span, notes: &mut Notes) -> Option<Value> {
        match text {
            ValueText::Path(path) => {
                if path.value.is_several() && want != Want::Any && want != Want::Text {
                    notes.add(MistakeKind::WrongForm, span, "`[]` gives a list, and here stands one value");
                }
                Some(Value { forms: forms(&[], want), ..plain(From::Path(path.value.clone())) })
            }
            ValueText::Is(this) => Some(plain(From::Is(this.clone()))),
            ValueText::Words(words) => self.words(words, want, notes),
        }
    }

    fn words(&self, text: &ValueWords, want: Want, notes: &mut Notes) -> Option<Value> {
        let values = |values: &[ValueText], notes: &mut Notes| -> Vec<Value> {
            values.iter().filter_map(|one| self.value(one, Want::Any, text.span, notes)).collect()
        };
        let mut sources = Vec::new();
        sources.extend(text.from.as_ref().map(|path| From::Path(path.value.0.clone())));
        sources.extend(text.is.as_ref().map(|this| From::Is(this.0.clone())));
        sources.extend(text.received.filter(|received| received.0).map(|_| From::Received));
        if !text.first.is_empty() {
            sources.push(From::First(values(&text.first, notes)));
        }
        if !text.join.is_empty() {
            let by = text.by.as_ref().map_or(":", |by| by.0.as_str());
            sources.push(From::Join(values(&text.join, notes), by.to_owned()));
        }
        let [from] = <[From; 1]>::try_from(sources)
            .map_err(|sources| {
                let message = match sources.len() {
                    0 => "nothing says where the value comes from",
                    _ => "a value comes from one place",
                };
                notes
                    .add(MistakeKind::WrongForm, text.span, message)
                    .help("say one of `from`, `first`, `join`, `is`, `received`");
            })
            .ok()?;
        Some(Value {
            when: text.when.as_ref().map(|when| when.0.clone()),
            from,
            steps: self.steps(text, want, notes),
            forms: forms(&text.as_forms.0, want),
            default: text.default.as_ref().map(|default| default.0.clone()),
        })
    }

    fn steps(&self, text: &ValueWords, want: Want, notes: &mut Notes) -> Vec<Step> {
        let own = |words: &Option<Words>| words.as_ref().map(|words| words.0.clone());
        let mut steps = Vec::new();
        steps.extend(own(&text.query).map(Step::Query));
        steps.extend(own(&text.split).map(|marks| Step::Split(marks.chars().collect())));
        steps.extend(own(&text.after).map(Step::After));
        steps.extend(own(&text.before).map(Step::Before));
        steps.extend(own(&text.strip).map(Step::Strip));
        if text.lower.is_some_and(|lower| lower.0) {
            steps.push(Step::Lower);
        }
        if let Some(table) = text.table.as_ref().and_then(|table| self.table(table, notes)) {
            let otherwise = match text.otherwise.as_ref().map(|otherwise| &otherwise.value) {
                None if want == Want::Word => Otherwise::Refuse,
                None | Some(OtherwiseText::Keep) => Otherwise::Keep,
                Some(OtherwiseText::Absent) => Otherwise::Absent,
                Some(OtherwiseText::Refuse) => Otherwise::Refuse,
                Some(OtherwiseText::Drop(name)) => Otherwise::Drop(self.drop(name)),
                Some(OtherwiseText::Is(this)) => Otherwise::Is(this.clone()),
            };
            steps.push(Step::Table(table, otherwise));
        } else if let Some(otherwise) = &text.otherwise {
            notes.add(MistakeKind::WrongForm, otherwise.span, "`otherwise` says what a `table` does not know");
        }
        steps.extend(own(&text.prefix).map(Step::Prefix));
        steps
    }

    fn table(&self, text: &TableRef, notes: &mut Notes) -> Option<Table> {
        match text {
            TableRef::Inline(table) => Some(compiled(table, notes)),
            TableRef::Named(name) => {
                let table = self.tables.get(&name.value).cloned();
                if table.is_none() {
                    notes
                        .add(
                            MistakeKind::UnknownName,
                            name.span,
                            format!("there is no table `{}`", shortened(&name.value)),
                        )
                        .help(suggestion(&name.value, self.tables.keys().map(String::as_str)));
                }
                table
            }
        }
    }
}

fn compiled(text: &TableText, notes: &mut Notes) -> Table {
    let mut table = Table { entries: HashMap::new(), is_loose: text.is_loose };
    for (name, means) in &text.entries {
        let key = table.key(&name.value);
        if table.entries.insert(key, means.clone()).is_some() {
            notes.add(
                MistakeKind::SaidTwice,
                name.span,
                format!("`{}` is compared without case and width, and stands there already", shortened(&name.value)),
            );
        }
    }
    table
}

fn plain(from: From) -> Value {
    Value { when: None, from, steps: Vec::new(), forms: Vec::new(), default: None }
}

fn constant(text: &str) -> Value {
    plain(From::Is(Json::from(text)))
}

/// What it is read as, by what is said or by its place.
fn forms(said: &[FormText], want: Want) -> Vec<Form> {
    let form = |form: &FormText| match form {
        FormText::Plain(form) => form.clone(),
        FormText::Time(time) if want == Want::Version => Form::Millis(time.clone()),
        FormText::Time(time) => Form::Time(time.clone()),
    };
    if !said.is_empty() {
        return said.iter().map(form).collect();
    }
    match want {
        Want::Any | Want::Decimal => Vec::new(),
        Want::Text | Want::Word | Want::Day => vec![Form::Text],
        Want::Time => vec![Form::Time(super::time_form::TimeForm::Rfc3339)],
        Want::Version => vec![Form::Integer],
    }
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
