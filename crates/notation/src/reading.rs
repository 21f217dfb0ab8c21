//! Tree -> typed sections. Every mistake of form is noted at its place and reading goes on, so that one report holds
//! them all; what could not be read is left out. (Serde ends at the first error, hence this small reader.) The same
//! declaration gives each section its JSON Schema.

use crate::mistake::{MistakeKind, Notes, Span};
use crate::nearest::suggestion;
use crate::yaml::{Key, Node, What};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Something that can be read from a node.
pub trait Read: Sized {
    /// `None`: it was no such thing, which is noted.
    fn read(node: &Node, notes: &mut Notes) -> Option<Self>;

    /// What stands for it when nobody says it; `None`: it must be said.
    fn absent() -> Option<Self> {
        None
    }
}

/// A single value with a form of its own: points, a duration, a name.
pub trait Unit: Sized {
    /// The name of its definition in the JSON Schema; empty: written out in place.
    const NAME: &str;

    /// Reads the text; `plain`: without quotes.
    ///
    /// # Errors
    /// What would be right, as "expected a duration such as `60d` or `4h`".
    fn parse(text: &str, plain: bool) -> Result<Self, String>;

    fn unit_schema() -> Schema;
}

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

/// Names and what they stand for, in the order of the file. An entry that could not be read keeps its name, so that
/// nobody who uses the name is told that it is unknown.
#[derive(Debug)]
pub struct Named<T>(pub Vec<(At<String>, Option<T>)>);

/// One or a list of them: `kind: open`, `kind: [open, click]`.
#[derive(Debug)]
pub struct Many<T>(pub Vec<T>);

impl<T> Named<T> {
    /// The entries that could be read.
    pub fn iter(&self) -> impl Iterator<Item = (&At<String>, &T)> {
        self.0.iter().filter_map(|(name, entry)| entry.as_ref().map(|entry| (name, entry)))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Many<T> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads a single value; what is none of its kind is noted in the unit's own words.
pub fn read_unit<T: Unit>(node: &Node, notes: &mut Notes) -> Option<T> {
    let read = match &node.what {
        What::Scalar { text, plain } if !node.is_null() => {
            T::parse(text, *plain).map_err(|expected| (expected, format!("`{}`", shortened(text))))
        }
        // No unit takes this text, so that it says what it expects.
        _ => T::parse(NOTHING, true).map_err(|expected| (expected, node.form().to_owned())),
    };
    read.map_err(|(expected, found)| {
        let note = notes.add(MistakeKind::WrongForm, node.span, format!("{expected}, found {found}"));
        if let What::Scalar { text, .. } = &node.what
            && let Some(hint) = half_width_hint(text)
        {
            note.help(hint);
        }
    })
    .ok()
}

/// The same in half-width letters, digits and signs.
pub fn half_width(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '\u{2212}' => '-',
        c => c,
    };
    text.chars().map(half).collect()
}

/// What to type instead of full-width characters, which look alike and are others: `３０d`, `did：`.
pub fn half_width_hint(text: &str) -> Option<String> {
    let typed = half_width(text);
    (typed != text).then(|| format!("these are full-width characters; type `{}`", shortened(&typed)))
}

/// Text that every unit refuses.
const NOTHING: &str = "\0";

impl<T: Read> Read for At<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        T::read(node, notes).map(|value| Self { value, span: node.span })
    }
}

impl<T: Read> Read for Option<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        T::read(node, notes).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Box<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        T::read(node, notes).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::List(items) => Some(items.iter().filter_map(|item| T::read(item, notes)).collect()),
            _ => {
                let message = format!("expected a list, found {}", node.form());
                notes.add(MistakeKind::WrongForm, node.span, message).help("each entry on its own line after `- `");
                None
            }
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: Read> Read for Many<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::List(_) => Vec::read(node, notes).map(Self),
            _ => T::read(node, notes).map(|one| Self(vec![one])),
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

impl<T: Read> Read for Named<T> {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let entries = entries(node, notes)?;
        let named = |(key, value): &(&Key, &Node), notes: &mut Notes| {
            (At { value: key.text.clone(), span: key.span }, T::read(value, notes))
        };
        Some(Self(entries.iter().map(|entry| named(entry, notes)).collect()))
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// The entries of a mapping, each name once; a second one is noted with both places.
pub fn entries<'a>(node: &'a Node, notes: &mut Notes) -> Option<Vec<(&'a Key, &'a Node)>> {
    let What::Map(entries) = &node.what else {
        let message = format!("expected a mapping of names, found {}", node.form());
        notes.add(MistakeKind::WrongForm, node.span, message).help("write `name: value`, one a line, indented alike");
        return None;
    };
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::with_capacity(entries.len());
    let mut once = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if let Some(first) = seen.get(key.text.as_str()) {
            notes
                .add(MistakeKind::SaidTwice, key.span, format!("`{}` is there twice", shortened(&key.text)))
                .help("keep one of the two")
                .other(*first);
            continue;
        }
        seen.insert(&key.text, key.span);
        once.push((key, value));
    }
    Some(once)
}

