use super::*;
use expect_test::{Expect, expect};
use std::io::Write;

fn sources(
    file: Option<&str>,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> (Sources, tempfile::NamedTempFile) {
    let mut written = tempfile::NamedTempFile::new().unwrap();
    written.write_all(file.unwrap_or_default().as_bytes()).unwrap();
    let sources = Sources {
        file: file.map(|_| written.path().to_owned()),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        flags: flags.iter().map(|(key, value)| ("--set".to_owned(), (*key).to_owned(), (*value).to_owned())).collect(),
    };
    (sources, written)
}

/// The message for these settings, with the file's name made the same for every run.
fn refused(file: Option<&str>, variables: &[(&str, &str)], flags: &[(&str, &str)], message: Expect) {
    let (sources, written) = sources(file, variables, flags);
    let error = sources.load().expect_err("these settings are wrong").to_string();
    message.assert_eq(&error.replace(&*written.path().to_string_lossy(), "demand.toml"));
}

#[test]
fn a_later_layer_wins_and_each_value_knows_its_own() {
    let file = "[kafka]\nbootstrap_servers = 'file:9092'\ntopic_prefix = 'file.'\nrequest_timeout = '5s'\n";
    let variables = [
        ("DEMAND__KAFKA__TOPIC_PREFIX", "env."),
        ("DEMAND__KAFKA__REQUEST_TIMEOUT", "6s"),
        ("DEMAND__TOPICS__PARTITIONS", "6"),
        ("DEMAND__REGISTRY__URLS", "http://a:8081, http://b:8081"),
        ("DEMAND__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL"),
        ("DEMAND__INGEST__SALES__DEFAULT_SOURCE", "crm"),
        ("PATH", "/bin"),
    ];
    let (sources, written) =
        sources(Some(file), &variables, &[("kafka.request_timeout", "7s"), ("engine.ticks", "external")]);
    let loaded = sources.load().unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.kafka.bootstrap_servers, "file:9092");
    assert_eq!(settings.kafka.topic_prefix, "env.");
    assert_eq!(settings.kafka.request_timeout, Span::from_secs(7));
    assert_eq!(settings.kafka.properties["security.protocol"], "SSL");
    assert_eq!(settings.topics.partitions, 6, "a number in a variable is a number");
    assert_eq!(settings.registry.urls, ["http://a:8081", "http://b:8081"]);
    assert_eq!(settings.ingest.0["sales"].default_source, "crm", "a section of another name declares a channel");
    assert_eq!(settings.ingest.0.len(), BUILT_IN_CHANNELS.len() + 1);
    assert_eq!(settings.engine.ticks, Ticks::External);
    for (key, origin) in [
        ("kafka.bootstrap_servers", Origin::File { path: written.path().to_owned(), line: 2 }),
        ("kafka.topic_prefix", Origin::Variable { name: "DEMAND__KAFKA__TOPIC_PREFIX".to_owned() }),
        ("kafka.request_timeout", Origin::Flag { name: "--set".to_owned() }),
        ("topics.replication_factor", Origin::Default),
    ] {
        assert_eq!(loaded.origin(&Key::of(key)), origin, "{key}");
    }
}

#[test]
fn an_unknown_key_names_file_line_and_the_nearest_one() {
    refused(
        Some("[kafka]\n\nboostrap_servers = 'x:9092'\n"),
        &[],
        &[],
        expect!["demand.toml:3: there is no setting `kafka.boostrap_servers`; did you mean `kafka.bootstrap_servers`?"],
    );
    refused(Some("[kafak]\n"), &[], &[], expect!["demand.toml:1: there is no setting `kafak`; did you mean `kafka`?"]);
    refused(
        None,
        &[("DEMAND__STREAM__COMIT_INTERVAL", "1s")],
        &[],
        expect![
            "environment variable DEMAND__STREAM__COMIT_INTERVAL: there is no setting `stream.comit_interval`; did you mean `stream.commit_interval`?"
        ],
    );
    refused(
        None,
        &[],
        &[("http.port", "80")],
        expect!["flag --set: there is no setting `http.port`; there are: listen"],
    );
}

