//! Mapping files: what they may say, and what is told of one that is wrong.

#![allow(clippy::unwrap_used)] // a test may panic

use ingest::{Decoder, Mapping, Outcomes, RawMeta, Settings, outcome_to_json};
use serde_json::{Value, json};
use touchpoint::Timestamp;

fn mistakes(text: &str) -> String {
    match Mapping::load("tool.yaml", text) {
        Ok(_) => String::new(),
        Err(mistakes) => notation::mistake::render(&mistakes),
    }
}

/// `schemas/mapping.schema.json` is the language's own schema. `UPDATE_EXPECT=1 cargo test -p ingest` writes it anew.
#[test]
fn the_committed_schema_is_the_languages() {
    expect_test::expect_file!["../../../schemas/mapping.schema.json"].assert_eq(&ingest::mapping_schema());
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
        ("event: type", "reads: cvs\nevent: type", "records are not read as `cvs`", "did you mean `csv`?"),
        ("event: type", "reads: lines\nevent: type", "nothing says how a line is written", "pattern: '...'"),
        (
            "event: type",
            "reads: {as: lines, pattern: '('}\nevent: type",
            "expected a regular expression",
            "unclosed group",
        ),
        ("event: type", "reads: {as: lines, pattern: 'a+'}\nevent: type", "with named groups", "(?<time>"),
        ("event: type", "reads: {as: tsv, separator: ';'}\nevent: type", "`separator` says nothing", "read as `tsv`"),
        ("event: type", "reads: {as: csv, separator: ';;'}\nevent: type", "expected one sign", "as: tsv"),
        ("event: type", "reads: {as: csv, encoding: sjs}\nevent: type", "expected an encoding", "shift_jis"),
        ("event: type", "names: {a: [x], b: [X]}\nevent: type", "`X` is the name of another field", "said-twice"),
        ("direction: out", "when: {a: {least: 1}}, direction: out", "`least` is no test", "{at_least: ..}"),
        ("source: tool", "source: canonical", "which no mapping file may read otherwise", "another name"),
        (
            "source: tool",
            "source: tool\naliases: [canonical]",
            "which no mapping file may read otherwise",
            "another name",
        ),
        ("direction: out", "direction: out, drop: nothing", "`direction` says nothing beside `drop`", "say one of"),
        ("direction: out", "cases: [{kind: open}]", "`kind` says nothing beside `cases`", "say one of"),
    ] {
        let wrong = GOOD.replacen(from, to, 1);
        assert_ne!(wrong, GOOD, "{from}");
        let report = mistakes(&wrong);
        assert!(report.contains(told), "{to}: `{told}` is not told:\n{report}");
        assert!(report.contains(help), "{to}: `{help}` is not told:\n{report}");
        assert!(report.contains("tool.yaml:"), "{report}");
    }
}

/// Emptied, or not written yet: not a folder with one source less.
#[test]
fn a_file_without_a_mapping_is_a_mistake() {
    for empty in ["", "\n\n", "# later\n", "---\n", "~\n"] {
        assert!(mistakes(empty).contains("mapping::"), "{empty:?}");
        let both = Mapping::load_all([("tool.yaml", GOOD), ("empty.yaml", empty)]).unwrap_err();
        assert!(both.iter().any(|mistake| &*mistake.file == "empty.yaml"), "{empty:?}: {both:?}");
    }
    assert!(mistakes("# later\n").contains("there is no mapping in this file"));
}

