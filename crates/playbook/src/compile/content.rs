//! Pages, content and campaigns: what a touchpoint is about.

use super::names::Names;
use crate::language::PlaybookText;
use crate::mistake::{MistakeKind, Notes};
use crate::model::{Asset, Page, Pages, SolutionIx};
use crate::reading::At;
use crate::units::Word;
use std::collections::HashMap;
use touchpoint::Text;

pub(crate) fn assets(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Vec<Asset> {
    let mut assets = Vec::new();
    for (name, content) in text.content.iter() {
        let issue = content.issue.as_ref().filter(|issue| names.issues.find(issue, notes).is_some());
        assets.push(Asset {
            name: Text::new(&name.value),
            label: content.title.0.clone(),
            kind: content.kind.value.0.clone(),
            solution: solution(content.solution.as_ref(), names, notes),
            issue: issue.map(|issue| issue.value.0.clone()),
        });
    }
    assets
}

pub(crate) fn pages(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Pages {
    let mut prefixes = Vec::new();
    for (prefix, page) in text.pages.iter() {
        check_prefix(prefix, notes);
        let asset = page.content.as_ref().and_then(|content| names.assets.find(content, notes));
        let class = page.class.as_ref().and_then(|class| names.classes.find(class, notes));
        if page.class.is_none() && page.content.is_none() && page.solution.is_none() {
            notes
                .add(MistakeKind::Empty, prefix.span, "nothing is said of this page")
                .help("say at least one of: class, content, solution");
        }
        let page = Page { class, asset, solution: solution(page.solution.as_ref(), names, notes) };
        prefixes.push((Text::new(&prefix.value), page));
    }
    prefixes.sort_by(|(a, _), (b, _)| a.cmp(b));
    Pages { prefixes }
}

pub(crate) fn campaign_solutions(text: &PlaybookText, names: &Names, notes: &mut Notes) -> HashMap<Text, SolutionIx> {
    let about = text.campaigns.iter().filter_map(|(name, campaign)| {
        Some((Text::new(&name.value), solution(campaign.solution.as_ref(), names, notes)?))
    });
    about.collect()
}

fn solution(word: Option<&At<Word>>, names: &Names, notes: &mut Notes) -> Option<SolutionIx> {
    word.and_then(|word| names.solutions.find(word, notes))
}

/// `/path` on any host, or `host/path`.
fn check_prefix(prefix: &At<String>, notes: &mut Notes) {
    let text = &prefix.value;
    let help = "write `/pricing` (on any host) or `www.example.co.jp/pricing`";
    if text.contains("://") || text.contains(['?', '#', ' ']) || !text.contains('/') {
        let message = "a page's prefix has no scheme, query, fragment or blank, and starts with `/` or a host";
        notes.add(MistakeKind::WrongForm, prefix.span, message).help(help);
    }
}
