//! The words of a mapping file.

use super::path::Path;
use super::time_form::TimeForm;
use super::value::Form;
use encoding_rs::Encoding;
use notation::reading::{At, Many, Named};
use notation::section;
use notation::units::{YesNo, Zone};
use notation::yaml::Node;
use regex::Regex;
use serde_json::Value as Json;
use touchpoint::Decimal;

/// A name or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) String);

/// Where in the record something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathText(pub(crate) Path);

/// What a value is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormText {
    Plain(Form),
    Time(TimeForm),
}

/// A number to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumberText(pub(crate) Decimal);

section! {
    /// A source: a tool whose records become touchpoints.
    struct MappingText {
        /// The name in the header `source` of the raw record.
        source: At<Words>,
        /// Other names of the same format.
        aliases: Vec<At<Words>>,
        /// The channel that it belongs to; without one it comes by any topic.
        channel: Option<At<Words>>,
        /// Where its provider documents the payload.
        documents: Option<Words>,
        /// One or two sentences: what stands for an id, a person, a version.
        summary: Option<Words>,
        /// The zone of times that have none; else that of the settings.
        zone: Option<Zone>,
        /// How the text of a record is cut into elements: a word, or `{...}`. What is JSON is read as JSON all the same.
        reads: Option<ReadsText>,
        /// What a field is called here, and how others write it; compared without case, width, blanks and marks.
        names: Named<Vec<Words>>,
        /// From an element to what holds the event, step by step; a step whose field is not there is passed over.
        unwrap: Vec<UnwrapText>,
        /// Fields of an element that may hold JSON as text: paths lead into it.
        texts: Vec<At<PathText>>,
        /// A list in the record: an element each.
        elements: Option<At<PathText>>,
        /// Where the type of an event stands.
        event: Option<ValueText>,
        /// Texts that stand for nothing, as `-`.
        nothing: Vec<Words>,
        /// What to call elements that name nobody; else they are refused.
        nobody: Option<DropText>,
        /// Elements that are nothing to us, looked at before all.
        drops: Vec<GuardText>,
        /// Fields of an element that differ from copy to copy: they do not count for an id that is a hash.
        stamps: Vec<Words>,
        /// Tables by name.
        tables: Named<TableText>,
        /// What says that a machine did it.
        machine: Option<MachineText>,
        /// What all events say.
        touchpoint: Option<TreeText>,
        /// By type: what becomes of an event. `phone.*` stands for all types that begin so and no other line names.
        events: Named<LineText>,
    }
}

section! {
    /// How the text of a record is cut into elements.
    struct ReadsWords {
        /// `json`, `form` (the fields of a web form), `csv` and `tsv` (an element each row), `lines` (an element each line).
        form as "as": At<Words>,
        /// Of rows that have no line of names: what the columns are called.
        columns: Vec<At<Words>>,
        /// Of rows: the line of names is the first that has these; what stands above it is passed over.
        header_has: Vec<At<Words>>,
        /// Of `csv`: the sign between the cells; else `,`.
        separator: Option<At<Words>>,
        /// Of lines: a regular expression; its named groups are the fields.
        pattern: Option<At<PatternText>>,
        /// Of lines: where a line stands in a record of JSON.
        line: Option<At<PathText>>,
        /// Of what is no UTF-8: a label of the WHATWG, as `shift_jis`.
        encoding: Option<EncodingText>,
    }
}

/// How records are read: a word, or `{...}`.
#[derive(Debug)]
pub(crate) enum ReadsText {
    Word(At<Words>),
    Words(Box<ReadsWords>),
}

/// A regular expression with named groups.
#[derive(Clone, Debug)]
pub(crate) struct PatternText(pub(crate) Regex);

/// How letters are written in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodingText(pub(crate) &'static Encoding);

section! {
    /// What is around an event, as a message of a queue.
    struct UnwrapText {
        /// Only where this holds.
        when: Option<ConditionText>,
        /// Where the event stands: an object, or a text of JSON.
        from: At<PathText>,
    }
}

section! {
    /// Dropped, and counted under this name.
    struct DropText {
        /// The name; the source's own stands before it.
        drop: At<Words>,
    }
}

section! {
    /// Elements that are dropped.
    struct GuardText {
        /// Which.
        when: ConditionText,
        /// The name under which they are counted.
        drop: At<Words>,
    }
}

section! {
    /// What marks a machine.
    struct MachineText {
        /// The user agent.
        agent: Option<At<PathText>>,
        /// The tool's own word.
        when: Option<ConditionText>,
    }
}

