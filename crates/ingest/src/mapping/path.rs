//! Where in a record something stands: `mail.headers[name=Subject].value`, `$item.email`, `['No.']`.

use crate::fields::{items, scalar};
use crate::settings::Keys;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;

/// A path, parsed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    root: Root,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Element,
    /// The item of a line's `for_each`.
    Item,
    /// The whole record, around the element.
    Record,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    /// From 0; below 0 from the end.
    At(i32),
    /// The field that the settings name for one of our ids: `Metadata.$content`.
    Ours(Ours),
    /// Every item of a list.
    Each,
    /// The first object of a list whose field is this text, or begins with it.
    Find {
        field: String,
        text: String,
        is_prefix: bool,
    },
}

/// Our ids that a tool carries for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ours {
    Action,
    Content,
    Campaign,
    CrmId,
}

impl Ours {
    const ALL: [(&'static str, Self); 4] = [
        ("$action", Self::Action),
        ("$content", Self::Content),
        ("$campaign", Self::Campaign),
        ("$crm_id", Self::CrmId),
    ];

    fn field(self, keys: &Keys) -> &str {
        match self {
            Self::Action => &keys.action,
            Self::Content => &keys.content,
            Self::Campaign => &keys.campaign,
            Self::CrmId => &keys.crm_id,
        }
    }
}

/// What a path begins at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// What our ids are called.
    pub(crate) keys: &'a Keys,
    /// Words that stand for nothing: `-`, `(not set)`.
    pub(crate) nothing: &'a [String],
    pub(crate) record: &'a Json,
    pub(crate) element: &'a Json,
    pub(crate) item: Option<&'a Json>,
}

impl Scope<'_> {
    fn is_nothing(&self, found: &Json) -> bool {
        matches!(found, Json::String(text) if self.nothing.iter().any(|word| word == text.trim()))
    }
}

impl Path {
    /// # Errors
    /// What is wrong with it, as a sentence without its subject.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mut root = Root::Element;
        for (word, begins) in [("$item", Root::Item), ("$record", Root::Record)] {
            if let Some(after) = text.strip_prefix(word)
                && (after.is_empty() || after.starts_with(['.', '[']))
            {
                (root, rest) = (begins, after);
            }
        }
        let mut steps = Vec::new();
        let mut needs_name = root == Root::Element;
        while !rest.is_empty() || needs_name {
            if let Some(after) = rest.strip_prefix('[') {
                let end = closing(after).ok_or("has a `[` without its `]`")?;
                steps.push(selector(&after[..end])?);
                rest = &after[end + 1..];
            } else {
                let name = if needs_name { rest } else { rest.strip_prefix('.').ok_or("needs a `.` or `[` there")? };
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, after) = name.split_at(end);
                if name.trim().is_empty() || name.trim() != name {
                    return Err("has a name that is empty or begins or ends with a blank".to_owned());
                }
                let ours = Ours::ALL.iter().find(|(word, _)| *word == name).map(|(_, ours)| Step::Ours(*ours));
                if name.starts_with('$') && ours.is_none() {
                    let names: Vec<&str> = Ours::ALL.iter().map(|(word, _)| *word).collect();
                    return Err(format!(
                        "has `{name}`, which is nothing; there are $item, $record, {}",
                        names.join(", ")
                    ));
                }
                steps.push(ours.unwrap_or_else(|| Step::Field(name.to_owned())));
                rest = after;
            }
            needs_name = false;
        }
        Ok(Self { root, steps })
    }

    /// Does it stand for every item of a list?
    pub(crate) fn is_several(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    pub(crate) fn is_of_item(&self) -> bool {
        self.root == Root::Item
    }

    fn root_of<'a>(&self, scope: Scope<'a>) -> Option<&'a Json> {
        match self.root {
            Root::Element => Some(scope.element),
            Root::Item => scope.item,
            Root::Record => Some(scope.record),
        }
    }

    /// The field itself, whatever stands in it; `None` where the path stands for several.
    pub(crate) fn at<'a>(&self, scope: Scope<'a>) -> Option<&'a Json> {
        self.steps.iter().try_fold(self.root_of(scope)?, |at, step| step.follow(at, scope))
    }

    /// The field in an element, to be changed, where the path has nothing but names and places.
    pub(crate) fn place_in<'a>(&self, element: &'a mut Json) -> Option<&'a mut Json> {
        self.steps.iter().try_fold(element, |at, step| match (step, at) {
            (Step::Field(name), Json::Object(fields)) => fields.get_mut(name),
            (Step::At(place), Json::Array(items)) => items.get_mut(usize::try_from(*place).ok()?),
            _ => None,
        })
    }

    /// What stands there; of several a list. Nothing, `null` and blank text are the same: nothing.
    pub(crate) fn get<'a>(&self, scope: Scope<'a>) -> Option<Cow<'a, Json>> {
        if self.is_several() {
            let mut found = Vec::new();
            walk_all(self.root_of(scope)?, &self.steps, scope, &mut |one| {
                if !scope.is_nothing(one) {
                    found.push(one.clone());
                }
            });
            return (!found.is_empty()).then_some(Cow::Owned(Json::Array(found)));
        }
        self.at(scope).filter(|found| is_something(found) && !scope.is_nothing(found)).map(Cow::Borrowed)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.root {
            Root::Element => "",
            Root::Item => "$item",
            Root::Record => "$record",
        })?;
        for (at, step) in self.steps.iter().enumerate() {
            let dot = if at == 0 && self.root == Root::Element { "" } else { "." };
            match step {
                Step::Field(name) if name.contains(['.', '[', ']']) => write!(f, "['{name}']")?,
                Step::Field(name) => write!(f, "{dot}{name}")?,
                Step::At(place) => write!(f, "[{place}]")?,
                Step::Ours(ours) => {
                    let word = Ours::ALL.iter().find(|(_, one)| one == ours).map_or("", |(word, _)| word);
                    write!(f, "{dot}{word}")?;
                }
                Step::Each => f.write_str("[]")?,
                Step::Find { field, text, is_prefix } => {
                    write!(f, "[{field}{}='{text}']", if *is_prefix { "^" } else { "" })?;
                }
            }
        }
        Ok(())
    }
}

