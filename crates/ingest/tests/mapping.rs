//! Mapping files: what they may say, and what is told of one that is wrong.

#![allow(clippy::unwrap_used)] // a test may panic

use ingest::Mapping;

fn mistakes(text: &str) -> String {
    match Mapping::load("tool.yaml", text) {
        Ok(_) => String::new(),
        Err(mistakes) => notation::mistake::render(&mistakes),
    }
}

const GOOD: &str = "
source: tool
channel: email
event: type
tables: {kinds: {Opened: open, Clicked: click}}
touchpoint:
  id: [id, who]
  occurred_at: {from: at, as: seconds}
  identifiers: {email: who}
events:
  seen: {kind: {from: what, table: kinds}}
  sent: {kind: delivered, direction: out}
";

#[test]
fn a_good_file_has_no_mistakes() {
    assert_eq!(mistakes(GOOD), "");
}

#[test]
fn each_mistake_is_told_at_its_word_with_what_would_be_right() {
    for (from, to, told, help) in [
        ("channel: email", "chanel: email", "`chanel` means nothing here", "did you mean `channel`?"),
        (
            "identifiers: {email: who}",
            "identifiers: {emial: who}",
            "`emial` means nothing here",
            "did you mean `email`?",
        ),
        ("table: kinds", "table: kind", "there is no table `kind`", "did you mean `kinds`?"),
        ("as: seconds", "as: second", "expected one of text, number", "`second`"),
        ("{from: at, as: seconds}", "{as: seconds}", "nothing says where the value comes from", "say one of `from`"),
        ("{from: at, as: seconds}", "{from: at, is: x}", "a value comes from one place", "say one of `from`"),
        ("  id: [id, who]", "  id: ['id[']", "has a `[` without its `]`", "mapping::wrong-form"),
        ("  occurred_at: {from: at, as: seconds}\n", "", "nothing says when it occurred", "say `occurred_at`"),
        ("{from: at, as: seconds}", "{received: true}", "copies of one event would occur", "say a `version`"),
        ("kind: delivered, ", "", "nothing says what becomes of it", "say one of `kind`"),
        ("direction: out", "direction: out, for_each: all", "all items would have the same id", "`$item`"),
        ("event: type\n", "", "`event` does not say where", "call it `*`"),
        ("Clicked: click", "ｏｐｅｎｅｄ: click", "is compared without case and width", "stands there already"),
        (
            "direction: out",
            "direction: out, with: {consent: [{state: denied}]}",
            "`purpose` is missing",
            "nothing here",
        ),
        ("direction: out", "when: {a: {least: 1}}, direction: out", "`least` is no test", "{at_least: ..}"),
    ] {
        let wrong = GOOD.replacen(from, to, 1);
        assert_ne!(wrong, GOOD, "{from}");
        let report = mistakes(&wrong);
        assert!(report.contains(told), "{to}: `{told}` is not told:\n{report}");
        assert!(report.contains(help), "{to}: `{help}` is not told:\n{report}");
        assert!(report.contains("tool.yaml:"), "{report}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let wrong = GOOD
        .replace("as: seconds", "as: second")
        .replace("table: kinds", "table: kind")
        .replace("email: who", "mail: who");
    let report = mistakes(&wrong);
    assert_eq!(report.matches("mapping::").count(), 3, "{report}");
}
