//! What the command line promises without a Kafka: help, settings, pages, exit codes, and that every mistake ends in
//! one clear message.

mod common;

use common::{Run, run};
use expect_test::{expect, expect_file};
use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// The help of the binary and of every command below it. `UPDATE_EXPECT=1 cargo test` writes it anew.
#[test]
fn the_help_is_as_published() {
    let mut pages = String::new();
    help_of(&mut Vec::new(), &mut pages);
    expect_file!["help.txt"].assert_eq(&pages);
}

fn help_of(path: &mut Vec<String>, pages: &mut String) {
    let mut arguments: Vec<_> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = run(&arguments, &[]);
    assert_eq!((help.code, help.talk.as_str()), (Some(0), ""), "{path:?}");
    let lines: Vec<_> = help.out.lines().map(str::trim_end).collect();
    pages.push_str(&format!("$ demand-center {}\n{}\n\n", arguments.join(" "), lines.join("\n")));
    let commands = lines.iter().skip_while(|line| **line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let entries = commands.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    for name in entries.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help") {
        path.push(name.to_owned());
        help_of(path, pages);
        path.pop();
    }
}

#[test]
fn colour_is_left_out_where_nobody_sees_it() {
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")]] {
        for arguments in [&["--help"][..], &["topics", "plan", "--set", "x=1"], &["nonsense"]] {
            let Run { out, talk, .. } = run(arguments, variables);
            assert!(!out.contains('\u{1b}') && !talk.contains('\u{1b}'), "{arguments:?} {variables:?}: {out}{talk}");
        }
    }
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for arguments in
        [&[][..], &["nonsense"], &["topics"], &["topics", "plan", "--output", "xml"], &["config", "show", "--set", "x"]]
    {
        let refused = run(arguments, &[]);
        assert_eq!(refused.code, Some(2), "{arguments:?}");
        assert_eq!(refused.out, "", "{arguments:?}: nothing on stdout");
        assert!(!refused.talk.is_empty(), "{arguments:?}");
    }
}

#[test]
fn wrong_settings_name_file_line_and_what_was_meant() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "[kafka]\nboostrap_servers = 'localhost:9092'\n").unwrap();
    let path = file.path().to_str().unwrap();
    for (arguments, variables) in [
        (&["topics", "plan", "--config", path][..], &[][..]),
        (&["config", "show"][..], &[("DEMAND_CONFIG", path)][..]),
    ] {
        let refused = run(arguments, variables);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        expect![[r#"
            error: FILE:2: there is no setting `kafka.boostrap_servers`; did you mean `kafka.bootstrap_servers`?
             next: correct it there; `demand-center config show --docs` explains every setting
        "#]]
        .assert_eq(&refused.talk.replace(path, "FILE"));
    }
    let refused = run(&["config", "show", "--config", "/nowhere.toml"], &[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.talk.contains("/nowhere.toml") && refused.talk.contains("--config"), "{}", refused.talk);
}

#[test]
fn flags_beat_the_environment_and_the_environment_the_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "[topics]\npartitions = 1\nreplication_factor = 1\n[log]\nlevel = 'warn'\n").unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("DEMAND__TOPICS__PARTITIONS", "2"), ("DEMAND__LOG__LEVEL", "error")];
    let arguments = ["config", "show", "--origin", "--config", path, "--set", "log.level=debug", "-b", "broker:1"];
    let shown = run(&arguments, &variables);
    assert_eq!(shown.code, Some(0), "{}", shown.talk);
    for line in [
        "replication_factor = 1  # FILE:3",
        "partitions = 2  # environment variable DEMAND__TOPICS__PARTITIONS",
        "level = \"debug\"  # flag --set",
        "bootstrap_servers = \"broker:1\"  # flag --bootstrap-servers",
        "commit_interval = \"100ms\"  # default",
    ] {
        let out = shown.out.replace(path, "FILE");
        assert!(out.lines().any(|have| have == line), "{line}\nin\n{out}");
    }
}

#[test]
fn a_secret_is_never_printed() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "hunter2").unwrap();
    let path = file.path().to_str().unwrap();
    let shown =
        run(&["config", "show", "--origin", "--docs"], &[("DEMAND__KAFKA__PROPERTY_FILES__SASL_PASSWORD", path)]);
    assert_eq!(shown.code, Some(0), "{}", shown.talk);
    assert!(shown.out.contains(path) && !shown.out.contains("hunter2"));
    let refused = run(&["config", "show"], &[("DEMAND__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter2")]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.talk.contains("kafka.property_files") && !refused.talk.contains("hunter2"), "{}", refused.talk);
}

