//! How the single words of a mapping file are read.

use super::condition::{Ask, Condition, Test};
use super::path::Path;
use super::text::{
    ConditionText, EncodingText, FormText, KindText, NumberText, OtherwiseText, PathText, PatternText, ReadsText,
    ReadsWords, ScalarText, TableRef, TableText, TreeText, ValueText, ValueWords, Words,
};
use super::time_form::TimeForm;
use super::value::Form;
use encoding_rs::Encoding;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::{At, Read, Unit, entries, shortened};
use notation::units;
use notation::yaml::{Key, Node, What};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;
use std::borrow::Cow;
use touchpoint::Decimal;

units!(Words, PathText, FormText, NumberText, ScalarText, PatternText, EncodingText);

impl Unit for Words {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        match text {
            "" | "\0" => Err("expected a text".to_owned()),
            text => Ok(Self(text.to_owned())),
        }
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

impl Unit for PathText {
    const NAME: &str = "Path";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        if text == "\0" {
            return Err("expected a path such as `mail.messageId`".to_owned());
        }
        Path::parse(text).map(Self).map_err(|wrong| format!("expected a path; it {wrong}"))
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "description": "Where it stands: `mail.headers[name=Subject].value`." })
    }
}

impl Unit for PatternText {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let wrong = |why: regex::Error| {
            // The last line says it; the ones before draw the pattern.
            let why = why.to_string();
            format!("expected a regular expression; {}", why.lines().last().unwrap_or_default().trim())
        };
        let pattern = regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build().map_err(wrong)?;
        match pattern.capture_names().flatten().next() {
            Some(_) => Ok(Self(pattern)),
            None => Err("expected a regular expression with named groups, as `(?<time>[^ ]+)`".to_owned()),
        }
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "format": "regex" })
    }
}

/// How large a compiled pattern may be: the lines of web servers take a tenth.
const PATTERN_BYTES_MAX: usize = 2 << 20;

impl Unit for EncodingText {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        // As Windows, Python and databases call it.
        let label = if text.eq_ignore_ascii_case("cp932") { "windows-31j" } else { text };
        Encoding::for_label(label.as_bytes()).map(Self).ok_or_else(|| {
            "expected an encoding such as `shift_jis`, `euc-jp`, `utf-16le` or `windows-1252`".to_owned()
        })
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Names of forms; anything with a `%` is the pattern of a time.
const FORMS: [&str; 11] = [
    "text",
    "number",
    "integer",
    "boolean",
    "email",
    "phone",
    "rfc3339",
    "rfc2822",
    "seconds",
    "milliseconds",
    "microseconds",
];

impl Unit for FormText {
    const NAME: &str = "Form";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        Ok(match text {
            "text" => Self::Plain(Form::Text),
            "number" => Self::Plain(Form::Number),
            "integer" => Self::Plain(Form::Integer),
            "boolean" => Self::Plain(Form::Boolean),
            "email" => Self::Plain(Form::Email),
            "phone" => Self::Plain(Form::Phone),
            "rfc3339" => Self::Time(TimeForm::Rfc3339),
            "rfc2822" => Self::Time(TimeForm::Rfc2822),
            "seconds" => Self::Time(TimeForm::SECONDS),
            "milliseconds" => Self::Time(TimeForm::MILLISECONDS),
            "microseconds" => Self::Time(TimeForm::MICROSECONDS),
            pattern if pattern.contains('%') => {
                let wrong = |error| format!("expected a pattern such as `%Y/%m/%d %H:%M`; {error}");
                Self::Time(TimeForm::pattern(pattern).map_err(wrong)?)
            }
            _ => return Err(format!("expected one of {}, or a pattern such as `%Y/%m/%d %H:%M`", FORMS.join(", "))),
        })
    }

    fn unit_schema() -> Schema {
        json_schema!({ "anyOf": [{ "enum": FORMS }, { "type": "string", "pattern": "%" }] })
    }
}

impl Unit for NumberText {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        Decimal::parse(text).map(Self).ok_or_else(|| "expected a number".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "number" })
    }
}