/// The words of a section with fixed words; unknown ones are noted.
#[derive(Debug)]
pub struct Words<'a> {
    node: &'a Node,
    said: Vec<(&'a Key, &'a Node)>,
}

impl<'a> Words<'a> {
    pub fn of(node: &'a Node, known: &[&str], notes: &mut Notes) -> Option<Self> {
        let said = entries(node, notes)?;
        for (key, _) in said.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            notes
                .add(MistakeKind::UnknownWord, key.span, format!("`{}` means nothing here", shortened(&key.text)))
                .help(half_width_hint(&key.text).unwrap_or_else(|| suggestion(&key.text, known.iter().copied())));
        }
        Some(Self { node, said })
    }

    /// Reads what one word says. A word that must be there and is not is noted.
    pub fn word<T: Read>(&self, word: &str, notes: &mut Notes) -> Option<T> {
        let said = self.said.iter().find(|(key, _)| key.text == word).map(|(_, value)| *value);
        match (said, T::absent()) {
            // An optional word without a value says nothing.
            (Some(value), Some(absent)) if value.is_null() => Some(absent),
            (Some(value), _) => T::read(value, notes),
            (None, Some(absent)) => Some(absent),
            (None, None) => {
                notes.add(MistakeKind::Missing, self.node.span, format!("`{word}` is missing"));
                None
            }
        }
    }
}

/// Declares a section with fixed words: the struct, how it is read, and its JSON Schema.
#[macro_export]
macro_rules! section {
    (
        $(#[doc = $doc:literal])+
        struct $name:ident { $( $(#[doc = $word_doc:literal])+ $field:ident $(as $word:literal)? : $ty:ty, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug)]
        // Not every section's place is asked for, and some labels are there for readers of the file alone.
        #[allow(dead_code)]
        pub(crate) struct $name {
            pub(crate) span: $crate::mistake::Span,
            $( $(#[doc = $word_doc])+ pub(crate) $field: $ty, )+
        }

        impl $crate::reading::Read for $name {
            fn read(node: &$crate::yaml::Node, notes: &mut $crate::mistake::Notes) -> Option<Self> {
                let known = [$( $crate::section!(@word $field $($word)?) ),+];
                let words = $crate::reading::Words::of(node, &known, notes)?;
                // All are read before the first missing one ends it.
                $( let $field = words.word::<$ty>($crate::section!(@word $field $($word)?), notes); )+
                Some(Self { span: node.span, $( $field: $field?, )+ })
            }
        }

        impl $crate::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                $crate::reading::words_schema(generator, concat!($($doc),+).trim(), &[$( (
                    $crate::section!(@word $field $($word)?),
                    concat!($($word_doc),+).trim(),
                    |generator| generator.subschema_for::<$ty>(),
                    <$ty as $crate::reading::Read>::absent().is_none(),
                ) ),+])
            }
        }
    };
    (@word $field:ident) => { stringify!($field) };
    (@word $field:ident $word:literal) => { $word };
}

/// A word of a section: itself, what it is for, its schema, whether it must be there.
type WordSchema<'a> = (&'a str, &'a str, fn(&mut SchemaGenerator) -> Schema, bool);

pub fn words_schema(generator: &mut SchemaGenerator, description: &str, words: &[WordSchema<'_>]) -> Schema {
    let mut properties = serde_json::Map::new();
    for (word, description, schema, _) in words {
        let mut schema = schema(generator);
        schema.insert("description".to_owned(), (*description).into());
        properties.insert((*word).to_owned(), schema.to_value());
    }
    let required: Vec<&str> = words.iter().filter(|(.., required)| *required).map(|(word, ..)| *word).collect();
    let mut schema = json_schema!({ "type": "object", "description": description, "properties": properties });
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// Makes units readable, and gives them their place in the JSON Schema: an own definition where they have a name.
#[macro_export]
macro_rules! units {
    ($($unit:ty),+ $(,)?) => { $(
        impl $crate::reading::Read for $unit {
            fn read(node: &$crate::yaml::Node, notes: &mut $crate::mistake::Notes) -> Option<Self> {
                $crate::reading::read_unit(node, notes)
            }
        }

        impl $crate::schemars::JsonSchema for $unit {
            fn inline_schema() -> bool {
                <Self as $crate::reading::Unit>::NAME.is_empty()
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                <Self as $crate::reading::Unit>::NAME.into()
            }

            fn json_schema(_: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                <Self as $crate::reading::Unit>::unit_schema()
            }
        }
    )+ };
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}OrList", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// A word for a sentence; what is longer than a name is cut.
pub fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => text.into(),
        Some((at, _)) => format!("{}…", &text[..at]).into(),
    }
}