#[test]
fn every_code_is_explained_by_number_or_name() {
    let all = run(&["explain"], &[]);
    assert_eq!(all.code, Some(0));
    assert!(
        all.out.lines().any(|line| line == "DC-1003    invalid_field: a field has a value of the wrong type or form")
    );
    let by_number = run(&["explain", "DC-1003"], &[]);
    assert!(by_number.out.starts_with("# DC-1003 invalid_field: "), "{}", by_number.out);
    for other in ["dc-1003", "invalid_field"] {
        assert_eq!(run(&["explain", other], &[]).out, by_number.out);
    }
    let unknown = run(&["explain", "invalid_feild"], &[]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(unknown.talk.contains("did you mean `invalid_field`?"), "{}", unknown.talk);
}

/// An explanation of a contact lives beside the pages of codes.
#[test]
fn what_is_no_contact_is_not_explained() {
    for id in ["hanako@acme.example", "00000000000000000000000000000000", "a00000000000000000000000000"] {
        let refused = run(&["explain", "contact", id], &[]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        assert!(
            refused.talk.contains("no id of a contact") && refused.talk.contains("26 characters"),
            "{}",
            refused.talk
        );
    }
    let refused = run(&["explain", "contact", "c00000000000000000000000000", "--at", "yesterday"], &[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.talk.contains("   at: --at\n"), "{}", refused.talk);
    assert_eq!(run(&["explain", "contact"], &[]).code, Some(2), "an id is asked for");
}

#[test]
fn completions_are_there_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell], &[]);
        assert_eq!(script.code, Some(0));
        assert!(
            script.out.contains("demand-center") && script.out.contains("topics") && script.out.contains("contact"),
            "{shell}"
        );
    }
}

#[test]
fn the_topic_plan_is_printed_without_a_cluster() {
    let plan = run(&["topics", "plan", "--offline", "--output", "json"], &[("DEMAND__KAFKA__TOPIC_PREFIX", "x.")]);
    assert_eq!((plan.code, plan.talk.as_str()), (Some(0), ""));
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    let inbox = plan["topics"].as_array().unwrap().iter().find(|topic| topic["name"] == "x.inbox").unwrap();
    assert_eq!(inbox["partitioner"], "murmur2");
    assert_eq!(inbox["config"]["retention.ms"], "1209600000", "14 days");
    assert_eq!(inbox["written_by"], serde_json::json!(["resolve", "engine", "playbook"]));
    let table = run(&["topics", "plan", "--offline"], &[]);
    assert!(table.out.starts_with("TOPIC "), "{}", table.out);
    assert!(table.out.lines().any(|line| line.starts_with("demand.contacts ") && line.ends_with(" compacted")));
}

/// A port that refuses, and one that takes the connection and says nothing.
#[test]
fn a_broker_that_does_not_answer_ends_in_bounded_time() {
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing_address = refusing.local_addr().unwrap().to_string();
    drop(refusing);
    for (address, reason) in [(refusing_address, "Connection refused"), (silent.local_addr().unwrap().to_string(), "")]
    {
        for command in [
            &["topics", "plan"][..],
            &["topics", "apply"],
            &["playbook", "list"],
            &["explain", "contact", "c00000000000000000000000000"],
        ] {
            let begin = Instant::now();
            let failed = run(
                command,
                &[("DEMAND__KAFKA__BOOTSTRAP_SERVERS", &address), ("DEMAND__KAFKA__REQUEST_TIMEOUT", "1s")],
            );
            assert!(begin.elapsed() < Duration::from_secs(8), "{command:?} took {:?}", begin.elapsed());
            assert_eq!((failed.code, failed.out.as_str()), (Some(3), ""), "{}", failed.talk);
            let head = format!("error: no broker of `{address}` answered within 1s: ");
            assert!(failed.talk.starts_with(&head) && failed.talk.contains(reason), "{}", failed.talk);
            assert!(failed.talk.contains("\n   at: kafka.bootstrap_servers\n next: "), "{}", failed.talk);
            assert_eq!(failed.talk.lines().count(), 3, "one message: {}", failed.talk);
        }
    }
}

