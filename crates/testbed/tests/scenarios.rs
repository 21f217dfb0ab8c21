//! The scenarios of `tests/scenarios` against the default playbook, and what the runner says of wrong ones.

#![allow(clippy::unwrap_used)] // a test may panic

use playbook::Bundle;
use std::path::Path;
use testbed::scenario::{Played, Report, run};

/// The YAML files of a folder of the repository with their content, by name.
fn yaml_files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn default_playbook() -> Bundle {
    Bundle::from_files(yaml_files("deploy/playbooks/default"))
}

#[test]
fn every_scenario_comes_out_as_it_is_written() {
    let playbook = default_playbook();
    let play = |(file, text): &(String, String)| run(file, text, &playbook).expect("the playbook is sound");
    let report = Report { scenarios: yaml_files("tests/scenarios").iter().map(play).collect() };
    assert!(report.passed(), "{report}");
    assert!(report.scenarios.len() >= 25, "{report}");
    assert!(report.scenarios.iter().all(|scenario| scenario.checked > 0), "a scenario that expects nothing\n{report}");
}

/// The failures of a scenario with these lines.
fn failures(lines: &str) -> Vec<String> {
    played(lines).failures.into_iter().map(|failure| failure.message).collect()
}

/// A scenario with these lines behind its title.
fn played(lines: &str) -> Played {
    run("test.yaml", &format!("scenario: a test\n{lines}"), &default_playbook()).unwrap()
}

#[test]
fn what_is_not_as_expected_is_said_with_both_figures() {
    let lines = "when: [{at: 2026-07-01 10:00, id: look, what: web page_view, url: /pricing}]
then:
  - {at: 2026-08-30 10:00, score: {behaviour: 5.00}, stage: late, known: true, points: {look: {S05: 4}}}
  - {at: 2026-08-30 10:00, missing: a telephone number}
  - {at: 2026-07-01 10:00, next_content: price, next_channel: none, next_timer: 2026-07-02 10:00, transitions: [{to: early, cause: rule}, {to: late}]}
";
    assert_eq!(
        failures(lines),
        [
            "2026-07-01 10:00: next_content: expected price, is services",
            "2026-07-01 10:00: next_channel: expected none, is web",
            "2026-07-01 10:00: next_timer: expected 2026-07-02 10:00:00.000, is never",
            "2026-07-01 10:00: transitions: expected early -> late, is early",
            "2026-07-01 10:00: cause of the transition to early: expected rule, is touchpoint",
            "2026-08-30 10:00: score behaviour: expected 5.00, is 2.500",
            "2026-08-30 10:00: stage: expected late, is early",
            "2026-08-30 10:00: known: expected Some(true), is Some(false)",
            "2026-08-30 10:00: points of look by S05: expected 4.00, is 5.000",
            "2026-08-30 10:00: missing: expected a telephone number, is \
             後期(欲求顕在化)まであと5.5点、またはフォーム送信・アンケート回答。\n\
             5.5 more points to Late, or \"form sent\" or \"Survey answered\".",
        ]
    );
}

#[test]
fn a_mistake_in_a_scenario_is_named() {
    let mistake = |step: &str| failures(&format!("when: [{step}]\nthen: [{{at: 2026-07-01 10:00, stage: early}}]\n"));
    assert_eq!(
        mistake("{at: yesterday, what: web page_view}"),
        ["`yesterday` is no time: write it as `2026-07-01 10:00`"]
    );
    assert_eq!(mistake("{at: 2026-07-01 10:00}"), ["step 1: say `what` happened, as `web page_view`"]);
    assert_eq!(mistake("{at: 2026-07-01 10:00, takes_back: x}"), ["step 1: there is no input `x`"]);
    let unknown = mistake("{at: 2026-07-01 10:00, what: web page_view, campain: x}");
    assert!(unknown[0].contains("campaign"), "{unknown:?}");
    let unknown = failures("when: []\nthen: [{at: 2026-07-01 10:00, stagee: early}]\n");
    assert!(unknown[0].contains("stagee"), "{unknown:?}");
    assert_eq!(
        mistake("{at: 2026-07-01 10:00, who: another, what: web page_view}"),
        ["2026-07-01 10:00: there is no such contact"]
    );
}

#[test]
fn a_failure_names_its_line_and_what_the_score_is_made_of() {
    let lines = "when:
  - {at: 2026-07-01 10:00, id: prices, what: web page_view, url: /pricing}
  - {at: 2026-07-02 10:00, id: case, what: web page_view, url: /cases/acme}
then:
  - {at: 2026-07-02 10:00, stage: early}
  - at: 2026-08-30 10:00
    score: {behaviour: 9.00}
";
    let shown = played(lines).to_string();
    assert_eq!(
        shown,
        "FAILED  test.yaml: a test (2 expectations)
        test.yaml:7: 2026-08-30 10:00: score behaviour: expected 9.00, is 4.017
            2.50 = S05 Pricing page: 5.00 by input prices at 2026-07-01 10:00:00.000
            1.52 = S04 Case page: 3.00 by input case at 2026-07-02 10:00:00.000"
    );
}
