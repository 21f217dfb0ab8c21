//! Where a value is taken from, and what is made of it.

use super::{Names, when};
use crate::canonical::shape::Want;
use crate::mapping::condition::Condition;
use crate::mapping::text::{FormText, OtherwiseText, TableRef, TableText, ValueText, ValueWords, Words};
use crate::mapping::time_form::TimeForm;
use crate::mapping::value::{Form, From, Otherwise, Step, Table, Value};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{Read, shortened};
use notation::yaml::{Node, What};
use serde_json::Value as Json;
use std::collections::HashMap;

impl Names {
    pub(super) fn read(&self, node: &Node, want: Want, notes: &mut Notes) -> Option<Value> {
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

    pub(super) fn value(&self, text: &ValueText, want: Want, span: Span, notes: &mut Notes) -> Option<Value> {
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

    pub(super) fn words(&self, text: &ValueWords, want: Want, notes: &mut Notes) -> Option<Value> {
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
            when: when(&text.when),
            from,
            steps: self.steps(text, want, notes),
            forms: match text.received.is_some_and(|received| received.0) && text.as_forms.0.is_empty() {
                true if want == Want::Version => vec![Form::Millis(TimeForm::Rfc3339)],
                _ => forms(&text.as_forms.0, want),
            },
            // With a table it is about what the table does not know.
            unread: self.otherwise(text).filter(|_| text.table.is_none()).unwrap_or(Otherwise::Refuse),
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
            let default = if want == Want::Word { Otherwise::Refuse } else { Otherwise::Keep };
            steps.push(Step::Table(table, self.otherwise(text).unwrap_or(default)));
        } else if let Some(otherwise) = &text.otherwise
            && text.as_forms.0.is_empty()
        {
            let message = "`otherwise` says what becomes of what a `table` does not know, or is not written `as` said";
            notes.add(MistakeKind::WrongForm, otherwise.span, message);
        }
        steps.extend(own(&text.prefix).map(Step::Prefix));
        steps
    }

    fn otherwise(&self, text: &ValueWords) -> Option<Otherwise> {
        Some(match &text.otherwise.as_ref()?.value {
            OtherwiseText::Keep => Otherwise::Keep,
            OtherwiseText::Absent => Otherwise::Absent,
            OtherwiseText::Refuse => Otherwise::Refuse,
            OtherwiseText::Drop(name) => Otherwise::Drop(self.drop(name)),
            OtherwiseText::Is(this) => Otherwise::Is(this.clone()),
        })
    }

    pub(super) fn table(&self, text: &TableRef, notes: &mut Notes) -> Option<Table> {
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

pub(super) fn compiled(text: &TableText, notes: &mut Notes) -> Table {
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
    Value {
        when: Condition::default(),
        from,
        steps: Vec::new(),
        forms: Vec::new(),
        unread: Otherwise::Refuse,
        default: None,
    }
}

pub(super) fn constant(text: &str) -> Value {
    plain(From::Is(Json::from(text)))
}

/// What it is read as, by what is said or by its place.
fn forms(said: &[FormText], want: Want) -> Vec<Form> {
    let form = |form: &FormText| match form {
        FormText::Plain(form) => form.clone(),
        FormText::Time(time) if want == Want::Version => Form::Millis(time.clone()),
        FormText::Time(time) if want == Want::Day => Form::Day(time.clone()),
        FormText::Time(time) => Form::Time(time.clone()),
    };
    if !said.is_empty() {
        return said.iter().map(form).collect();
    }
    match want {
        Want::Any | Want::Decimal => Vec::new(),
        Want::Text | Want::Word | Want::Day => vec![Form::Text],
        Want::Time => vec![Form::Time(TimeForm::Rfc3339)],
        Want::Version => vec![Form::Integer],
    }
}
