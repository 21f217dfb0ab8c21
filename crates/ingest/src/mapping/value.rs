//! What stands in a leaf of a mapping's tree: where it is taken from, and what is made of it.

use super::condition::Condition;
use super::path::{Path, Scope, is_something};
use super::time_form::TimeForm;
use crate::fields::scalar;
use crate::ids;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashMap;
use touchpoint::{Decimal, Timestamp};

#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) when: Condition,
    pub(crate) from: From,
    pub(crate) steps: Vec<Step>,
    /// What it is read as, the first that fits; none: as it stands there.
    pub(crate) forms: Vec<Form>,
    /// What becomes of what is not written so.
    pub(crate) unread: Otherwise,
    /// What stands for it when nothing is there.
    pub(crate) default: Option<Json>,
}

#[derive(Clone, Debug)]
pub(crate) enum From {
    Path(Path),
    /// This, whatever the record says.
    Is(Json),
    /// The first that is there and reads as it should.
    First(Vec<Value>),
    /// Those that are there, put together.
    Join(Vec<Value>, String),
    /// When the raw record was received.
    Received,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A parameter of a URL's query.
    Query(String),
    /// A list, cut at any of these marks.
    Split(Vec<char>),
    /// What stands after the first such text; without it nothing.
    After(String),
    Before(String),
    /// Without this text at its beginning.
    Strip(String),
    Lower,
    Table(Table, Otherwise),
    /// With this text before it.
    Prefix(String),
}

/// Keys are compared folded, without case; in a loose one without marks and blanks, too.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) entries: HashMap<String, Json>,
    pub(crate) is_loose: bool,
}

/// What becomes of a value that a table does not know, or that is not written as it should.
#[derive(Clone, Debug)]
pub(crate) enum Otherwise {
    Keep,
    Absent,
    Refuse,
    Drop(&'static str),
    Is(Json),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Number,
    Integer,
    Boolean,
    Email,
    Phone,
    Time(TimeForm),
    /// A time as a count of milliseconds: a version.
    Millis(TimeForm),
    /// The day of a time, in the source's zone.
    Day(TimeForm),
}

/// Why an element becomes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Dropped(&'static str),
    /// With what is wrong, as a sentence without its subject, and the path to it.
    Refused(String, Option<String>),
}

impl Stop {
    /// The field of the touchpoint that it is about stands before it.
    pub(crate) fn within(self, name: &str) -> Self {
        match self {
            Self::Refused(what, at) => Self::Refused(format!("`{name}` {what}"), at),
            dropped => dropped,
        }
    }

    /// Where the value was taken from, unless it is known already.
    fn at(self, from: &From) -> Self {
        match (self, from) {
            (Self::Refused(what, None), From::Path(path)) => Self::Refused(what, Some(path.to_string())),
            (stop, _) => stop,
        }
    }
}

/// What a value is read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) scope: Scope<'a>,
    pub(crate) zone: &'a TimeZone,
    pub(crate) received_at: Timestamp,
}

impl Value {
    /// `None`: there is nothing.
    ///
    /// # Errors
    /// It ends the element, or does not read as it should.
    pub(crate) fn get<'a>(&'a self, reader: Reader<'a>) -> Result<Option<Cow<'a, Json>>, Stop> {
        if !self.when.holds(reader.scope) {
            return Ok(None);
        }
        let mut found = self.from.get(reader)?;
        for step in &self.steps {
            let Some(value) = found else { break };
            found = each(value, &mut |one| step.apply(one)).map_err(|stop| stop.at(&self.from))?;
        }
        if !self.forms.is_empty()
            && let Some(value) = found
        {
            found = each(value, &mut |one| match self.forms.iter().find_map(|form| form.read(&one, reader.zone)) {
                Some(read) => Ok(Some(Cow::Owned(read))),
                // What people write there is no reason to refuse the rest.
                None if self.forms.iter().all(Form::is_of_a_person) => Ok(None),
                None => self.unread.instead(one, || self.not_written_so()),
            })
            .map_err(|stop| stop.at(&self.from))?;
        }
        Ok(found.or_else(|| self.default.as_ref().map(Cow::Borrowed)))
    }

