//! Pages, content and campaigns: what a touchpoint is about.

use super::conditions::{Asks, Known, condition};
use super::names::Names;
use super::stages::first_stages;
use crate::language::PlaybookText;
use crate::model::{Asset, AssetIx, IssueIx, Issues, PEOPLE, Page, Pages, SolutionIx, StageIx};
use crate::units::Word;
use crate::vocabulary::{LANGUAGES, RECORDS};
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::{At, Named, shortened};
use std::collections::HashMap;
use touchpoint::Text;

pub(crate) fn assets(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Asset> {
    let names = known.names;
    let stages = first_stages(text, known.names);
    reserved(&text.issues, "`all` says that content is about every issue: no name of one", ALL, notes);
    reserved(&text.content, "`none` says that nothing is proposed: no name of content", NONE, notes);
    let mut assets = Vec::new();
    for (name, said) in text.content.iter() {
        let mut at: Vec<StageIx> = said.stages.0.iter().filter_map(|stage| stages.find(stage, notes)).collect();
        at.sort_unstable();
        at.dedup();
        let when = said.when.as_ref();
        let hypothesis = said.hypothesis.as_ref();
        assets.push(Asset {
            name: Text::new(&name.value),
            label: said.title.0.clone(),
            kind: said.kind.value.0.clone(),
            solution: solution(said.solution.as_ref(), names, notes),
            issues: issues(&said.issue.0, names, notes),
            channels: channels(&said.channels.0, names, notes),
            languages: languages(&said.language.0, notes),
            tags: said.tags.0.iter().map(|tag| tag.value.0.clone()).collect(),
            when: when.and_then(|when| condition(when, known.asking(Asks::Content), notes)),
            hypothesis: hypothesis.and_then(|said| super::hypothesis::hypothesis(said, &at, &stages, known, notes)),
            stages: at,
        });
    }
    assets
}

/// Says of content that it is about every issue.
const ALL: &str = "all";
/// Where people and scenarios say that nothing is proposed, they say this.
const NONE: &str = "none";

/// A word that says something of its own is no name.
fn reserved<T>(named: &Named<T>, message: &str, word: &str, notes: &mut Notes) {
    for (name, _) in named.0.iter().filter(|(name, _)| name.value == word) {
        notes.add(MistakeKind::WrongForm, name.span, message).help("give it another name");
    }
}

fn issues(said: &[At<Word>], names: &Names, notes: &mut Notes) -> Issues {
    let (all, these): (Vec<_>, Vec<_>) = said.iter().partition(|issue| issue.value.0 == ALL);
    if let (Some(all), false) = (all.first(), these.is_empty()) {
        notes
            .add(MistakeKind::WrongForm, all.span, "`all` are all issues, and others are named beside it")
            .help("leave `all` out, or the others");
    }
    match (all.is_empty(), these.is_empty()) {
        (false, _) => Issues::All,
        (true, true) => Issues::General,
        (true, false) => {
            Issues::These(these.into_iter().filter_map(|issue| names.issues.find(issue, notes)).map(IssueIx).collect())
        }
    }
}

/// Channels of the vocabulary on which something can be given, and people who hand it over.
fn channels(said: &[At<Word>], names: &Names, notes: &mut Notes) -> Vec<Text> {
    said.iter().for_each(|word| may_be_given_by(word, names, notes));
    said.iter().map(|word| word.value.0.clone()).collect()
}

/// Notes a channel on which nothing can be given.
pub(super) fn may_be_given_by(word: &At<Word>, names: &Names, notes: &mut Notes) {
    let ways = || names.channels.names().filter(|name| !RECORDS.contains(name)).chain(PEOPLE);
    if ways().any(|way| way == word.value.0.as_str()) {
        return;
    }
    let name = shortened(&word.value.0);
    let message = match RECORDS.contains(&&*name) {
        true => format!("content is not given by `{name}`: it is where we write down what happened"),
        false => format!("content is not given by `{name}`"),
    };
    let near = suggestion(&name, ways());
    let help = format!("{near}\na channel of your own is declared under `vocabulary: channels:`");
    notes.add(MistakeKind::UnknownName, word.span, message).help(help);
}

fn languages(said: &[At<Word>], notes: &mut Notes) -> Vec<Text> {
    for word in said.iter().filter(|word| !LANGUAGES.contains(&word.value.0.as_str())) {
        notes
            .add(MistakeKind::UnknownName, word.span, format!("there is no language `{}`", shortened(&word.value.0)))
            .help(suggestion(&word.value.0, LANGUAGES));
    }
    said.iter().map(|word| word.value.0.clone()).collect()
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
    Pages::new(prefixes)
}

pub(crate) fn campaign_solutions(text: &PlaybookText, names: &Names, notes: &mut Notes) -> HashMap<Text, SolutionIx> {
    let about = text.campaigns.iter().filter_map(|(name, campaign)| {
        Some((Text::new(&name.value), solution(campaign.solution.as_ref(), names, notes)?))
    });
    about.collect()
}

pub(crate) fn campaign_assets(text: &PlaybookText, names: &Names, notes: &mut Notes) -> HashMap<Text, AssetIx> {
    let are = text.campaigns.iter().filter_map(|(name, campaign)| {
        Some((Text::new(&name.value), names.assets.find(campaign.content.as_ref()?, notes)?))
    });
    are.collect()
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