section! {
    /// What becomes of an event.
    struct LineText {
        /// The kind of touchpoint.
        kind: Option<KindText>,
        /// Dropped, and counted under this name.
        drop: Option<At<Words>>,
        /// The first of these that fits.
        cases: Vec<LineText>,
        /// All of these that fit, a touchpoint each.
        all: Vec<LineText>,
        /// For a case: when it fits.
        when: Option<ConditionText>,
        /// One touchpoint for each item of this list; paths to it begin with `$item`.
        for_each: Option<At<PathText>>,
        /// The channel of the touchpoint, where it is not the source's.
        channel: Option<At<Words>>,
        /// Who acted: `in` the customer, `out` we.
        direction: Option<At<Words>>,
        /// `true`: takes the input of this id back; needs a `version`.
        takes_back: Option<YesNo>,
        /// A purpose of mails that the person does not want any more.
        refuses: Option<At<Words>>,
        /// Laid over what all events say.
        with: Option<TreeText>,
        /// Parts of what all events say that this one does not.
        without: Vec<At<Words>>,
        /// For readers of the table.
        note: Option<Words>,
    }
}

section! {
    /// A value that is more than a path.
    struct ValueWords {
        /// Where it stands.
        from: Option<At<PathText>>,
        /// The first of these that is there.
        first: Vec<ValueText>,
        /// Those of these that are there, put together.
        join: Vec<ValueText>,
        /// What stands between them; else `:`.
        by: Option<Words>,
        /// This, whatever the record says.
        is: Option<ScalarText>,
        /// `true`: when the raw record was received. Copies of one event are received at other times.
        received: Option<YesNo>,
        /// Only when this holds.
        when: Option<ConditionText>,
        /// Of a URL: a parameter of its query.
        query: Option<Words>,
        /// A list, cut at any of these signs.
        split: Option<Words>,
        /// What stands after the first such text.
        after: Option<Words>,
        /// What stands before the first such text.
        before: Option<Words>,
        /// Without this text at its beginning.
        strip: Option<Words>,
        /// In lower case.
        lower: Option<YesNo>,
        /// What a table says for it: its name, or the table itself.
        table: Option<TableRef>,
        /// What becomes of a value that the table does not know or, without one, is not written `as` said: `keep`, `absent`, `refuse`, `{is: ...}` or `{drop: ...}`.
        otherwise: Option<At<OtherwiseText>>,
        /// With this text before it.
        prefix: Option<Words>,
        /// What it is read as; of several the first that fits.
        as_forms as "as": Many<FormText>,
        /// What stands for it when nothing is there.
        default: Option<ScalarText>,
    }
}

section! {
    /// Fields that are taken over.
    struct SpreadText {
        /// An object, or with `pairs` a list of objects (or one).
        from: At<PathText>,
        /// Stands before each name.
        prefix: Option<Words>,
        /// But for these.
        except: Vec<Words>,
        /// Each object says a name and a value.
        pairs: Option<PairsText>,
    }
}

section! {
    /// Where the objects of a list say a name and a value.
    struct PairsText {
        /// Of the name; begins with `$item`.
        name: At<PathText>,
        /// The value; its paths begin with `$item`.
        value: ValueText,
        /// What the names are called with us; of others nothing is said.
        table: Option<TableRef>,
    }
}

/// A value: a path, a number, `true`, or `{...}`.
#[derive(Debug)]
pub(crate) enum ValueText {
    Path(At<Path>),
    Is(Json),
    Words(Box<ValueWords>),
}

/// The kind of an event: a word, or a value.
#[derive(Debug)]
pub(crate) enum KindText {
    Word(At<String>),
    Value(Box<ValueWords>),
}

/// A text, number or truth, as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScalarText(pub(crate) Json);

/// A tree in the canonical form; read when its shape is known.
#[derive(Clone, Debug)]
pub(crate) struct TreeText(pub(crate) Node);

/// What is asked of a record; read into tests at once.
#[derive(Debug)]
pub(crate) struct ConditionText(pub(crate) super::condition::Condition);

/// A table: what people write -> what it means.
#[derive(Debug)]
pub(crate) struct TableText {
    pub(crate) entries: Vec<(At<String>, Json)>,
    pub(crate) is_loose: bool,
}

#[derive(Debug)]
pub(crate) enum TableRef {
    Named(At<String>),
    Inline(TableText),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OtherwiseText {
    Keep,
    Absent,
    Refuse,
    Drop(String),
    Is(Json),
}