    /// The paths that lead to it.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        match &self.from {
            From::Path(path) => vec![path],
            From::First(values) | From::Join(values, _) => values.iter().flat_map(Self::paths).collect(),
            From::Is(_) | From::Received => Vec::new(),
        }
    }

    /// Does it rest on the item of a list?
    pub(crate) fn is_of_item(&self) -> bool {
        match &self.from {
            From::Path(path) => path.is_of_item(),
            From::First(values) | From::Join(values, _) => values.iter().any(Self::is_of_item),
            From::Is(_) | From::Received => false,
        }
    }

    /// May it be when the record was received?
    pub(crate) fn is_received(&self) -> bool {
        match &self.from {
            From::Received => true,
            From::First(values) | From::Join(values, _) => values.iter().any(Self::is_received),
            From::Path(_) | From::Is(_) => false,
        }
    }

    fn not_written_so(&self) -> String {
        let mut forms: Vec<&str> = self.forms.iter().map(Form::shown).collect();
        forms.dedup();
        format!("is not written as {}", forms.join(" or "))
    }
}

impl From {
    fn get<'a>(&'a self, reader: Reader<'a>) -> Result<Option<Cow<'a, Json>>, Stop> {
        Ok(match self {
            Self::Path(path) => path.get(reader.scope),
            Self::Is(this) => Some(Cow::Borrowed(this)),
            Self::Received => Some(Cow::Owned(Json::String(reader.received_at.to_string()))),
            Self::First(values) => {
                // What does not read as it should stands back behind what does.
                let mut unread = None;
                for value in values {
                    match value.get(reader) {
                        Ok(Some(found)) => return Ok(Some(found)),
                        Ok(None) => {}
                        Err(dropped @ Stop::Dropped(_)) => return Err(dropped),
                        Err(refused) => drop(unread.get_or_insert(refused)),
                    }
                }
                return unread.map_or(Ok(None), Err);
            }
            Self::Join(values, by) => {
                let mut texts = Vec::new();
                for value in values {
                    let found = value.get(reader)?;
                    texts.extend(found.as_deref().and_then(scalar).map(Cow::into_owned));
                }
                (!texts.is_empty()).then(|| Cow::Owned(Json::String(texts.join(by))))
            }
        })
    }
}

/// The same of every item of a list; items of which nothing is left are left out.
fn each<'a>(
    value: Cow<'a, Json>,
    apply: &mut impl FnMut(Cow<'a, Json>) -> Result<Option<Cow<'a, Json>>, Stop>,
) -> Result<Option<Cow<'a, Json>>, Stop> {
    let items = match value {
        Cow::Owned(Json::Array(items)) => items,
        Cow::Borrowed(Json::Array(items)) => items.clone(),
        one => return apply(one),
    };
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        match apply(Cow::Owned(item))?.map(Cow::into_owned) {
            Some(Json::Array(more)) => kept.extend(more),
            one => kept.extend(one),
        }
    }
    Ok((!kept.is_empty()).then_some(Cow::Owned(Json::Array(kept))))
}

impl Step {
    fn apply<'a>(&self, value: Cow<'a, Json>) -> Result<Option<Cow<'a, Json>>, Stop> {
        let Some(text) = scalar(&value).map(Cow::into_owned) else { return Ok(None) };
        let made = match self {
            Self::Query(name) => query(&text, name),
            Self::Split(marks) => {
                let parts = text.split(|c| marks.contains(&c)).map(str::trim).filter(|part| !part.is_empty());
                let parts: Vec<Json> = parts.map(Json::from).collect();
                return Ok((!parts.is_empty()).then_some(Cow::Owned(Json::Array(parts))));
            }
            Self::After(mark) => text.split_once(mark.as_str()).map(|(_, after)| after.to_owned()),
            Self::Before(mark) => text.split_once(mark.as_str()).map(|(before, _)| before.to_owned()),
            Self::Strip(start) => Some(text.strip_prefix(start.as_str()).unwrap_or(&text).to_owned()),
            Self::Lower => Some(text.to_lowercase()),
            Self::Prefix(prefix) => Some(format!("{prefix}{text}")),
            Self::Table(table, otherwise) => return table.look_up(&text, value, otherwise),
        };
        Ok(made.filter(|text| !text.trim().is_empty()).map(|text| Cow::Owned(Json::String(text))))
    }
}

