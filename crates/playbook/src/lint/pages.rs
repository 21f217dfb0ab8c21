//! Pages that change nothing, classes that no page has.

use crate::language::PlaybookText;
use crate::model::{Model, Page, PageClassIx};
use notation::mistake::{MistakeKind, Notes, Span};
use std::collections::{HashMap, HashSet};

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    let spans: HashMap<&str, Span> = text.pages.0.iter().map(|(name, _)| (name.value.as_str(), name.span)).collect();
    // In the order of the text every prefix of an entry stands before it: those still open lie on a stack.
    let mut open: Vec<(&str, Page)> = Vec::new();
    for (prefix, page) in model.pages.iter() {
        while open.last().is_some_and(|(outer, _)| !prefix.starts_with(outer)) {
            open.pop();
        }
        if let Some((outer, _)) = open.last().filter(|(_, outer)| outer == page) {
            let message = format!("`{prefix}` says the same as `{outer}`, which covers it already");
            let noted =
                notes.add(MistakeKind::Redundant, spans.get(prefix.as_str()).copied().unwrap_or_default(), message);
            noted.help("leave it out").other(spans.get(outer).copied().unwrap_or_default());
        }
        open.push((prefix, *page));
    }
    let with_page: HashSet<PageClassIx> = model.pages.iter().filter_map(|(_, page)| page.class).collect();
    for (at, class) in text.page_classes.iter().enumerate() {
        if !with_page.contains(&PageClassIx(at as u16)) {
            let message = format!("no page has the class `{}`", class.value.0);
            notes.add(MistakeKind::Unused, class.span, message).help("leave it out, or give a page the class");
        }
    }
}
