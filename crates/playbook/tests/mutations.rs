//! Whatever people type into the files, the loader answers with a report: it never panics, and every place it names is
//! in a file.

mod common;

use common::default_files;
use playbook::{Level, load, render};
use proptest::prelude::*;

/// One thing that goes wrong while somebody edits.
#[derive(Clone, Debug)]
enum Slip {
    DropLine(usize),
    RepeatLine(usize),
    SwapLines(usize, usize),
    Indent(usize, usize),
    ReplaceWord(usize, usize),
    InsertText(usize, String),
    CutAt(usize),
    DropFile,
    MoveLine(usize, usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let at = 0_usize..10_000;
    prop_oneof![
        at.clone().prop_map(Slip::DropLine),
        at.clone().prop_map(Slip::RepeatLine),
        (at.clone(), at.clone()).prop_map(|(a, b)| Slip::SwapLines(a, b)),
        (at.clone(), 0_usize..9).prop_map(|(a, by)| Slip::Indent(a, by)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Slip::ReplaceWord(a, b)),
        (at.clone(), "[a-z0-9:,{}\\[\\]\"'&*!|>%@#~ \n\t\u{0}é漢-]{1,12}")
            .prop_map(|(a, text)| Slip::InsertText(a, text)),
        at.clone().prop_map(Slip::CutAt),
        Just(Slip::DropFile),
        (at.clone(), at).prop_map(|(a, b)| Slip::MoveLine(a, b)),
    ]
}

fn apply(files: &mut Vec<(String, String)>, file: usize, slip: &Slip) {
    if files.is_empty() {
        return;
    }
    let file = file % files.len();
    if matches!(slip, Slip::DropFile) {
        files.remove(file);
        return;
    }
    let text = &mut files[file].1;
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let count = lines.len();
    match slip {
        Slip::DropLine(at) => drop(lines.remove(at % count)),
        Slip::RepeatLine(at) => lines.insert(at % count, lines[at % count].clone()),
        Slip::SwapLines(a, b) => lines.swap(a % count, b % count),
        Slip::Indent(at, by) => lines[at % count] = format!("{:by$}{}", "", lines[at % count].trim_start(), by = *by),
        Slip::MoveLine(from, to) => {
            let line = lines.remove(from % count);
            lines.insert(to % count, line);
        }
        Slip::ReplaceWord(a, b) => {
            let words: Vec<(usize, &str)> = text.match_indices(char::is_alphanumeric).collect();
            if words.is_empty() {
                return;
            }
            let word_at = |at: usize| {
                let start = words[at % words.len()].0;
                let end = text[start..].find([' ', ',', '}', ']', '\n', ':']).map_or(text.len(), |end| start + end);
                (start, end)
            };
            let ((start, end), (from, to)) = (word_at(*a), word_at(*b));
            let replaced = format!("{}{}{}", &text[..start], &text[from..to], &text[end..]);
            *text = replaced;
            return;
        }
        Slip::InsertText(at, inserted) => {
            let at = boundary(text, *at);
            text.insert_str(at, inserted);
            return;
        }
        Slip::CutAt(at) => {
            let at = boundary(text, *at);
            text.truncate(at);
            return;
        }
        Slip::DropFile => {}
    }
    *text = lines.join("\n");
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at % (text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn slips_end_in_a_report(slips in prop::collection::vec((0_usize..20, slip()), 1..5)) {
        let mut files = default_files();
        for (file, slip) in &slips {
            apply(&mut files, *file, slip);
        }
        let found = match load(&files) {
            Ok((_, warnings)) => {
                prop_assert!(warnings.iter().all(|warning| warning.kind.level() < Level::Mistake));
                warnings
            }
            Err(mistakes) => {
                prop_assert!(mistakes.iter().any(|mistake| mistake.kind.level() == Level::Mistake));
                mistakes
            }
        };
        for mistake in &found {
            if mistake.line == 0 {
                continue;
            }
            let (_, text) = files.iter().find(|(name, _)| **name == *mistake.file).expect("a file of the playbook");
            prop_assert!(text.get(mistake.offset..mistake.offset + mistake.length).is_some());
            prop_assert!(mistake.line <= text.split('\n').count(), "{}", mistake.line);
        }
        let report = render(&found);
        prop_assert_eq!(report.is_empty(), found.is_empty());
    }

    #[test]
    fn any_text_ends_in_a_report(text in "\\PC{0,200}") {
        let found = load(&[("a.yaml", &text)]).expect_err("no playbook");
        prop_assert!(!render(&found).is_empty());
    }
}
