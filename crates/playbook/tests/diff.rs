//! What two versions of a playbook say otherwise, in words.

#![allow(clippy::unwrap_used)] // a test may panic

use playbook::{Bundle, diff};
use std::path::Path;

fn default() -> Vec<(String, String)> {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
    }
    files
}

/// The differences after these replacements in the default playbook's files.
fn differences(replacements: &[(&str, &str)]) -> Vec<String> {
    let mut files = default();
    for (from, to) in replacements {
        let holds = files.iter_mut().filter(|(_, content)| content.contains(from));
        let (_, content) = holds.last().unwrap_or_else(|| panic!("no file holds {from}"));
        *content = content.replacen(from, to, 1);
    }
    let differences = diff(&Bundle::from_files(default()), &Bundle::from_files(files)).unwrap();
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn a_playbook_does_not_differ_from_itself_written_otherwise() {
    assert_eq!(differences(&[]), [""; 0]);
    let comments_quotes_and_lists = [
        ("# What we sell\n", "# All that we sell\n"),
        ("name: default", "name: \"default\""),
        ("kind: page_view, page: pricing}", "kind: [page_view], page: [pricing]}"),
    ];
    assert_eq!(differences(&comments_quotes_and_lists[1..]), [""; 0]);
}

#[test]
fn what_is_added_removed_and_changed_is_said_with_its_label() {
    let changes = [
        (
            "label: {ja: 料金ページ閲覧, en: Pricing page}\n    when: {channel: web, kind: page_view, page: pricing}\n    points: 5",
            "label: {ja: 料金ページ閲覧, en: Pricing page}\n    when: {channel: web, kind: page_view, page: pricing}\n    points: 6",
        ),
        ("half_life: 14d", "half_life: 10d"),
        ("  no_contact:\n", "  too_small: {label: Too small, to: excluded}\n  no_contact:\n"),
        ("    tags: security\n    hypothesis:", "    hypothesis:"),
        ("feedback: [accepted, held]", "feedback: [accepted, held, qualified]"),
    ];
    assert_eq!(
        differences(&changes),
        [
            "content spec-m (Maintenance specification and security): tags: removed security",
            "reason too_small (Too small): added {label: Too small, to: excluded}",
            "score heat (Heat): half_life: 14d -> 10d",
            "rule S05 (Pricing page): points: 5 -> 6",
            "life cycle acquisition (Acquisition), stage sal (SAL (accepted or held)): entries 1 when feedback: added qualified",
        ]
    );
}

#[test]
fn a_number_is_not_the_text_that_looks_like_it() {
    assert_eq!(
        differences(&[("nps: {at_least: 9}", "nps: \"9\"")]),
        [
            "life cycle acquisition (Acquisition), stage advocate (Advocate): entries 1 when all 1 contact nps: {at_least: 9} -> \"9\""
        ]
    );
}

#[test]
fn another_order_is_told_where_it_means_something() {
    let swapped = [("grades: {A: 60, B: 40, C: 20}", "grades: {B: 40, A: 60, C: 20}")];
    assert_eq!(differences(&swapped), ["fit: grades: now in the order B, A, C"]);
    let cycles = "life_cycles:\n  two: {label: b, stages: {}}\n  one: {label: a, stages: {}}\n";
    let other = "life_cycles:\n  one: {label: a, stages: {}}\n  two: {label: b, stages: {}}\n";
    let between = |former: &str, newer: &str| -> Vec<String> {
        let of = |text: &str| Bundle::from_files([("a.yaml", text)]);
        diff(&of(former), &of(newer)).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(between(cycles, other), ["life_cycles: now in the order one, two"]);
    let channels = [("channels: [web, social]", "channels: [social, web]")];
    assert_eq!(
        differences(&channels),
        ["content art-stop (Why downtime stays): channels: now in the order social, web"],
        "the first that is possible is taken"
    );
    let sequence = |steps: &str| format!("behaviours: {{keen: {{label: Keen, in_order: [{steps}], within: 9d}}}}\n");
    assert_eq!(
        between(&sequence("look, ask"), &sequence("ask, look")),
        ["behaviour keen (Keen): in_order: now in the order ask, look"]
    );
    let tags = [("tags: [comparison, roi]", "tags: [roi, comparison]")];
    assert_eq!(differences(&tags), [""; 0]);
    let pages = [("  /ir: {class: ir}\n  /login: {class: login}\n", "  /login: {class: login}\n  /ir: {class: ir}\n")];
    assert_eq!(differences(&pages), [""; 0], "the longest prefix wins wherever it stands");
}

#[test]
fn what_is_no_playbook_is_told_with_its_mistakes() {
    let broken = Bundle::from_files([("scores.yaml", "scores: [")]);
    assert!(diff(&broken, &Bundle::from_files(default())).is_err());
}