/// Whoever has the list open looks for its own columns.
#[test]
fn a_wrong_cell_is_told_by_the_name_of_its_column() {
    let file = reading("reads: csv").replace("reads: csv", "reads: csv\nnames: {at: [日付], type: [参加状況]}");
    let told = |row: &str| decoded(&file, &format!("id,参加状況,日付,who\n{row}\n"))[0]["rejected"]["message"].clone();
    let day = told("1,seen,きのう,hanako@acme.example");
    assert_eq!(day, "`occurred_at` is not written as a count since 1970 (in `日付`)");
    let event = told("1,途中退席,1760403600,hanako@acme.example");
    assert!(event.as_str().unwrap().ends_with("(in `参加状況`)"), "{event}");
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

/// What becomes of records by a file, as `sources try` prints it; ids apart.
fn decoded(file: &str, record: &str) -> Vec<Value> {
    let mapping =
        Mapping::load("tool.yaml", file).unwrap_or_else(|found| panic!("{}", notation::mistake::render(&found)));
    let decoder = Decoder::with_mappings(Settings::default(), vec![mapping]).unwrap();
    let received_at = Timestamp::parse("2027-01-01T00:00:00Z").unwrap();
    let meta = RawMeta { source: Some("tool"), topic_channel: Some("email"), ..RawMeta::received_at(received_at) };
    let mut out = Outcomes::default();
    decoder.decode(&meta, record.as_bytes(), &mut out);
    out.iter().map(outcome_to_json).collect()
}

/// What is said of records that are no JSON, before `event`.
fn reading(reads: &str) -> String {
    file("", "seen: {kind: open}").replacen("event:", &format!("{reads}\nevent:"), 1)
}

#[test]
fn rows_lines_and_forms_are_elements_as_objects_are() {
    let who = |told: &[Value]| -> Vec<Value> {
        told.iter().map(|one| one["touchpoint"]["identifiers"]["email"].clone()).collect()
    };
    let csv = reading("reads: {as: csv, header_has: [who]}\nnames: {who: [メール], at: [time]}");
    let rows = "list,,,\nid,type,Time,メール\n1,seen,1791900240,a@acme.example\n2,seen,1791900240,b@acme.example\n";
    assert_eq!(who(&decoded(&csv, rows)), ["a@acme.example", "b@acme.example"]);
    let as_json = r#"{"id": "1", "type": "seen", "Time": 1791900240, "メール": "c@acme.example"}"#;
    assert_eq!(who(&decoded(&csv, as_json)), ["c@acme.example"], "a connector made an object of the row");

    let tsv = reading("reads: {as: tsv, columns: [id, type, at, who]}");
    assert_eq!(who(&decoded(&tsv, "1\tseen\t1791900240\ta@acme.example")), ["a@acme.example"]);

    let pattern = r"'^(?<id>\S+) (?<type>\S+) (?<at>\S+) (?<who>\S+)$'";
    let lines = reading(&format!("reads: {{as: lines, line: log.message, pattern: {pattern}}}"));
    let line = "1 seen 1791900240 a@acme.example";
    assert_eq!(who(&decoded(&lines, &format!("{line}\n{line}"))), ["a@acme.example", "a@acme.example"]);
    let shipped = format!(r#"{{"log": {{"message": "{line}"}}}}"#);
    assert_eq!(who(&decoded(&lines, &shipped)), ["a@acme.example"], "as those that ship logs send it");
    let unfit = decoded(&lines, r#"{"log": {"message": "nothing"}}"#);
    assert_eq!(unfit[0]["rejected"]["field"], "log.message", "{unfit:?}");

    let form = reading("reads: form");
    assert_eq!(who(&decoded(&form, "id=1&type=seen&at=1791900240&who=a%40acme.example")), ["a@acme.example"]);
}

#[test]
fn a_row_that_cannot_be_read_is_refused_at_its_place() {
    let told = decoded(&reading("reads: csv"), "id,type,at,who\n1,seen,1791900240,a@acme.example\n1,seen,x,y,z\n,,,\n");
    assert!(told.len() == 2 && told[0].get("touchpoint").is_some(), "{told:?}");
    assert_eq!(told[1]["rejected"]["field"], "[1]");
    assert!(
        decoded(&reading("reads: csv"), "id,type,at,who\n")[0].get("rejected").is_some(),
        "names alone say nothing"
    );
}

#[test]
fn an_event_may_be_of_another_channel_than_its_source() {
    let told = decoded(&file("", "seen: {kind: page_view, channel: web, refuses: marketing}"), &record(""));
    assert_eq!(told[0]["touchpoint"]["channel"], "web");
    assert_eq!(told[0]["touchpoint"]["consent"][0]["channel"], "web");
}

/// With these lines in the tree.
fn file(tree: &str, events: &str) -> String {
    format!(
        "source: tool\nchannel: email\nevent: type\ntouchpoint:\n  id: [id]\n  occurred_at: {{from: at, as: seconds}}\n  \
         identifiers: {{email: who}}\n{tree}\nevents: {{{events}}}"
    )
}

fn record(more: &str) -> String {
    format!(r#"{{"id": "1", "type": "seen", "at": 1791900240, "who": "hanako@acme.example"{more}}}"#)
}

#[test]
fn a_value_is_made_of_what_stands_there() {
    for (value, more, expected) in [
        (
            "{from: url, query: utm_term}",
            r#", "url": "https://a.example/?utm_term=%E4%BF%9D%E5%85%A8+x#y""#,
            json!("保全 x"),
        ),
        ("{from: said, split: '、,'}", r#", "said": "planning、 maintenance,""#, json!(["planning", "maintenance"])),
        ("{from: said, after: '@'}", r#", "said": "a@b""#, json!("b")),
        ("{from: said, before: '@'}", r#", "said": "ab""#, Value::Null),
        ("{from: said, strip: 'mailto:', lower: true}", r#", "said": "mailto:A""#, json!("a")),
        ("{from: said, table: {A: one, B: two}}", r#", "said": "ｂ""#, json!("two")),
        ("{from: said, table: {A: one}}", r#", "said": "C""#, json!("C")),
        ("{from: said, table: {A: one}, otherwise: absent}", r#", "said": "C""#, Value::Null),
        ("{from: said, table: {A: one}, otherwise: {is: other}}", r#", "said": "C""#, json!("other")),
        ("{from: said, table: {○: true, ×: false}}", r#", "said": "×""#, json!(false)),
        ("{from: said, table: {loose: true, 'Decision Maker': dm}}", r#", "said": "decision-maker""#, json!("dm")),
        ("{from: said, prefix: 'tool:'}", r#", "said": 7"#, json!("tool:7")),
        ("{from: said, as: boolean}", r#", "said": "要""#, json!(true)),
        ("{from: said, as: integer, otherwise: absent}", r#", "said": "3:20""#, Value::Null),
        ("{from: said, as: integer, otherwise: keep}", r#", "said": "3:20""#, json!("3:20")),
        ("{from: said, as: number}", r#", "said": "８７.５""#, json!(87.5)),
        ("{from: said, as: phone}", r#", "said": "090-1234-5678(直通)""#, json!("090-1234-5678")),
        ("{from: said, as: phone}", r#", "said": "内線 12""#, Value::Null),
        ("{from: said, as: email}", r#", "said": "ｈａｎａｋｏ＠acme.example""#, json!("hanako@acme.example")),
        ("{from: said, as: email}", r#", "said": "none""#, Value::Null),
        (
            "{from: said, as: '%Y-%m-%dT%H:%M:%S%z'}",
            r#", "said": "2026-10-14T01:04:00+0000""#,
            json!("2026-10-14T01:04:00.000Z"),
        ),
        (
            "{first: [{from: said, as: seconds}, {from: said, as: '%Y/%m/%d'}]}",
            r#", "said": "2026/10/14""#,
            json!("2026-10-14T00:00:00.000Z"),
        ),
        ("{join: [a, b], by: ' '}", r#", "a": "x", "b": "y""#, json!("x y")),
        ("{from: said, when: {flag: true}}", r#", "said": "x""#, Value::Null),
        ("{from: said, default: none}", "", json!("none")),
        ("'list[].n'", r#", "list": [{"n": "a"}, {}, {"n": "b"}]"#, json!(["a", "b"])),
        ("$record.said", r#", "said": "x""#, json!("x")),
    ] {
        let file = file(&format!("  properties: {{is: {value}}}"), "seen: {kind: open}");
        let told = decoded(&file, &record(more));
        assert_eq!(told[0]["touchpoint"]["properties"]["is"], expected, "{value} {told:?}");
    }
}

#[test]
fn fields_are_taken_over_by_name_or_as_pairs() {
    let tree = "  properties: {a: x, '*': {from: meta, prefix: m., except: [secret]}}\n  answers: {'*': {from: asked, pairs: {name: \
                $item.title, value: $item.answer, table: {導入時期: timeframe}}}}\n  attributes: {contact: {function: job}}";
    let more = r#", "x": 1, "job": null, "meta": {"b": "two", "secret": "s"}, "asked": [{"title": "導入時期", "answer": "3m"}, {"title": "other", "answer": "x"}]"#;
    let told = &decoded(&file(tree, "seen: {kind: open}"), &record(more))[0]["touchpoint"];
    assert_eq!(told["properties"], json!({"a": 1, "m.b": "two"}));
    assert_eq!(told["answers"], json!({"timeframe": "3m"}));
    assert_eq!(told["attributes"]["contact"], json!({"function": null}), "it is there, and empty: cleared");
}

#[test]
fn an_event_becomes_what_its_line_says() {
    for (events, more, expected) in [
        (
            "seen: {all: [{kind: open}, {when: {b: 1}, kind: click, with: {id: [id, b]}}]}",
            r#", "b": 1"#,
            vec!["open", "click"],
        ),
        ("seen: {all: [{kind: open}, {when: {b: 1}, kind: click, with: {id: [id, b]}}]}", "", vec!["open"]),
        ("seen: {cases: [{when: {b: [1, 2]}, kind: click}, {kind: open}]}", r#", "b": "2""#, vec!["click"]),
        ("seen: {cases: [{when: {b: present}, kind: click}]}", "", vec!["rejected"]),
        ("'se*': {kind: open}, '*': {kind: click}", "", vec!["open"]),
        ("sent: {kind: open}", "", vec!["rejected"]),
        ("seen: {drop: nothing}", "", vec!["tool.nothing"]),
        (
            "seen: {for_each: list, cases: [{when: {$item.n: 1}, drop: one}, {kind: click, with: {id: [id, $item.n]}}]}",
            r#", "list": [{"n": 1}, {"n": 2}]"#,
            vec!["tool.one", "click"],
        ),
        ("seen: {for_each: list, kind: open, with: {id: [$item]}}", r#", "list": []"#, vec!["rejected"]),
        (
            "seen: {for_each: list, cases: [{when: {$item.n: 1}, drop: one}]}",
            r#", "list": [{"n": 1}, {"n": 2}]"#,
            vec!["tool.one", "rejected"],
        ),
        ("seen: {kind: {from: b, table: {x: open}}}", r#", "b": "y""#, vec!["rejected"]),
        ("seen: {kind: {from: b, table: {x: open}, otherwise: {drop: other}}}", r#", "b": "y""#, vec!["tool.other"]),
        ("seen: {kind: open, without: [identifiers]}", "", vec!["tool.nobody"]),
        (
            "seen: {kind: open, when: {}, with: {identifiers: {email: {from: w, as: text}}}}",
            r#", "w": "-""#,
            vec!["tool.nobody"],
        ),
    ] {
        let file = file("", events).replace("event: type", "event: type\nnobody: {drop: nobody}\nnothing: ['-']");
        let told = decoded(&file, &record(more));
        let short: Vec<&str> = told
            .iter()
            .map(|one| match one {
                one if one.get("rejected").is_some() => "rejected",
                one => one["touchpoint"]["kind"].as_str().or_else(|| one["dropped"].as_str()).unwrap(),
            })
            .collect();
        assert_eq!(short, expected, "{events} {told:?}");
    }
}

#[test]
fn ids_keep_the_places_of_their_parts() {
    let file = file("", "seen: {kind: open, with: {id: [id, a, b]}}");
    let id = |more: &str| decoded(&file, &record(more))[0]["touchpoint"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id(r#", "a": "x""#), "1|x");
    assert_eq!(id(r#", "b": "x""#), "1||x");
    assert_eq!(id(r#", "a": "x|y""#), "1|x%7Cy");
    let long = id(&format!(r#", "a": "{}""#, "x".repeat(600)));
    assert_eq!(long.len(), 64, "a hash, since it would not fit: {long}");
}

#[test]
fn each_element_of_a_list_is_one_event() {
    let file = file("", "seen: {kind: open, with: {content: $record.mailing}}")
        .replace("event:", "elements: sent.events\nevent:");
    let one = |id: &str| record("").replace("\"1\"", &format!("\"{id}\""));
    let batch =
        format!(r#"{{"mailing": "spring", "sent": {{"events": [{}, {{"type": "gone"}}, {}]}}}}"#, one("1"), one("2"));
    let told = decoded(&file, &batch);
    assert_eq!(told.len(), 3, "{told:?}");
    for (at, id) in [(0, "1"), (2, "2")] {
        assert_eq!(told[at]["touchpoint"]["id"], id);
        assert_eq!(told[at]["touchpoint"]["content"], "spring");
    }
    assert_eq!(told[1]["rejected"]["field"], "sent.events[1]", "{told:?}");
}

#[test]
fn copies_that_differ_in_a_stamp_have_one_id() {
    let plain = file("", "seen: {kind: open, with: {id: [none]}}");
    let stamped = plain.replace("event:", "stamps: [sent_at]\nevent:");
    let ids = |file: &str| -> Vec<Value> {
        let copies = [1, 2].map(|sent| record(&format!(r#", "sent_at": {sent}"#)));
        copies.iter().map(|copy| decoded(file, copy)[0]["touchpoint"]["id"].clone()).collect()
    };
    let [one, copy] = <[Value; 2]>::try_from(ids(&stamped)).unwrap();
    assert!(one.is_string() && one == copy, "{one} {copy}");
    let [one, other] = <[Value; 2]>::try_from(ids(&plain)).unwrap();
    assert_ne!(one, other, "a field that no file calls a stamp counts");
}

#[test]
fn a_version_is_a_number_or_a_time_in_milliseconds() {
    for (version, more, expected) in [
        ("revision", r#", "revision": "7""#, json!(7)),
        ("{from: changed, as: seconds}", r#", "changed": 1791900240"#, json!(1_791_900_240_000_i64)),
        ("{from: changed, as: rfc3339}", r#", "changed": "2026-10-14T00:00:00.250Z""#, json!(1_791_936_000_250_i64)),
    ] {
        let told = decoded(&file(&format!("  version: {version}"), "seen: {kind: open}"), &record(more));
        assert_eq!(told[0]["touchpoint"]["version"], expected, "{version} {told:?}");
    }
}

#[test]
fn a_version_may_be_when_it_was_received() {
    let told = decoded(&file("  version: {received: true}", "seen: {kind: open}"), &record(""));
    assert_eq!(told[0]["touchpoint"]["version"], json!(1_798_761_600_000_i64), "{told:?}");
}

#[test]
fn a_day_is_read_as_it_is_written() {
    for (until, said) in [
        ("'%Y/%m/%d'", "\"2026/10/20\""),
        ("milliseconds", "1792422000000"),
        ("rfc3339", "\"2026-10-20T00:00:00+09:00\""),
    ] {
        let file = file(&format!("  until: {{from: next, as: {until}}}"), "seen: {kind: open}");
        let told =
            decoded(&file.replace("event:", "zone: Asia/Tokyo\nevent:"), &record(&format!(r#", "next": {said}"#)));
        assert_eq!(told[0]["touchpoint"]["until"], "2026-10-20", "{until} {told:?}");
    }
}

#[test]
fn an_input_is_taken_back_by_its_id() {
    let events = "seen: {kind: open}, gone: {kind: open, takes_back: true}";
    let told = decoded(&file("  version: at", events), &record("").replace("seen", "gone"));
    assert_eq!((&told[0]["touchpoint"]["void"], &told[0]["touchpoint"]["id"]), (&json!(true), &json!("1")), "{told:?}");
    assert!(mistakes(&file("", events)).contains("nothing says of which version it takes the input back"));
}

#[test]
fn what_reads_as_nothing_that_it_may_be_is_told() {
    let file =
        file("", "seen: {kind: open, with: {occurred_at: {first: [{from: a, as: seconds}, {from: b, as: rfc3339}]}}}");
    let told = decoded(&file, &record(r#", "a": "soon""#));
    assert_eq!(told[0]["rejected"]["message"], "`occurred_at` is not written as a count since 1970", "{told:?}");
    let told = decoded(&file, &record(r#", "a": "soon", "b": "2026-10-14T00:00:00Z""#));
    assert!(told[0].get("touchpoint").is_some(), "{told:?}");
}

#[test]
fn words_for_nothing_are_nothing_to_conditions_too() {
    let file = file("  properties: {is: {from: id, when: {said: present}}}", "seen: {kind: open}")
        .replace("event:", "nothing: ['-']\nevent:");
    let told = decoded(&file, &record(r#", "said": "-""#));
    assert_eq!(told[0]["touchpoint"]["properties"]["is"], Value::Null, "{told:?}");
}

#[test]
fn a_list_of_rows_may_hold_what_is_none() {
    let told = decoded(&reading("reads: csv"), &format!("[{}, null]", record("")));
    assert!(told.len() == 2 && told[1]["rejected"]["field"] == "[1]", "{told:?}");
}

#[test]
fn a_source_of_ones_own_is_meant_too() {
    let own = Mapping::load("tool.yaml", GOOD).unwrap();
    let decoder = Decoder::with_mappings(Settings::default(), vec![own]).unwrap();
    assert_eq!(decoder.source("tool").map(|info| info.name), Some("tool"));
    let meta = RawMeta { source: Some("tol"), ..RawMeta::received_at(Timestamp::MIN) };
    let mut out = Outcomes::default();
    decoder.decode(&meta, b"{}", &mut out);
    assert_eq!(
        outcome_to_json(&out[0])["rejected"]["message"],
        "no mapping has this name; did you mean `tool`?",
        "{out:?}"
    );
}