impl Unit for ScalarText {
    const NAME: &str = "";

    fn parse(text: &str, plain: bool) -> Result<Self, String> {
        match text {
            "\0" => Err("expected a text, a number, `true` or `false`".to_owned()),
            text => Ok(Self(scalar(text, plain))),
        }
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// `5` and `true` are a number and a truth unless they are quoted.
fn scalar(text: &str, plain: bool) -> Json {
    match text {
        "true" if plain => Json::Bool(true),
        "false" if plain => Json::Bool(false),
        text if plain => number(text).unwrap_or_else(|| Json::from(text)),
        text => Json::from(text),
    }
}

/// Digit for digit as it is written: `0123` is no number.
fn number(text: &str) -> Option<Json> {
    Decimal::parse(text)?;
    serde_json::from_str(text).ok().filter(Json::is_number)
}

impl Read for ReadsText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Map(_) => ReadsWords::read(node, notes).map(|words| Self::Words(Box::new(words))),
            _ => Words::read(node, notes).map(|word| Self::Word(At { value: word, span: node.span })),
        }
    }
}

impl Read for ValueText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Map(_) => ValueWords::read(node, notes).map(|words| Self::Words(Box::new(words))),
            What::Scalar { text, plain } if !node.is_null() => match scalar(text, *plain) {
                Json::String(_) => {
                    let PathText(path) = PathText::read(node, notes)?;
                    Some(Self::Path(At { value: path, span: node.span }))
                }
                constant => Some(Self::Is(constant)),
            },
            _ => {
                let message = format!("expected a value: a path, a number, or `{{...}}`; found {}", node.form());
                notes.add(MistakeKind::WrongForm, node.span, message);
                None
            }
        }
    }
}

impl Read for KindText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Map(_) => ValueWords::read(node, notes).map(|words| Self::Value(Box::new(words))),
            _ => Words::read(node, notes).map(|word| Self::Word(At { value: word.0, span: node.span })),
        }
    }
}

impl Read for TreeText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        entries(node, notes)?;
        Some(Self(node.clone()))
    }
}

impl Read for TableText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let said = entries(node, notes)?;
        let is_flag = |key: &Key| key.text == "loose";
        let is_loose = said.iter().any(|(key, value)| {
            is_flag(key) && matches!(&value.what, What::Scalar { text, plain: true } if text == "true")
        });
        let mut table = Vec::new();
        for (key, value) in said.into_iter().filter(|(key, _)| !(is_loose && is_flag(key))) {
            let means = match &value.what {
                _ if value.is_null() => Some(Json::Null),
                What::Scalar { .. } => ScalarText::read(value, notes).map(|scalar| scalar.0),
                _ => {
                    notes.add(MistakeKind::WrongForm, value.span, "a table says one value each");
                    None
                }
            };
            table.extend(means.map(|means| (At { value: key.text.clone(), span: key.span }, means)));
        }
        Some(Self { entries: table, is_loose })
    }
}

impl Read for TableRef {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Map(_) => TableText::read(node, notes).map(Self::Inline),
            _ => Words::read(node, notes).map(|word| Self::Named(At { value: word.0, span: node.span })),
        }
    }
}

impl Read for OtherwiseText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        if let What::Map(said) = &node.what
            && let [(key, value)] = said.as_slice()
        {
            match key.text.as_str() {
                "is" => return ScalarText::read(value, notes).map(|scalar| Self::Is(scalar.0)),
                "drop" => return Words::read(value, notes).map(|name| Self::Drop(name.0)),
                _ => {}
            }
        }
        match &node.what {
            What::Scalar { text, .. } if text == "keep" => Some(Self::Keep),
            What::Scalar { text, .. } if text == "absent" => Some(Self::Absent),
            What::Scalar { text, .. } if text == "refuse" => Some(Self::Refuse),
            _ => {
                let message = "expected `keep`, `absent`, `refuse`, `{is: value}` or `{drop: name}`";
                notes.add(MistakeKind::WrongForm, node.span, message);
                None
            }
        }
    }
}