#[test]
fn a_property_that_the_client_does_not_know_is_named() {
    let failed = run(&["topics", "plan"], &[("DEMAND__KAFKA__PROPERTIES__SECURITY_PROTOCLO", "SSL")]);
    assert_eq!(failed.code, Some(2), "{}", failed.talk);
    assert!(failed.talk.contains("security.protoclo") && failed.talk.contains("kafka.properties"), "{}", failed.talk);
    let failed = run(&["topics", "plan"], &[("DEMAND__KAFKA__PROPERTY_FILES__SASL_PASSWORD", "/nowhere")]);
    assert_eq!(failed.code, Some(2), "{}", failed.talk);
    assert!(failed.talk.contains("cannot read /nowhere"), "{}", failed.talk);
}

#[test]
fn sources_are_listed_for_people_and_for_programs() {
    let table = run(&["sources", "list"], &[]);
    assert_eq!((table.code, table.talk.as_str()), (Some(0), ""));
    assert!(table.out.lines().any(|line| line.starts_with("sendgrid ") && line.contains(" email ")), "{}", table.out);
    let one = run(&["sources", "list", "sendgrid", "--output", "json"], &[]);
    let one: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(one["events"][0]["becomes"][0]["dropped"], "sendgrid.processed");
    let unknown = run(&["sources", "list", "sendgird"], &[]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(unknown.talk.contains("did you mean `sendgrid`?"), "{}", unknown.talk);
}

/// A batch as a mail tool posts it: one line for each element, in order, and what is wrong is told.
#[test]
fn a_source_is_tried_on_files_and_on_stdin() {
    let batch = r#"[
        {"event":"processed","email":"hanako@acme.example","sg_event_id":"a","timestamp":1760403600},
        {"event":"click","email":"hanako@acme.example","sg_event_id":"b","timestamp":1760403600,"url":"https://example.jp/pricing"},
        {"event":"click","email":"hanako@acme.example","sg_event_id":"c","timestamp":"soon","url":"https://example.jp/pricing"}]"#;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(batch.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let tried = run(&["sources", "try", "sendgrid", path], &[]);
    assert_eq!(tried.code, Some(1), "one element is rejected: {}", tried.talk);
    let lines: Vec<serde_json::Value> = tried.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], serde_json::json!({"dropped": "sendgrid.processed"}));
    assert_eq!(lines[1]["touchpoint"]["kind"], "click");
    assert_eq!(lines[1]["touchpoint"]["identifiers"]["email"], "hanako@acme.example");
    assert_eq!(lines[2]["rejected"]["code"], "DC-1006");
    assert_eq!(lines.len(), 3);
    assert!(tried.talk.contains("DC-1006 time_absurd; demand-center explain DC-1006"), "{}", tried.talk);
    assert!(!tried.talk.contains("hanako"), "people are data, not talk: {}", tried.talk);

    let mut child = common::command(&["sources", "try", "sendgrid"], &[])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(batch.as_bytes()).unwrap();
    assert_eq!(Run::from(child.wait_with_output().unwrap()).out, tried.out, "stdin is read as a file is");

    let absent = run(&["sources", "try", "sendgrid", "/nowhere.json"], &[]);
    assert_eq!((absent.code, absent.out.as_str()), (Some(2), ""));
    let unknown = run(&["sources", "try", "sendgird", path], &[]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
}

/// The mapping file of a tool.
fn tool(name: &str) -> String {
    format!(
        "source: {name}\nchannel: email\nevent: type\ntouchpoint:\n  id: [id]\n  \
         occurred_at: {{from: at, as: seconds}}\n  identifiers: {{email: who}}\nevents:\n  \
         seen: {{kind: open, direction: in}}\n"
    )
}

