//! A list that people hold, imported into a running system on a real Kafka.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use std::path::Path;
use support::{System, bootstrap, days_ago};

const LIST: &str = "
source: booth-list
channel: event
reads: {as: csv, header_has: [e-mail], encoding: shift_jis}
names: {e-mail: [メール], company: [会社名], name: [氏名], scanned_at: [来場日時]}
zone: Asia/Tokyo
touchpoint:
  id: [e-mail, scanned_at]
  occurred_at: {from: scanned_at, as: '%Y/%m/%d %H:%M'}
  identifiers: {email: e-mail}
  account: {name: company}
  person: {name: name, company: company}
  campaign: campaign
events:
  '*': {kind: card_scan, direction: in}
";

/// A list from a spreadsheet in Shift_JIS, a title above its columns, one row twice and one without a day: what is good is
/// sent, what is not is told at its line, and the same file a second time counts nothing twice.
#[test]
fn a_list_is_imported_row_by_row_and_once() {
    let Some(bootstrap) = bootstrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("booth-list.yaml"), LIST).unwrap();
    let mut system = System::new(&bootstrap, "import", &[("SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())]);
    let day = days_ago(3, "").get(..10).unwrap().replace('-', "/");
    let rows = format!(
        "展示会リスト,,,\r\n会社名,氏名,メール,来場日時\r\n㈱アクメ,髙橋 花子,hanako@acme.example,{day} 10:04\r\n\
         ㈱アクメ,髙橋 花子,hanako@acme.example,{day} 10:04\r\nアクメ商事,佐藤,sato@acme.example,きのう\r\n"
    );
    let list = folder.path().join("booth.csv");
    std::fs::write(&list, shift_jis(&rows)).unwrap();
    let import = |system: &System, list: &Path, more: &[&str]| {
        let mut arguments =
            vec!["import", list.to_str().unwrap(), "--source", "booth-list", "--field", "campaign=expo-2026-10"];
        arguments.extend(more);
        let output = system.command(&arguments).output().unwrap();
        let talk = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &talk)
    };

    let (code, told) = import(&system, &list, &["--dry-run"]);
    assert!(code == Some(1) && told.contains("nothing was sent"), "{told}");
    let each = import(&system, &list, &["--dry-run", "-o", "json"]).1;
    assert!(each.lines().count() == 3 && each.starts_with(r#"{"line":"3","outcomes":[{"touchpoint":"#), "{each}");
    assert_eq!(each, import(&system, &list, &["--dry-run", "-o", "json"]).1, "the same ids whenever it is sent");
    let (code, told) = import(&system, &list, &[]);
    assert_eq!(code, Some(1), "{told}");
    for said in [
        "booth.csv:5: DC-1003 `occurred_at`",
        "3 rows\n",
        "       1 card_scan\n",
        "       1 say the same as a row below them; not sent\n",
        "       1 rejected; not sent\n",
        "1 records sent to",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    let (_, again) = import(&system, &list, &["--from-line", "3"]);
    assert!(again.contains("1 records sent to"), "{again}");

    system.start(&["ingest", "event"]);
    system.start(&["resolve"]);
    system.start(&["engine"]);
    let accepted = r#"outcome="touchpoint",service="ingest-event",source="booth-list""#;
    system.wait_for_count("ingest-event", "demand_center_elements_total", accepted, 2);
    // Another day at another event: it is the same person, so what came before it is through when it scores.
    let later = folder.path().join("later.csv");
    let day = days_ago(2, "").get(..10).unwrap().replace('-', "/");
    std::fs::write(&later, format!("e-mail,scanned_at,campaign\nhanako@acme.example,{day} 11:00,expo-2026-11\n"))
        .unwrap();
    let (code, told) = import(&system, &later, &[]);
    assert_eq!(code, Some(0), "{told}");
    let scores = system.wait_for("score-changes", "the score of the second event", |records| {
        let of_heat = records.iter().filter(|(_, change)| change["score"] == "heat");
        let scores: Vec<i64> = of_heat.filter_map(|(_, change)| change["after_milli"].as_i64()).collect();
        (scores.len() > 1).then_some(scores)
    });
    assert!(scores.len() == 2 && scores[0] < scores[1], "one each: {scores:?}");
    system.stop();
}

fn shift_jis(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}