impl Read for ConditionText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        condition(node, notes).map(Self)
    }
}

fn condition(node: &Node, notes: &mut Notes) -> Option<Condition> {
    let mut asks = Vec::new();
    for (key, value) in entries(node, notes)? {
        if key.text == "any" && matches!(value.what, What::List(_)) {
            let What::List(items) = &value.what else { continue };
            asks.push(Ask::Any(items.iter().filter_map(|item| condition(item, notes)).collect()));
            continue;
        }
        match Path::parse(&key.text) {
            Ok(path) => asks.push(Ask::Of(path, tests(value, notes)?)),
            Err(wrong) => {
                let message = format!("`{}` is no path: it {wrong}", shortened(&key.text));
                notes.add(MistakeKind::WrongForm, key.span, message);
            }
        }
    }
    Some(Condition(asks))
}

const TESTS: &str = "`present`, `absent`, a text or a list of them, or `{prefix: ..}`, `{suffix: ..}`, `{contains: ..}`, \
                     `{at_least: ..}`, `{at_most: ..}`, `{not: ..}`";

fn tests(node: &Node, notes: &mut Notes) -> Option<Vec<Test>> {
    match &node.what {
        What::Scalar { text, plain: true } if text == "present" => Some(vec![Test::Present]),
        What::Scalar { text, plain: true } if text == "absent" => Some(vec![Test::Absent]),
        What::Scalar { .. } | What::List(_) => texts(node, notes).map(|texts| vec![Test::OneOf(texts)]),
        What::Map(_) => {
            let mut all = Vec::new();
            for (key, value) in entries(node, notes)? {
                all.push(match key.text.as_str() {
                    "prefix" => Test::Prefix(texts(value, notes)?),
                    "suffix" => Test::Suffix(texts(value, notes)?),
                    "contains" => Test::Contains(texts(value, notes)?),
                    "at_least" => Test::AtLeast(NumberText::read(value, notes)?.0),
                    "at_most" => Test::AtMost(NumberText::read(value, notes)?.0),
                    "not" => {
                        let [one] = <[Test; 1]>::try_from(tests(value, notes)?).ok()?;
                        Test::Not(Box::new(one))
                    }
                    _ => {
                        let message = format!("`{}` is no test", shortened(&key.text));
                        notes.add(MistakeKind::UnknownWord, key.span, message).help(format!("there are {TESTS}"));
                        return None;
                    }
                });
            }
            Some(all)
        }
    }
}

/// One or several, in lower case.
fn texts(node: &Node, notes: &mut Notes) -> Option<Vec<String>> {
    node.items().iter().map(|item| Words::read(item, notes).map(|text| text.0.to_lowercase())).collect()
}

macro_rules! schemas {
    ($($text:ty, $name:literal, $schema:expr;)+) => { $(
        impl JsonSchema for $text {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        }
    )+ };
}

schemas! {
    ReadsText, "Reads", |generator| {
        let words = generator.subschema_for::<ReadsWords>();
        json_schema!({ "anyOf": [{ "enum": super::reads::FORMS }, words] })
    };
    ValueText, "Value", |generator| {
        let words = generator.subschema_for::<ValueWords>();
        json_schema!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, words] })
    };
    KindText, "Kind", |generator| {
        let words = generator.subschema_for::<ValueWords>();
        json_schema!({ "anyOf": [{ "type": "string" }, words] })
    };
    TreeText, "Tree", super::schema::tree;
    TableText, "Table", |_| json_schema!({ "type": "object" });
    TableRef, "TableOrName", |_| json_schema!({ "type": ["string", "object"] });
    OtherwiseText, "Otherwise", |_| json_schema!({
        "anyOf": [{ "enum": ["keep", "absent", "refuse"] }, { "type": "object", "maxProperties": 1 }]
    });
    ConditionText, "Condition", |_| json_schema!({ "type": "object", "description": "Path -> test; all hold." });
}
