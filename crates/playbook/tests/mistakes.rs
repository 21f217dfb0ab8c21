//! Every kind of mistake, as people see it: `golden/mistakes.txt` holds the report of each case below.

mod common;
mod mistake_cases;

use common::small_with;
use expect_test::expect_file;
use mistake_cases::{Case, cases, stage};
use playbook::MistakeKind::{Flapping, SaidTwice, TooLarge, UnknownName};
use playbook::{Level, Mistake, MistakeKind, limits, load, render};
use std::fmt::Write;

/// Mistakes, or the warnings of a playbook that loads.
fn findings(files: &[(String, String)]) -> Vec<Mistake> {
    match load(files) {
        Ok((_, warnings)) => warnings,
        Err(mistakes) => mistakes,
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_a_way_out() {
    let mut reports = String::new();
    for Case { kind, what, sections } in cases() {
        let found = findings(&small_with(&sections));
        let report = render(&found);
        assert!(found.iter().any(|mistake| mistake.kind == kind), "{what}: expected {}\n{report}", kind.name());
        assert_eq!(load(&small_with(&sections)).is_ok(), kind.level() < Level::Mistake, "{what}\n{report}");
        writeln!(reports, "# {what}\n\n{report}").expect("text");
    }
    expect_file!["golden/mistakes.txt"].assert_eq(&reports);
}

#[test]
fn no_kind_of_mistake_goes_without_a_case() {
    let shown: Vec<MistakeKind> = cases().iter().map(|case| case.kind).chain([TooLarge]).collect();
    for kind in MistakeKind::ALL {
        assert!(shown.contains(kind), "{}", kind.name());
    }
}

#[test]
fn the_small_playbook_itself_is_sound() {
    assert_eq!(render(&findings(&small_with(""))), "");
}

#[test]
fn a_section_in_two_files_names_both() {
    let mut files = small_with("groups: {browse: {cap: 10, per: month}}\n");
    files.push(("more.yaml".to_owned(), "issues: {}\ngroups: {}\n".to_owned()));
    let found = findings(&files);
    let twice: Vec<_> = found.iter().filter(|mistake| mistake.kind == SaidTwice).collect();
    assert_eq!(twice.len(), 2, "{}", render(&found));
    let groups = twice[0];
    assert_eq!((&*groups.file, groups.line, groups.column), ("more.yaml", 2, 1));
    let first = groups.other.as_ref().expect("the first one");
    assert_eq!((&*first.file, first.line), ("case.yaml", 1));
    assert!(render(&found).contains("the other one: case.yaml, line 1"));
}

#[test]
fn all_mistakes_come_at_once() {
    let found = findings(&small_with(
        "playbook: {name: small, label: first, time_zone: Mars}\n\
         groups: {browse: {cap: ten, per: months, up: 1}}\n\
         pages: {/pricing: {class: prices}, /cases: {class: case, solution: plan}}\n\
         reasons: {price: {label: Price, to: bin, returns_after: soon}}\n",
    ));
    // A zone, a cap, an unknown word and a duration could not be read; the rest of the file is still looked through.
    let words = ["Mars", "ten", "`up`", "soon"];
    for word in words {
        assert!(found.iter().any(|mistake| mistake.message.contains(word)), "{word}\n{}", render(&found));
    }
}

#[test]
fn unknown_names_and_doubtful_thresholds_come_in_one_report() {
    let found = findings(&small_with(&format!(
        "pages: {{/pricing: {{class: prices}}, /p: {{class: pricing}}, /cases: {{class: case, solution: plan}}}}\n{}",
        stage("{by: score, when: {score: behaviour, at_least: 8}}", "{to: early, when: {score: behaviour, below: 8}}"),
    )));
    let kinds: Vec<MistakeKind> = found.iter().map(|mistake| mistake.kind).collect();
    assert_eq!(kinds, [UnknownName, UnknownName, Flapping], "{}", render(&found));
}

#[test]
fn what_is_too_large_is_told_with_the_limit() {
    let many = |count: usize, entry: fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>().join(", ");
    let rule = |at| format!("R{at}: {{label: P, when: {{kind: open}}, points: 1, group: browse}}");
    let stage = |at| format!("s{at}: {{label: S, phase: p, owner: none}}");
    let pattern = |_| "{kind: open}".to_owned();
    let condition = |_| "{known: true}".to_owned();
    let texts = [
        (format!("rules: {{{}}}", many(limits::RULES_MAX + 1, rule)), limits::RULES_MAX),
        (
            format!("life_cycles: {{a: {{label: A, stages: {{{}}}}}}}", many(limits::STAGES_MAX + 1, stage)),
            limits::STAGES_MAX,
        ),
        (format!("touchpoints: {{own: [{}]}}", many(limits::PARTS_MAX + 1, pattern)), limits::PARTS_MAX),
        (
            format!(
                "reasons: {{r: {{label: R, returns_when: {{all: [{}]}}}}}}",
                many(limits::PARTS_MAX + 1, condition)
            ),
            limits::PARTS_MAX,
        ),
        (format!("issues: {}1{}", "[".repeat(40), "]".repeat(40)), limits::DEPTH_MAX),
        (format!("issues: [{}]", many(limits::NODES_MAX, |_| "1".to_owned())), limits::NODES_MAX),
        (format!("issues: {{}} # {}", "x".repeat(limits::TOTAL_BYTES_MAX)), limits::TOTAL_BYTES_MAX),
        (
            format!("solutions: {{{}}}", many(limits::SCORES_MAX, |at| format!("s{at}: {{label: S}}"))),
            limits::SCORES_MAX,
        ),
    ];
    for (text, limit) in texts {
        let found = findings(&small_with(&text));
        let told = found.iter().any(|m| m.kind == TooLarge && m.message.contains(&limit.to_string()));
        assert!(told, "{limit}: {}", render(&found));
    }
    let files: Vec<(String, String)> =
        (0..=limits::FILES_MAX).map(|at| (format!("{at}.yaml"), String::new())).collect();
    assert!(findings(&files).iter().any(|m| m.kind == TooLarge && m.message.contains("64")));
}

#[test]
fn a_report_has_an_end() {
    let entries: Vec<String> = (0..1_000).map(|at| format!("/p{at}: {{class: nothing}}")).collect();
    let found = findings(&small_with(&format!("pages: {{{}}}", entries.join(", "))));
    assert_eq!(found.len(), limits::MISTAKES_MAX + 1);
    assert!(render(&found).contains("800 more findings are not shown (at most 200)"), "{}", render(&found[199..]));
}

#[test]
fn nothing_at_all_is_a_mistake_too() {
    let none: [(&str, &str); 0] = [];
    assert!(load(&none).expect_err("no file")[0].message.contains("there is no file"));
    let found = load(&[("a.yaml", "# nothing yet\n")]).expect_err("no section");
    assert!(found[0].message.contains("`playbook` is missing"), "{}", render(&found));
}
