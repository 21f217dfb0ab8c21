//! Files -> model, or all that is wrong with them.

use crate::bundle::Bundle;
use crate::language::PlaybookText;
use crate::limits;
use crate::model::Model;
use notation::mistake::{Mistake, MistakeKind, Notes, Span, Warning};
use notation::reading::{Read, entries};
use notation::yaml::{self, Key, Node, What};
use std::collections::HashMap;

/// Reads, checks and compiles the files of a playbook (name and content each).
///
/// # Errors
/// All mistakes at once, in the order of files and lines, with the warnings among them ([`crate::render`] shows them).
pub fn load<N: AsRef<str>, C: AsRef<str>>(files: &[(N, C)]) -> Result<(Model, Vec<Warning>), Vec<Mistake>> {
    let bundle = Bundle::from_files(files.iter().map(|(name, content)| (name.as_ref(), content.as_ref())));
    load_bundle(&bundle)
}

pub(crate) fn load_bundle(bundle: &Bundle) -> Result<(Model, Vec<Warning>), Vec<Mistake>> {
    let mut notes = Notes::of("playbook");
    let model = read_and_compile(bundle, &mut notes);
    let failed = notes.failed();
    let findings = notes.into_findings();
    match model {
        Some(model) if !failed => Ok((model, findings)),
        _ => Err(findings),
    }
}

fn read_and_compile(bundle: &Bundle, notes: &mut Notes) -> Option<Model> {
    let sections = sections(bundle, notes)?;
    let text = PlaybookText::read(&sections, notes)?;
    let model = crate::compile::compile(&text, &bundle.hash(), notes);
    let What::Map(sections) = &sections.what else { return None };
    let broken: Vec<&str> = broken(sections, notes);
    crate::lint::lint(&text, &model, &broken, notes);
    Some(model)
}

/// All files as one mapping of sections; `None`: they are too large or no YAML, which is noted.
pub(crate) fn sections(bundle: &Bundle, notes: &mut Notes) -> Option<Node> {
    check_sizes(bundle, notes)?;
    let mut files = Vec::new();
    for (name, content) in bundle.files() {
        let file = notes.add_file(name, content);
        files.extend(yaml::read(file, content, notes));
    }
    // A file that is no YAML would make everything it declares unknown.
    if notes.failed() {
        return None;
    }
    Some(merged(files, notes))
}

fn check_sizes(bundle: &Bundle, notes: &mut Notes) -> Option<()> {
    let count = bundle.files().count();
    let bytes: usize = bundle.files().map(|(_, content)| content.len()).sum();
    if count == 0 {
        notes.add_whole(MistakeKind::Empty, "there is no file").help("a playbook is a directory of .yaml files");
    }
    if count > limits::FILES_MAX {
        notes.add_whole(MistakeKind::TooLarge, format!("{count} files; at most {}", limits::FILES_MAX));
    }
    if bytes > limits::TOTAL_BYTES_MAX {
        let message = format!("the files have {bytes} bytes together; at most {}", limits::TOTAL_BYTES_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    (!notes.failed()).then_some(())
}

/// One mapping of all sections; a section that two files hold is noted with both places.
fn merged(files: Vec<Node>, notes: &mut Notes) -> Node {
    let mut first: HashMap<String, Span> = HashMap::new();
    let mut sections: Vec<(Key, Node)> = Vec::new();
    for file in files {
        if file.is_null() {
            continue;
        }
        for (key, section) in entries(&file, notes).into_iter().flatten() {
            if let Some(other) = first.get(&key.text) {
                notes
                    .add(MistakeKind::SaidTwice, key.span, format!("the section `{}` is there twice", key.text))
                    .help("a section stands whole in one file: put them together")
                    .other(*other);
                continue;
            }
            first.insert(key.text.clone(), key.span);
            sections.push((key.clone(), section.clone()));
        }
    }
    let span = sections.first().map_or_else(Default::default, |(key, _)| key.span);
    Node { what: What::Map(sections), span }
}

/// The sections with a mistake in them: what depends on them is not looked through for what may follow from it.
fn broken<'a>(sections: &'a [(Key, Node)], notes: &Notes) -> Vec<&'a str> {
    let holds = |span: &Span| {
        let before = sections.iter().filter(|(key, _)| key.span.file == span.file && key.span.start <= span.start);
        before.max_by_key(|(key, _)| key.span.start).map(|(key, _)| key.text.as_str())
    };
    notes.mistaken().iter().filter_map(holds).collect()
}