impl Otherwise {
    fn instead<'a>(&self, value: Cow<'a, Json>, wrong: impl FnOnce() -> String) -> Result<Option<Cow<'a, Json>>, Stop> {
        match self {
            Self::Keep => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Is(this) => Ok(Some(Cow::Owned(this.clone()))),
            Self::Drop(name) => Err(Stop::Dropped(name)),
            Self::Refuse => Err(Stop::Refused(wrong(), None)),
        }
    }
}

impl Table {
    fn look_up<'a>(
        &self,
        text: &str,
        value: Cow<'a, Json>,
        otherwise: &Otherwise,
    ) -> Result<Option<Cow<'a, Json>>, Stop> {
        if let Some(said) = self.get(text) {
            return Ok(is_something(said).then(|| Cow::Owned(said.clone())));
        }
        otherwise.instead(value, || "is nothing that its table knows".to_owned())
    }

    pub(crate) fn get(&self, text: &str) -> Option<&Json> {
        self.entries.get(&self.key(text))
    }

    /// As it is looked up. Nothing but marks stays as it is: `×` is not `△`.
    pub(crate) fn key(&self, text: &str) -> String {
        if self.is_loose { super::fold_loosely(text) } else { super::fold(text) }
    }
}

impl Form {
    fn read(&self, value: &Json, zone: &TimeZone) -> Option<Json> {
        let written = scalar(value)?;
        if let Self::Time(form) | Self::Millis(form) | Self::Day(form) = self {
            let at = form.read(&super::half_width(&written), zone)?;
            return Some(match self {
                Self::Millis(_) => Json::from(at.as_millis()),
                Self::Day(_) => Json::from(day(at, zone)),
                _ => Json::String(at.to_string()),
            });
        }
        let text = super::fold(&written);
        match self {
            Self::Text => scalar(value).map(|text| Json::String(text.into_owned())),
            // Digit for digit, as it is compared with numbers of rules.
            Self::Number => serde_json::from_str(&Decimal::parse(&text)?.to_string()).ok(),
            Self::Integer => text.parse::<i64>().ok().map(Json::from),
            Self::Boolean => truth(&text).map(Json::Bool),
            Self::Email => ids::looks_like_email(&text).then(|| Json::from(text)),
            Self::Phone => phone(&text).map(Json::from),
            Self::Time(_) | Self::Millis(_) | Self::Day(_) => None,
        }
    }

    /// Said of a person: an address or number that is none identifies nobody.
    const fn is_of_a_person(&self) -> bool {
        matches!(self, Self::Email | Self::Phone)
    }

    const fn shown(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "yes or no",
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
            Self::Time(form) | Self::Millis(form) | Self::Day(form) => match form {
                TimeForm::Rfc3339 => "a time as `2026-10-14T10:04:00+09:00`",
                TimeForm::Rfc2822 => "a time as `Wed, 14 Oct 2026 10:04:00 +0900`",
                TimeForm::Count { .. } => "a count since 1970",
                TimeForm::Pattern(_) => "a time of the pattern",
            },
        }
    }
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at.to_jiff()).date().to_string()
}

/// A number without what people write behind it: `090-1234-5678 (direct)`.
fn phone(text: &str) -> Option<String> {
    let number = |c: char| c.is_ascii_digit() || "+-‐−.・() /".contains(c);
    let end = text.find(|c| !number(c)).unwrap_or(text.len());
    let written = text[..end].trim_end_matches(['(', ' ', '/', '・', '-']);
    // With fewer digits it is an extension, or none.
    (written.chars().filter(char::is_ascii_digit).count() >= 9).then(|| written.to_owned())
}

/// The words that tools and lists use for yes and no.
fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" | "y" | "1" | "on" | "はい" | "有" | "あり" | "要" | "希望" | "○" | "〇" | "◯" => {
            Some(true)
        }
        "false" | "no" | "n" | "0" | "off" | "いいえ" | "無" | "なし" | "不要" | "×" | "✕" => Some(false),
        _ => None,
    }
}

/// A parameter of a URL's query, decoded.
fn query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(have, _)| have == name).map(|(_, value)| value.into_owned())
}