/// A tool that nobody foresaw is described by a file, and tried before anything is deployed.
#[test]
fn a_source_of_ones_own_is_tried_by_its_mapping_file() {
    let written = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let good = tool("tool");
    let (mapping, wrong) = (written(&good), written(&good.replace("as: seconds", "as: second")));
    let record = written(r#"{"type":"seen","id":"1","at":1760403600,"who":"hanako@acme.example"}"#);
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    let tried = run(&["sources", "try", "tool", "--mapping", &path(&mapping), &path(&record)], &[]);
    assert_eq!(tried.code, Some(0), "{}", tried.talk);
    let line: serde_json::Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!(line["touchpoint"]["kind"], "open");
    let refused = run(&["sources", "try", "tool", "--mapping", &path(&wrong), &path(&record)], &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(refused.talk.contains("found `second`") && refused.talk.contains("here"), "{}", refused.talk);
    let other = run(&["sources", "try", "sendgrid", "--mapping", &path(&mapping), &path(&record)], &[]);
    assert_eq!(other.code, Some(2));
    assert!(other.talk.contains("describes `tool`, not `sendgrid`"), "{}", other.talk);
}

/// A folder of mapping files belongs to the settings: its sources are listed and tried as ours, and a mistake in it is
/// shown where it stands.
#[test]
fn a_folder_of_mapping_files_adds_to_the_sources() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("tool.yaml", &tool("tool"));
    put("mailgun.yaml", &tool("mailgun"));
    put(".tool.yaml", "half written");
    let variables = [("DEMAND__SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())];
    let listed = run(&["sources", "list"], &variables);
    assert_eq!(listed.code, Some(0), "{}", listed.talk);
    let called = |name: &str| listed.out.lines().filter(|line| line.split(' ').next() == Some(name)).count();
    assert_eq!((called("tool"), called("mailgun"), called("postmark")), (1, 1, 1), "{}", listed.out);
    let mut record = tempfile::NamedTempFile::new().unwrap();
    record.write_all(br#"{"type":"seen","id":"1","at":1760403600,"who":"hanako@acme.example"}"#).unwrap();
    let record = record.path().to_str().unwrap();
    for source in ["tool", "mailgun"] {
        let tried = run(&["sources", "try", source, record], &variables);
        assert_eq!(tried.code, Some(0), "{}", tried.talk);
        assert!(tried.out.contains(r#""kind":"open""#), "{}", tried.out);
    }
    // The built-in one keeps the names that the file does not take.
    put("brevo.yaml", &tool("brevo"));
    for (name, file) in [("brevo", true), ("sendinblue", false)] {
        let one = run(&["sources", "list", name], &variables);
        assert_eq!((one.code, one.out.contains("brevo.com")), (Some(0), !file), "{name}: {}{}", one.out, one.talk);
    }
    put("alias.yaml", &(tool("mine") + "aliases: [zendesk]\n"));
    let taken = run(&["sources", "list", "zendesk"], &variables);
    assert!(taken.code == Some(0) && taken.talk.contains("`zendesk` is an alias of your `mine`"), "{}", taken.talk);
    put("again.yaml", &tool("tool"));
    let twice = run(&["sources", "list"], &variables);
    assert_eq!((twice.code, twice.out.as_str()), (Some(2), ""));
    for said in ["a source is called `tool` already", "again.yaml", "tool.yaml", "a mapping file has mistakes"] {
        assert!(twice.talk.contains(said), "{said}: {}", twice.talk);
    }
    let empty = tempfile::tempdir().unwrap();
    let none = run(&["sources", "list"], &[("DEMAND__SOURCES__MAPPINGS_DIR", empty.path().to_str().unwrap())]);
    assert_eq!(none.code, Some(0), "the built-in ones are there: {}", none.talk);
    std::process::Command::new("mkfifo").arg(empty.path().join("pipe.yaml")).status().unwrap();
    let pipe = run(&["sources", "list"], &[("DEMAND__SOURCES__MAPPINGS_DIR", empty.path().to_str().unwrap())]);
    assert!(pipe.code == Some(2) && pipe.talk.contains("it is no file"), "nobody waits for it: {}", pipe.talk);
    let nowhere = run(&["sources", "list"], &[("DEMAND__SOURCES__MAPPINGS_DIR", "/nowhere")]);
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.talk.contains("sources.mappings_dir"), "{}", nowhere.talk);
}

/// Samples beside a mapping file are its tests: what they become is written down once, read, and held from then on.
#[test]
fn the_samples_beside_a_mapping_file_are_its_tests() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("tool.yaml", &(tool("tool") + "  gone: {drop: gone}\n"));
    let nothing = run(&["sources", "test", dir], &[]);
    assert_eq!(nothing.code, Some(1), "nothing was tested: {}", nothing.out);
    assert!(nothing.out.contains("unshown  tool: everything; put records into "), "{}", nothing.out);

    std::fs::create_dir(folder.path().join("tool")).unwrap();
    put("tool/opened.json", r#"{"type":"seen","id":"1","at":1760403600,"who":"hanako@acme.example"}"#);
    put("tool/typed.csv", "type,id\nseen,2\n");
    put("tool/typed.meta.json", r#"{"received_at":"2026-10-14T00:00:00Z"}"#);
    let new = run(&["sources", "test", dir], &[]);
    assert_eq!(new.code, Some(1));
    assert!(new.out.contains("new      tool/opened\n  + {\"touchpoint\""), "{}", new.out);
    let written = run(&["sources", "test", dir, "--update"], &[]);
    assert_eq!(written.code, Some(0), "{}{}", written.out, written.talk);
    assert!(written.out.contains("2 samples: 0 as expected, 2 written"), "{}", written.out);
    let held = run(&["sources", "test"], &[("DEMAND__SOURCES__MAPPINGS_DIR", dir)]);
    assert_eq!(held.code, Some(0), "{}{}", held.out, held.talk);
    for line in ["ok       tool/opened", "ok       tool/typed", "unshown  tool: event `gone`, drop `tool.gone`"] {
        assert!(held.out.contains(line), "{line}: {}", held.out);
    }

    put("tool.yaml", &tool("tool").replace("kind: open", "kind: click"));
    let differs = run(&["sources", "test", dir], &[]);
    assert_eq!(differs.code, Some(1));
    assert!(differs.out.contains("differs  tool/opened\n  - {") && differs.out.contains("\n  + {"), "{}", differs.out);

    // What does not run must not pass for what does.
    put("tool.yaml", &tool("tool"));
    assert_eq!(run(&["sources", "test", dir, "--update"], &[]).code, Some(0));
    put("tool/renamed.expected.jsonl", "");
    put("tool/gone.meta.json", "{}");
    std::fs::create_dir(folder.path().join("other")).unwrap();
    put("other/one.json", "{}");
    put("other/one.expected.jsonl", "");
    let astray = run(&["sources", "test", dir], &[]);
    assert_eq!(astray.code, Some(1), "{}", astray.out);
    for said in [
        "tool/renamed.expected.jsonl: there is no record",
        "tool/gone.meta.json: there is no record",
        "other: no mapping file",
        "3 astray",
    ] {
        assert!(astray.out.contains(said), "{said}: {}", astray.out);
    }

    put("tool/opened.txt", "");
    let twice = run(&["sources", "test", dir], &[]);
    assert_eq!(twice.code, Some(2));
    assert!(twice.talk.contains("are one sample"), "{}", twice.talk);
    let nowhere = run(&["sources", "test"], &[]);
    assert!(nowhere.code == Some(2) && nowhere.talk.contains("sources.mappings_dir"), "{}", nowhere.talk);
}

/// A list whose rows speak of the same: the last counts, and each row says what became of it. A field that no source reads is
/// a typing error.
#[test]
fn of_rows_of_a_list_that_contradict_each_other_the_last_counts() {
    let folder = tempfile::tempdir().unwrap();
    let text = tool("tool").replace("channel: email", "channel: email\nreads: csv");
    let text = text.replace("  identifiers:", "  campaign: campaign\n  content: what\n  identifiers:");
    std::fs::write(folder.path().join("tool.yaml"), text).unwrap();
    let list = folder.path().join("list.csv");
    let rows = ["1,x", "2,x", "1,y", "2,x"].map(|row| format!("seen,1760403600,hanako@acme.example,{row}\n")).concat();
    std::fs::write(&list, format!("type,at,who,id,what\n{rows}")).unwrap();
    let variables = [("DEMAND__SOURCES__MAPPINGS_DIR", folder.path().to_str().unwrap())];
    let import = |more: &[&str]| {
        run(&[&["import", list.to_str().unwrap(), "--source", "tool", "--dry-run"][..], more].concat(), &variables)
    };
    let told = import(&[]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.talk);
    for said in [
        "list.csv:2: line 4 has the same id and says something else; it counts",
        "       2 open\n",
        "       1 say the same as a row below them; not sent\n",
        "       1 are overruled by a row below them\n",
    ] {
        assert!(told.out.contains(said), "{said}: {}", told.out);
    }
    let each = import(&["-o", "json"]);
    let rows: Vec<serde_json::Value> = each.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["contradicted_by"], &rows[1]["repeated_by"]), (&"4".into(), &"5".into()), "{}", each.out);
    assert!(rows[2].get("contradicted_by").is_none() && rows[3].get("repeated_by").is_none(), "{}", each.out);

    for (fields, said) in [
        (&["--field", "nosuch=1"][..], "changes nothing: `tool` reads no such field"),
        (&["--field", "campaign=a", "--field", "campaign=b"], "says `campaign` a second time"),
        (&["--field", "=x"], "has no name"),
        (&["--field", "campaign="], "has no value"),
        (&["--field", "campaign"], "has no value"),
    ] {
        let refused = import(fields);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{fields:?}: {}", refused.talk);
        assert!(refused.talk.contains(said), "{said}: {}", refused.talk);
    }
    let good = import(&["--field", "campaign=expo-2026-10", "-o", "json"]);
    assert!(good.out.contains(r#""campaign":"expo-2026-10""#), "{}{}", good.out, good.talk);
}

/// The canonical form belongs to no channel: it names its own, or that of a topic is given.
#[test]
fn a_canonical_touchpoint_needs_a_channel() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let touchpoint = r#"{"source":"visits","id":"v-1","occurred_at":"2026-10-14T10:04:00+09:00","kind":"visited","identifiers":{"email":"hanako@acme.example"}}"#;
    file.write_all(touchpoint.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    assert_eq!(run(&["sources", "try", "canonical", path], &[]).code, Some(1));
    let tried = run(&["sources", "try", "canonical", "--channel", "store", path], &[]);
    assert_eq!(tried.code, Some(0), "{}", tried.talk);
    let line: serde_json::Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!(line["touchpoint"]["channel"], "store");
}

/// Avro single objects name their schema by its fingerprint: the schema stands in a folder.
#[test]
fn a_single_object_is_read_by_a_schema_of_the_folder() {
    let string = |name: &str| format!(r#"{{"name":"{name}","type":"string"}}"#);
    let fields = ["type", "messageId", "anonymousId", "timestamp"].map(string).join(",");
    let schema = format!(r#"{{"type":"record","name":"Visit","fields":[{fields}]}}"#);
    let mut object = vec![0xC3, 0x01];
    object.extend(wire::ForeignSchema::parse(&schema, &[]).unwrap().fingerprint().to_le_bytes());
    for text in ["page", "m-1", "anon-1", "2026-10-14T10:04:00+09:00"] {
        // Avro writes a length as a zigzag varint: below 64 one byte with twice the number.
        object.push(u8::try_from(2 * text.len()).unwrap());
        object.extend(text.as_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    let (record, schemas) = (folder.path().join("record.avro"), folder.path().join("schemas"));
    std::fs::write(&record, object).unwrap();
    std::fs::create_dir(&schemas).unwrap();
    let arguments = ["sources", "try", "segment", record.to_str().unwrap()];
    let setting = [("DEMAND__REGISTRY__SCHEMAS_DIR", schemas.to_str().unwrap())];
    let unknown = run(&arguments, &setting);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.out.contains(r#""code":"DC-1009""#), "{}", unknown.out);

    std::fs::write(schemas.join("visit.avsc"), &schema).unwrap();
    let read = run(&arguments, &setting);
    assert_eq!(read.code, Some(0), "{}{}", read.out, read.talk);
    assert!(read.out.contains(r#""kind":"page_view""#), "{}", read.out);

    std::fs::write(schemas.join("broken.avsc"), "{").unwrap();
    let broken = run(&arguments, &setting);
    assert_eq!((broken.code, broken.out.as_str()), (Some(2), ""));
    assert!(broken.talk.contains("broken.avsc") && broken.talk.contains("registry.schemas_dir"), "{}", broken.talk);
}

#[test]
fn a_tools_own_names_are_settings() {
    let refused = run(&["config", "show"], &[("DEMAND__SOURCES__TIME_ZONE", "Asia/Tokio")]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .talk
            .starts_with("error: environment variable DEMAND__SOURCES__TIME_ZONE: `sources.time_zone`: no zone"),
        "{}",
        refused.talk
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "[sources]\ntime_zone = 'Asia/Tokyo'\n[sources.keyz]\naction = 'x'\n").unwrap();
    let path = file.path().to_str().unwrap();
    let refused = run(&["config", "show", "--config", path], &[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.talk.contains("unknown field `keyz`"), "{}", refused.talk);
}

#[test]
fn schemas_need_a_registry_that_answers() {
    for command in [["schemas", "check"], ["schemas", "register"]] {
        let absent = run(&command, &[]);
        assert_eq!((absent.code, absent.out.as_str()), (Some(2), ""));
        assert!(absent.talk.contains("   at: registry.urls\n"), "{}", absent.talk);
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let down = run(&command, &[("DEMAND__REGISTRY__URLS", &format!("http://{refusing}"))]);
        assert_eq!((down.code, down.out.as_str()), (Some(3), ""), "{}", down.talk);
        assert!(down.talk.contains("   at: registry.urls\n next: "), "{}", down.talk);
    }
}
