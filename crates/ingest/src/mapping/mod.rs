//! A source as data: a mapping file, read and checked once, applied to every record.
//!
//! A file says where in a tool's record the parts of a touchpoint stand. It has paths, tables and conditions, and neither
//! loops nor expressions, so that a mistake in it is found when it is loaded, at its line, and a record is read in one pass.
//! What comes out is a touchpoint in the canonical form and is checked as one.
//!
//! Reading order: `text` (the words of the file), `canonical::shape` (what they fill), `compile`, then `decode`, `tree` and
//! `value`.

mod compile;
mod condition;
mod decode;
mod info;
mod names;
mod path;
mod reads;
mod schema;
mod text;
mod time_form;
mod tree;
mod units;
mod value;

use crate::pieces::Piece;
use crate::registry::SourceInfo;
use condition::Condition;
use jiff::tz::TimeZone;
use names::Names;
use notation::mistake::{Mistake, MistakeKind, Notes, Span};
use notation::reading::Read;
use path::Path;
use reads::Reads;
pub use schema::json_schema;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};
use text::MappingText;
use tree::Object;
use unicode_normalization::UnicodeNormalization;
use value::Value;

/// A source, compiled from its file.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) info: SourceInfo,
    zone: Option<TimeZone>,
    reads: Reads,
    names: Names,
    /// Where what is around an event has it, if it is so.
    unwrap: Vec<(Condition, Path)>,
    texts: Vec<Path>,
    /// A list in the record, with its path.
    elements: Option<(String, Path)>,
    event: Option<Value>,
    nothing: Vec<String>,
    nobody: Option<&'static str>,
    drops: Vec<(Condition, &'static str)>,
    stamps: Vec<&'static str>,
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
    Cases(Vec<(Condition, Line)>),
    /// All that fit.
    All(Vec<(Condition, Line)>),
    /// The same for each item of a list.
    Each(Path, Box<Line>),
    Says(Box<Says>),
}

/// A touchpoint.
#[derive(Clone, Debug)]
struct Says {
    kind: Value,
    /// Where it is not the source's.
    channel: Option<&'static str>,
    /// The input of this id is taken back.
    takes_back: bool,
    id: Id,
    tree: Object,
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
        Self::load_all([(name, text)]).map(|mut mappings| mappings.swap_remove(0))
    }

    /// Reads and checks files that are used together, each with its name and text: every source is in one of them.
    ///
    /// # Errors
    /// All mistakes of all files at once.
    pub fn load_all<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Self>, Vec<Mistake>> {
        let mut notes = Notes::of("mapping");
        let mut called: HashMap<String, Span> = HashMap::new();
        let mut mappings = Vec::new();
        for (name, text) in files {
            let file = notes.add_file(name, text);
            let mistaken = notes.mistaken().len();
            let tree = notation::yaml::read(file, text, &mut notes);
            let Some(text) = tree.and_then(|tree| MappingText::read(&tree, &mut notes)) else {
                // Emptied by mistake or not written yet: the source would be gone without a word.
                if notes.mistaken().len() == mistaken {
                    let span = Span { file, start: 0, length: 0 };
                    let message = "there is no mapping in this file";
                    notes.add(MistakeKind::Empty, span, message).help("remove the file to give its source up");
                }
                continue;
            };
            for name in std::iter::once(&text.source).chain(&text.aliases) {
                if name.value.0 == CANONICAL {
                    let message = "`canonical` is our own form, which no mapping file may read otherwise";
                    notes.add(MistakeKind::SaidTwice, name.span, message).help("give it another name");
                }
                if let Some(first) = called.insert(name.value.0.clone(), name.span) {
                    let message = format!("a source is called `{}` already", name.value.0);
                    notes.add(MistakeKind::SaidTwice, name.span, message).other(first);
                }
            }
            mappings.push(compile::compile(&text, &mut notes));
        }
        let failed = notes.failed();
        let mistakes = notes.into_findings();
        if failed { Err(mistakes) } else { Ok(mappings) }
    }

    /// The elements of a record that is no JSON, as the file says; `None`: it is to be read as JSON.
    pub(crate) fn pieces(&self, bytes: &[u8]) -> Option<Vec<Piece>> {
        self.reads.pieces(bytes)
    }

    /// What it tells of itself, for lists of sources.
    pub const fn info(&self) -> &SourceInfo {
        &self.info
    }
}

/// The source of records that name none and say themselves what they mean.
const CANONICAL: &str = "canonical";

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

/// One form for what people type in full or half width (NFKC of Unicode).
pub(crate) fn half_width(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect::<String>().trim().to_owned()) }
}

/// The same in lower case.
pub(crate) fn fold(text: &str) -> String {
    half_width(text).to_lowercase()
}

/// The same without blanks and marks. Nothing but marks stays as it is: `×` is not `△`.
pub(crate) fn fold_loosely(text: &str) -> String {
    let folded = fold(text);
    let loose = crate::settings::loose(&folded);
    if loose.is_empty() { folded } else { loose }
}