impl Step {
    fn follow<'a>(&self, at: &'a Json, scope: Scope<'_>) -> Option<&'a Json> {
        match (self, at) {
            (Self::Field(name), Json::Object(fields)) => fields.get(name),
            (Self::Ours(ours), Json::Object(fields)) => fields.get(ours.field(scope.keys)),
            (Self::At(place), Json::Array(items)) => {
                let place =
                    usize::try_from(*place).ok().or_else(|| items.len().checked_sub(place.unsigned_abs() as usize));
                items.get(place?)
            }
            (Self::Find { field, text, is_prefix }, Json::Array(items)) => items.iter().find(|item| {
                let said = item.get(field).and_then(scalar);
                said.is_some_and(|said| if *is_prefix { said.starts_with(text) } else { said == *text })
            }),
            _ => None,
        }
    }
}

/// Calls `each` with everything that stands there. A single value counts as a list of one.
fn walk_all<'a>(at: &'a Json, steps: &[Step], scope: Scope<'_>, each: &mut impl FnMut(&'a Json)) {
    let Some((step, rest)) = steps.split_first() else {
        if is_something(at) {
            each(at);
        }
        return;
    };
    match (step, at) {
        (Step::Each, several) => items(several).iter().for_each(|item| walk_all(item, rest, scope, each)),
        (step, at) => {
            if let Some(next) = step.follow(at, scope) {
                walk_all(next, rest, scope, each);
            }
        }
    }
}

pub(crate) fn is_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(_) | Json::Bool(_) | Json::Number(_) => true,
    }
}

/// The place of the `]` that ends a selector: not one between quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '\'';
        (c == ']' && !quoted).then_some(at)
    })
}

fn selector(text: &str) -> Result<Step, String> {
    let unquoted = |text: &str| text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).map(str::to_owned);
    if text.is_empty() {
        return Ok(Step::Each);
    }
    if let Ok(place) = text.parse() {
        return Ok(Step::At(place));
    }
    if let Some(name) = unquoted(text).filter(|name| !name.is_empty()) {
        return Ok(Step::Field(name));
    }
    match text.split_once('=') {
        Some((field, text)) if !field.trim_end_matches('^').is_empty() && !text.is_empty() => {
            let is_prefix = field.ends_with('^');
            let field = field.trim_end_matches('^').to_owned();
            Ok(Step::Find { field, text: unquoted(text).unwrap_or_else(|| text.to_owned()), is_prefix })
        }
        _ => Err(format!("has `[{text}]`; write a number, `[]` for all, `[field=text]` or `['a name with dots']`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn get(path: &str, element: &Json) -> Json {
        let item = element.get("items").and_then(|items| items.get(1));
        let keys = Keys::default();
        let scope = Scope { keys: &keys, nothing: &[], record: element, element, item };
        Path::parse(path).unwrap().get(scope).map_or(Json::Null, Cow::into_owned)
    }

    #[test]
    fn a_path_leads_through_fields_and_lists() {
        let element = json!({
            "mail": {"destination": ["a@acme.example", "b@acme.example"], "headers": [
                {"name": "From", "value": "x"}, {"name": "Subject", "value": "Hello"},
            ]},
            "No.": 7, "client-info": {"bot": ""}, "会社名": "株式会社アクメ",
            "data": [{"schema": "iglu:org/visitor/1-0-2", "data": {"id": "v1"}}],
            "meta": {"dc_content": "guide"},
            "items": [{"email": "c@acme.example"}, {"email": "d@acme.example"}],
        });
        for (path, expected) in [
            ("mail.destination[0]", json!("a@acme.example")),
            ("mail.destination[-1]", json!("b@acme.example")),
            ("mail.destination[2]", Json::Null),
            ("mail.destination[-3]", Json::Null),
            ("mail.headers[name=Subject].value", json!("Hello")),
            ("mail.headers[name=Date].value", Json::Null),
            ("mail.headers[].value", json!(["x", "Hello"])),
            ("['No.']", json!(7)),
            ("会社名", json!("株式会社アクメ")),
            ("client-info.bot", Json::Null),
            ("data[schema^='iglu:org/visitor/'].data.id", json!("v1")),
            ("$item.email", json!("d@acme.example")),
            ("items[].email", json!(["c@acme.example", "d@acme.example"])),
            ("meta.$content", json!("guide")),
            ("$record.mail.destination[]", json!(["a@acme.example", "b@acme.example"])),
        ] {
            assert_eq!(get(path, &element), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_told() {
        for path in ["", "a..b", "a.", ".a", "a[", "a[x]", "a[]b", "$thing.a", " a", "a[=x]", "['']"] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
    }
}
