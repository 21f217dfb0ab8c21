//! The dashboard and the catalogue agree: every metric that is to be shown there is, and no query names another one.
//! That each query also returns something is shown on a running pipeline (`crates/demand-center/tests`).

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use observe::catalogue::{Kind, Shown, every_metric};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// Words of the query language that stand where a metric's name could.
const WORDS: &[&str] = &["and", "or", "unless", "bool", "offset", "inf", "nan"];
/// Words whose bracket holds labels.
const GROUPINGS: &[&str] = &["by", "without", "on", "ignoring", "group_left", "group_right"];

#[test]
fn what_is_to_be_shown_is_on_the_dashboard() {
    let named = names_on_the_dashboard();
    for metric in every_metric().filter(|metric| metric.shown == Shown::Dashboard) {
        let shown = match metric.kind {
            Kind::Histogram(_) => named.contains(&format!("{}_bucket", metric.name)),
            _ => named.contains(metric.name),
        };
        assert!(shown, "{} is nowhere on the dashboard; show it there, or declare it Internal", metric.name);
    }
}

#[test]
fn every_metric_on_the_dashboard_is_in_the_catalogue() {
    let known: BTreeSet<String> = every_metric()
        .flat_map(|metric| match metric.kind {
            Kind::Histogram(_) => ["_bucket", "_sum", "_count"].map(|part| format!("{}{part}", metric.name)).to_vec(),
            _ => vec![metric.name.to_owned()],
        })
        .collect();
    let unknown: Vec<String> = names_on_the_dashboard().into_iter().filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "no service has these metrics: {unknown:?}");
}

#[test]
fn names_are_found_among_functions_labels_and_words() {
    let query = r#"time() - max by (service, le) (rate(a_bucket{service=~"$service", to!='b"c'}[$__range])) * 1.5e3
        + on (job) group_right () (d >= bool 0) or label_replace(e:f offset 5m, "g", "h", "", "") and inf"#;
    assert_eq!(metric_names(query), ["a_bucket", "d", "e:f"]);
}

fn names_on_the_dashboard() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/grafana/dashboards/demand-center.json");
    let dashboard: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut queries = Vec::new();
    collect_queries(&dashboard, &mut queries);
    assert!(queries.len() > 30, "only {} queries were found: has the format changed?", queries.len());
    queries.into_iter().flat_map(metric_names).collect()
}

/// Every `expr`, wherever it stands, and what the variables ask for: `label_values(METRIC, LABEL)`.
fn collect_queries<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect_queries(item, found)),
        Json::Object(members) => {
            for (key, member) in members {
                match member.as_str() {
                    Some(query) if key == "expr" => found.push(query),
                    Some(query) if key == "query" || key == "definition" => {
                        let metric = query.strip_prefix("label_values(").and_then(|rest| rest.split_once(','));
                        found.push(metric.unwrap_or_else(|| panic!("no label_values(METRIC, LABEL): {query}")).0);
                    }
                    _ => collect_queries(member, found),
                }
            }
        }
        _ => {}
    }
}

/// The metrics that a query reads: names that are no function, no label, no word of the language.
fn metric_names(query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = query;
    let mut grouping = false;
    while let Some(first) = rest.chars().next() {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '$');
        let length = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        let (token, after) = match first {
            '"' | '\'' => rest.split_at(rest[1..].find(first).expect("a text ends") + 2),
            '{' => rest.split_at(after_close(rest, '}')),
            '[' => rest.split_at(after_close(rest, ']')),
            '(' if grouping => rest.split_at(after_close(rest, ')')),
            _ if is_of_name(first) => rest.split_at(length),
            _ => rest.split_at(first.len_utf8()),
        };
        rest = after;
        if token.trim().is_empty() {
            continue;
        }
        let is_name = first.is_ascii_alphabetic() || first == '_';
        grouping = GROUPINGS.contains(&token);
        if is_name && !grouping && !WORDS.contains(&token) && !is_function(rest) {
            names.push(token.to_owned());
        }
    }
    names
}

/// Where the bracket that opens here is closed; texts within are passed over.
fn after_close(text: &str, close: char) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == close => return at + c.len_utf8(),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    panic!("nothing closes {text}");
}

/// A name before a bracket is a function, also where an aggregation names its labels in between.
fn is_function(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with('(') || ["by ", "without "].iter().any(|word| rest.starts_with(word))
}