#[test]
fn a_wrong_value_names_its_place_and_what_would_be_right() {
    refused(
        Some("[stream]\ncommit_interval = 100\n"),
        &[],
        &[],
        expect![[r#"demand.toml:2: `stream.commit_interval`: invalid type: integer `100`, expected a string"#]],
    );
    refused(
        Some("[stream]\ncommit_interval = '100'\n"),
        &[],
        &[],
        expect![
            "demand.toml:2: `stream.commit_interval`: `100` is no length of time: write a whole number and one of ms, s, m, h, d, as `100ms`"
        ],
    );
    refused(
        None,
        &[("DEMAND__OUTPUT__FORMAT", "xml")],
        &[],
        expect![
            "environment variable DEMAND__OUTPUT__FORMAT: `output.format`: unknown variant `xml`, expected `avro` or `json`"
        ],
    );
    refused(Some("[kafka\n"), &[], &[], expect!["demand.toml:1: unclosed table, expected `]`"]);
    refused(Some("kafka = 5\n"), &[], &[], expect!["demand.toml:1: `kafka`: a section is expected here"]);
    refused(
        Some("[stream]\ncommit_interval = '1s'\ntransaction_timeout = '5s'\n"),
        &[],
        &[],
        expect![
            "demand.toml:3: `stream.transaction_timeout`: at least ten times stream.commit_interval, or a slow commit is aborted by the broker"
        ],
    );
    for (setting, wanted) in
        [("stream.transaction_timeout", "between 5s and 15m"), ("stream.session_timeout", "between 6s and 30m")]
    {
        for value in ["0s", "900ms", "31m"] {
            let (sources, _written) = sources(None, &[], &[(setting, value)]);
            let refused = sources.load().unwrap_err().to_string();
            assert_eq!(refused, format!("flag --set: `{setting}`: {wanted}"), "{value}");
        }
    }
    refused(
        None,
        &[],
        &[("log.level", "inof")],
        expect![
            "flag --set: `log.level`: log level `inof` is none of error, warn, info, debug, trace, nor a filter such as `info,stream=debug`: no such level"
        ],
    );
    refused(
        Some("[ingest.Web]\ndefault_source = 'ga4'\n"),
        &[],
        &[],
        expect![
            "demand.toml:2: `ingest.Web`: a channel's name begins with a-z and goes on with a-z, 0-9 and _, at most 64"
        ],
    );
}

#[test]
fn a_missing_file_is_named() {
    let sources = Sources { file: Some("/nowhere/demand.toml".into()), ..Sources::default() };
    assert_eq!(
        sources.load().unwrap_err().to_string(),
        "cannot read the settings file /nowhere/demand.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn secrets_come_from_files_only_and_are_never_shown() {
    refused(
        Some("[kafka.properties]\n'sasl.password' = 'hunter2'\n"),
        &[],
        &[],
        expect![[
            r#"demand.toml:2: `kafka.properties."sasl.password"`: a secret comes from a file: put the path to it into kafka.property_files."sasl.password""#
        ]],
    );
    refused(
        None,
        &[("DEMAND__REGISTRY__URLS", "https://me:hunter2@registry")],
        &[],
        expect![
            "environment variable DEMAND__REGISTRY__URLS: `registry.urls`: no user or password in the address: they go to registry.username and registry.password_file"
        ],
    );
    refused(
        None,
        &[("DEMAND__KAFKA__PROPERTIES__ENABLE_IDEMPOTENCE", "false")],
        &[],
        expect![[
            r#"environment variable DEMAND__KAFKA__PROPERTIES__ENABLE_IDEMPOTENCE: `kafka.properties."enable.idempotence"`: the runtime sets this property itself: exactly-once rests on it; leave it out"#
        ]],
    );
    let (sources, _written) =
        sources(None, &[("DEMAND__KAFKA__PROPERTY_FILES__SASL_PASSWORD", "/run/secrets/kafka")], &[]);
    let page = show(&sources.load().unwrap(), ShowOptions::default());
    assert!(page.contains("[kafka.property_files]\n\"sasl.password\" = \"/run/secrets/kafka\"\n"), "{page}");
}

#[test]
fn an_empty_section_declares_its_channel() {
    let (sources, _written) = sources(Some("[ingest.sales]\n"), &[], &[]);
    let channels = sources.load().unwrap().settings.ingest.0;
    assert_eq!(channels["sales"], ChannelSettings::default());
    assert!(channels.contains_key("web"), "the built-in ones are there as before");
}

#[test]
fn what_is_shown_can_be_loaded_again() {
    let variables = [
        ("DEMAND__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL"),
        ("DEMAND__REGISTRY__URLS", "http://a:8081"),
        ("DEMAND__TOPICS__PARTITIONS", "6"),
        ("DEMAND__INGEST__SALES__DEFAULT_SOURCE", "crm"),
        ("DEMAND__LOG__LEVEL", "info,stream=debug"),
    ];
    let (first, _written) = sources(None, &variables, &[]);
    let first = first.load().unwrap();
    for options in
        [ShowOptions::default(), ShowOptions { origin: true, docs: false }, ShowOptions { origin: true, docs: true }]
    {
        let page = show(&first, options);
        let (second, _written) = sources(Some(&page), &[], &[]);
        assert_eq!(second.load().unwrap().settings, first.settings, "{page}");
    }
}

#[test]
fn the_page_says_where_a_value_came_from_and_what_it_is_for() {
    let (sources, _written) = sources(None, &[("DEMAND__HTTP__LISTEN", "0.0.0.0:9464")], &[]);
    let loaded = sources.load().unwrap();
    let page = show(&loaded, ShowOptions { origin: true, docs: true });
    assert!(page.contains("listen = \"0.0.0.0:9464\"  # environment variable DEMAND__HTTP__LISTEN\n"), "{page}");
    assert!(page.contains("commit_interval = \"100ms\"  # default\n"), "{page}");
    assert!(page.contains("\n# hash_key_file =\n"), "a setting without a value is shown with the docs: {page}");
    for field in Fields::new().0 {
        let name = field.key.0.last().unwrap();
        assert!(name == "*" || page.contains(name.as_str()), "{}", field.key);
    }
}
