//! How records are read, and what their fields are called.

use crate::mapping::names::Names;
use crate::mapping::reads::{Columns, FORMS, Lines, Reads, Rows};
use crate::mapping::text::{MappingText, ReadsText, ReadsWords, Words};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, shortened};

pub(super) fn reads(text: &MappingText, notes: &mut Notes) -> Reads {
    let (form, said) = match &text.reads {
        None => return Reads::Json,
        Some(ReadsText::Word(word)) => (word, None),
        Some(ReadsText::Words(words)) => (&words.form, Some(words.as_ref())),
    };
    if let Some(said) = said {
        refuse_idle(form, said, notes);
    }
    let encoding = said.and_then(|said| said.encoding).map(|encoding| encoding.0);
    match form.value.0.as_str() {
        "json" => Reads::Json,
        "form" => Reads::Form,
        "csv" | "tsv" => {
            let is_tsv = form.value.0 == "tsv";
            let separator = said.and_then(|said| said.separator.as_ref()).map_or(b',', |said| separator(said, notes));
            Reads::Rows(Rows {
                separator: if is_tsv { b'\t' } else { separator },
                has_quotes: !is_tsv,
                columns: columns(text, said, notes),
                encoding,
            })
        }
        "lines" => match said.and_then(|said| said.pattern.as_ref()) {
            Some(pattern) => Reads::Lines(Lines {
                pattern: pattern.value.0.clone(),
                field: said.and_then(|said| said.line.as_ref()).map(|path| path.value.0.clone()),
                encoding,
            }),
            None => {
                notes
                    .add(MistakeKind::Missing, form.span, "nothing says how a line is written")
                    .help("say `{as: lines, pattern: '...'}`");
                Reads::Json
            }
        },
        other => {
            notes
                .add(MistakeKind::UnknownName, form.span, format!("records are not read as `{}`", shortened(other)))
                .help(suggestion(other, FORMS));
            Reads::Json
        }
    }
}

/// What others write for our names.
pub(super) fn names(text: &MappingText, notes: &mut Notes) -> Names {
    let said = text
        .names
        .iter()
        .map(|(name, others)| (name.value.clone(), others.iter().map(|other| other.0.clone()).collect::<Vec<_>>()));
    Names::of(said).unwrap_or_else(|twice| {
        let is_said = |(name, others): &(&At<String>, &Vec<Words>)| {
            name.value == twice || others.iter().any(|other| other.0 == twice)
        };
        let span = text.names.iter().filter(is_said).last().map_or_else(Span::default, |(name, _)| name.span);
        notes.add(MistakeKind::SaidTwice, span, format!("`{}` is the name of another field, too", shortened(&twice)));
        Names::default()
    })
}

/// Words that say nothing of this form.
fn refuse_idle(form: &At<Words>, said: &ReadsWords, notes: &mut Notes) {
    let word = form.value.0.as_str();
    let (is_table, is_lines) = (matches!(word, "csv" | "tsv"), word == "lines");
    let first = |words: &[At<Words>]| words.first().map(|word| word.span);
    for (name, span, is_used) in [
        ("columns", first(&said.columns), is_table),
        ("header_has", first(&said.header_has), is_table && said.columns.is_empty()),
        ("separator", said.separator.as_ref().map(|word| word.span), word == "csv"),
        ("pattern", said.pattern.as_ref().map(|word| word.span), is_lines),
        ("line", said.line.as_ref().map(|word| word.span), is_lines),
        ("encoding", said.encoding.map(|_| said.span), is_table || is_lines),
    ] {
        if let Some(span) = span.filter(|_| !is_used) {
            notes.add(MistakeKind::WrongForm, span, format!("`{name}` says nothing of records read as `{word}`"));
        }
    }
}

fn separator(said: &At<Words>, notes: &mut Notes) -> u8 {
    match said.value.0.as_bytes() {
        [sign] if sign.is_ascii_punctuation() && *sign != b'"' => *sign,
        _ => {
            notes.add(MistakeKind::WrongForm, said.span, "expected one sign, as `;`").help("for tabs say `as: tsv`");
            b','
        }
    }
}

fn columns(text: &MappingText, said: Option<&ReadsWords>, notes: &mut Notes) -> Columns {
    let fixed = said.map_or(&[][..], |said| said.columns.as_slice());
    for (at, name) in fixed.iter().enumerate() {
        if fixed[..at].iter().any(|have| have.value == name.value) {
            let message = format!("a column is called `{}` already", shortened(&name.value.0));
            notes.add(MistakeKind::SaidTwice, name.span, message);
        }
    }
    if !fixed.is_empty() {
        return Columns::Fixed(fixed.iter().map(|name| name.value.0.clone()).collect());
    }
    let has = said.map_or(&[][..], |said| said.header_has.as_slice());
    let has = has.iter().map(|name| name.value.0.clone()).collect();
    // A mistake in the names is told once.
    Columns::Header { has, names: names(text, &mut Notes::of("mapping")) }
}
