//! What marketers do with a playbook before it meets Kafka: start one, check it, play scenarios against it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Run, run};
use std::path::{Path, PathBuf};

#[test]
fn a_new_playbook_is_sound_and_its_scenarios_pass() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("mine");
    let begun = of(&["init"], &dir, &[]);
    assert_eq!((begun.code, begun.out), (Some(0), format!("{}\n", dir.display())), "{}", begun.talk);
    let checked = of(&["validate"], &dir, &[]);
    assert_eq!(checked.code, Some(0), "{}", checked.talk);
    assert!(checked.out.starts_with("mine 1 "), "its name is the folder's: {}", checked.out);
    assert!(checked.talk.contains("`skill_transfer` has no case"), "a gap left open on purpose: {}", checked.talk);
    let played = of(&["test"], &dir, &[]);
    assert_eq!(played.code, Some(0), "{}{}", played.out, played.talk);
    assert!(played.out.ends_with("2 scenarios, 0 failed\n"), "{}", played.out);
    for file in std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let schema = text.lines().next().and_then(|first| first.split_once("$schema="));
        if let Some((_, schema)) = schema {
            assert!(dir.join(schema).is_file(), "{}: {schema}", file.display());
        }
    }
}

#[test]
fn a_playbook_is_begun_in_a_new_folder_alone() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("scores.yaml"), "mine").unwrap();
    let refused = of(&["init"], place.path(), &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    assert!(
        refused.talk.contains("is not empty") && refused.talk.contains("next: name a new folder"),
        "{}",
        refused.talk
    );
    assert_eq!(std::fs::read_to_string(place.path().join("scores.yaml")).unwrap(), "mine");
}

#[test]
fn what_does_not_come_out_as_written_is_exit_code_1_and_stands_in_the_report() {
    let place = tempfile::tempdir().unwrap();
    let (right, wrong, xml) =
        (place.path().join("right.yaml"), place.path().join("wrong.yaml"), place.path().join("report.xml"));
    let scenario = |title: &str, points: &str| {
        let when = "when: [{at: 2026-07-01 10:00, id: look, what: web page_view, url: /pricing}]";
        format!("scenario: {title}\n{when}\nthen:\n  - {{at: 2026-08-30 10:00, score: {{behaviour: {points}}}}}\n")
    };
    std::fs::write(&right, scenario("half is left", "2.50")).unwrap();
    std::fs::write(&wrong, scenario("all is left", "5.00")).unwrap();
    let played = of(&["test"], &default(), &["--junit", path(&xml), "--scenarios", path(&right), path(&wrong)]);
    assert_eq!(
        played.out,
        "passed  right.yaml: half is left (1 expectations)
FAILED  wrong.yaml: all is left (1 expectations)
        wrong.yaml:4: 2026-08-30 10:00: score behaviour: expected 5.00, is 2.500
            2.50 = S05 Pricing page: 5.00 by input look at 2026-07-01 10:00:00.000
2 scenarios, 1 failed
"
    );
    assert_eq!((played.code, played.talk.as_str()), (Some(1), ""));
    let report = std::fs::read_to_string(&xml).unwrap();
    for part in [
        r#"tests="2" skipped="0" errors="0" failures="1""#,
        r#"<testcase name="half is left" classname="right.yaml" assertions="1"/>"#,
        r#"<failure message="2026-08-30 10:00: score behaviour: expected 5.00, is 2.500">"#,
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
}

#[test]
fn what_cannot_be_played_says_why() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("nowhere");
    let refused = of(&["test"], &default(), &["--scenarios", path(&missing)]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.talk.contains(path(&missing)) && refused.talk.contains("--scenarios"), "{}", refused.talk);
    std::fs::write(place.path().join("playbook.yaml"), "playbook: {name: broken}\n").unwrap();
    let refused = of(&["test"], place.path(), &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(refused.talk.contains("the playbook has mistakes; no scenario was played"), "{}", refused.talk);
}

#[test]
fn versions_are_compared_in_words() {
    let place = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| place.path().join(name));
    for dir in [&one, &other] {
        assert_eq!(of(&["init"], dir, &["--name", "mine"]).code, Some(0));
    }
    let same = of(&["diff"], &one, &[path(&other)]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), ""), "{}", same.talk);
    let scores = other.join("scores.yaml");
    let text = std::fs::read_to_string(&scores).unwrap();
    std::fs::write(&scores, text.replace("half_life: 14d", "half_life: 10d")).unwrap();
    let changed = of(&["diff"], &one, &[path(&other)]);
    assert_eq!((changed.code, changed.out.as_str()), (Some(1), "score heat (Heat): half_life: 14d -> 10d\n"));
    std::fs::write(&scores, "scores: {heat: 3}\n").unwrap();
    let refused = of(&["diff"], &one, &[path(&other)]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    assert!(refused.talk.contains("nothing was compared") && refused.talk.contains(path(&other)), "{}", refused.talk);
}

fn of(command: &[&str], dir: &Path, more: &[&str]) -> Run {
    let arguments = [&["playbook"], command, &[path(dir)], more].concat();
    run(&arguments, &[])
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn default() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/playbooks/default")
}
