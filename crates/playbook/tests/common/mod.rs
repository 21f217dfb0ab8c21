//! The files of the default playbook, as the tests read and change them.
#![allow(dead_code)] // each test file uses some of it

use playbook::model::Model;
use std::path::{Path, PathBuf};
use touchpoint::{Timestamp, Touchpoint, Value};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn default_files() -> Vec<(String, String)> {
    let directory = repository().join("deploy/playbooks/default");
    let mut files: Vec<(String, String)> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            (
                path.file_name().expect("a file").to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).expect("text"),
            )
        })
        .collect();
    files.sort();
    files
}

/// The default playbook, which has to load without a warning; it has gaps on purpose.
pub(crate) fn default_model() -> Model {
    match playbook::load(&default_files()) {
        Ok((model, warnings)) => {
            let advice = |found: &playbook::Mistake| found.kind.level() == playbook::Level::Advice;
            assert!(warnings.iter().all(advice), "{}", playbook::render(&warnings));
            model
        }
        Err(mistakes) => panic!("{}", playbook::render(&mistakes)),
    }
}

/// A touchpoint at a moment that does not matter.
pub(crate) fn touchpoint(channel: &str, kind: &str) -> Touchpoint {
    Touchpoint::new("test", "1", Timestamp::parse("2026-06-18T13:00:00+09:00").expect("a time"), channel, kind)
}

pub(crate) fn page_view(url: &str) -> Touchpoint {
    let mut viewed = touchpoint("web", "page_view");
    viewed.properties.set("url", Value::text(url));
    viewed
}

pub(crate) fn form(purpose: &str) -> Touchpoint {
    let mut sent = touchpoint("web", "form_submit");
    sent.properties.set("purpose", Value::text(purpose));
    sent
}

/// The rules that match, as `S05`, with the points that they give.
pub(crate) fn points(model: &Model, touchpoint: &Touchpoint) -> Vec<(String, i64)> {
    let resolved = model.resolve(touchpoint);
    let mut given = Vec::new();
    model.index.for_each(touchpoint, &resolved, |ix| {
        let rule = &model.rules[usize::from(ix.0)];
        if rule.when.iter().any(|pattern| pattern.matches(model, touchpoint, &resolved))
            && let Some(points) = rule.points_for(model, touchpoint, &resolved)
        {
            given.push((rule.id.to_string(), points));
        }
    });
    given
}

/// Sections of a small sound playbook, which a test replaces one by one.
const SMALL: &[(&str, &str)] = &[
    ("playbook", "playbook: {name: small, label: first, time_zone: Asia/Tokyo}\n"),
    (
        "solutions",
        "solutions:\n  planning: {label: {ja: 生産計画, en: Planning}}\n  maintenance: {label: {ja: 設備保全, en: Maintenance}}\n",
    ),
    ("issues", "issues: {downtime: {label: {ja: 突発停止, en: Downtime}}}\n"),
    ("campaigns", "campaigns: {expo: {label: Expo, solution: maintenance}}\n"),
    (
        "attributes",
        "attributes:\n  contact: {rank: {label: Rank}, nps: {label: NPS}}\n  account: {employees: {label: Employees}}\n",
    ),
    ("page_classes", "page_classes: [pricing, case]\n"),
    ("pages", "pages: {/pricing: {class: pricing}, /cases: {class: case}}\n"),
    ("content", "content: {handbook: {title: Handbook, type: white_paper, solution: maintenance}}\n"),
    (
        "scores",
        "scores:\n  behaviour: {label: {ja: 検討度, en: Behaviour}, half_life: 60d, at_most: 200}\n  \
         interest: {label: {ja: 関心, en: Interest}, half_life: 90d, at_most: 200, per: solution}\n",
    ),
    ("groups", "groups: {browse: {cap: 10, per: month}}\n"),
    ("rules", "rules:\n  R1: {label: Page, when: {channel: web, kind: page_view}, points: 1, group: browse}\n"),
    (
        "life_cycles",
        "life_cycles:\n  acquisition:\n    label: Acquisition\n    stages:\n      \
         early: {label: Early, phase: generation, owner: marketing}\n      \
         late:\n        label: Late\n        phase: generation\n        owner: marketing\n        \
         entries: [{by: score, when: {score: behaviour, at_least: 8}}]\n        \
         exits: [{to: early, when: {score: behaviour, below: 3}}]\n      \
         box: {label: Box, phase: box, owner: marketing, recycle: true, entries: [{by: feedback, when: {feedback: lost}}]}\n",
    ),
    ("reasons", "reasons: {price: {label: Price, to: box, returns_after: 180d}}\n"),
];

/// The small playbook with these sections in the place of its own.
pub(crate) fn small_with(sections: &str) -> Vec<(String, String)> {
    let replaced = |section: &str| sections.lines().any(|line| line.starts_with(&format!("{section}:")));
    let kept = SMALL.iter().filter(|(section, _)| !replaced(section)).map(|(_, text)| *text).collect();
    vec![("case.yaml".to_owned(), sections.to_owned()), ("rest.yaml".to_owned(), kept)]
}

/// The small playbook with each section in a file of its own.
pub(crate) fn small_in_many_files() -> Vec<(String, String)> {
    SMALL.iter().map(|(section, text)| (format!("{section}.yaml"), (*text).to_owned())).collect()
}

/// The model of the small playbook with these sections, which have to be right.
pub(crate) fn small_model(sections: &str) -> Model {
    match playbook::load(&small_with(sections)) {
        Ok((model, _)) => model,
        Err(mistakes) => panic!("{}", playbook::render(&mistakes)),
    }
}
