//! The directions between crates, and what the pure ones may reach: read off `cargo metadata`, dependencies resolved
//! with all their features.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Kafka, RocksDB, async, HTTP, metrics, chance: what a pure crate must not even reach.
const IMPURE: &[&str] = &[
    "axum",
    "getrandom",
    "hyper",
    "librocksdb-sys",
    "mio",
    "prometheus",
    "rand",
    "rand_core",
    "rdkafka",
    "rdkafka-sys",
    "reqwest",
    "rocksdb",
    "tokio",
    "ureq",
];

/// Who may use whom: the map in `crates/README.md`, as edges. `demand-center` may use all of them.
const MAY_USE: &[(&str, &[&str])] = &[
    ("touchpoint", &[]),
    ("notation", &[]),
    ("ingest", &["touchpoint", "notation"]),
    ("identity", &["touchpoint"]),
    ("playbook", &["touchpoint", "notation"]),
    ("engine", &["touchpoint", "playbook"]),
    ("wire", &["touchpoint"]),
    ("store", &[]),
    ("observe", &[]),
    ("stream", &["observe", "store"]),
    ("testbed", &["touchpoint", "ingest", "identity", "playbook", "engine", "wire"]),
];

#[test]
fn pure_crates_reach_nothing_impure() {
    let graph = Graph::read();
    for name in pure_crates() {
        for (reached, path) in graph.reach(&name) {
            assert!(!IMPURE.contains(&reached.as_str()), "`{name}` is pure, but: {}", path.join(" -> "));
        }
    }
}

/// The search itself finds what it looks for.
#[test]
fn the_search_sees_what_impure_crates_reach() {
    let graph = Graph::read();
    for (name, reached) in [("wire", "ureq"), ("store", "rocksdb"), ("stream", "rdkafka"), ("observe", "tokio")] {
        assert!(graph.reach(name).contains_key(reached), "{name} should reach {reached}");
    }
}

#[test]
fn crates_use_only_what_the_map_allows() {
    let graph = Graph::read();
    let ours: BTreeSet<_> = graph.ours.keys().map(String::as_str).collect();
    let mapped: BTreeSet<_> = MAY_USE.iter().map(|(name, _)| *name).chain(["demand-center"]).collect();
    assert_eq!(ours, mapped, "a crate joins the map here and in crates/README.md");
    for (name, allowed) in MAY_USE {
        for used in graph.uses(name).filter(|used| ours.contains(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "`{name}` must not use `{used}`");
        }
    }
    let described: BTreeSet<_> = described_crates().into_iter().map(|(name, _)| name).collect();
    assert_eq!(described, ours.into_iter().map(str::to_owned).collect(), "crates/README.md describes every crate");
}

/// The packages and who uses whom, as they are built (not what only tests and build scripts use).
struct Graph {
    names: BTreeMap<String, String>,
    used: BTreeMap<String, Vec<String>>,
    /// Our crates: name to id.
    ours: BTreeMap<String, String>,
}

/// The platform that this was built for: packages of others need not have been fetched.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

impl Graph {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &host()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let names: BTreeMap<_, _> =
            list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let is_normal = |used: &Value| list(&used["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let used = list(&metadata["resolve"]["nodes"]).into_iter().map(|node| {
            let used = list(&node["deps"]).into_iter().filter(is_normal).map(|used| text(&used["pkg"]));
            (text(&node["id"]), used.collect())
        });
        let ours = list(&metadata["workspace_members"]).iter().map(text).map(|id| (names[&id].clone(), id)).collect();
        Self { used: used.collect(), names, ours }
    }

    fn uses(&self, name: &str) -> impl Iterator<Item = &String> {
        self.used[&self.ours[name]].iter().map(|id| &self.names[id])
    }

    /// Everything below a crate of ours, each with one way to it.
    fn reach(&self, name: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut next = vec![(&self.ours[name], vec![name.to_owned()])];
        while let Some((id, path)) = next.pop() {
            for below in &self.used[id] {
                let name = &self.names[below];
                if !found.contains_key(name) {
                    let path: Vec<_> = path.iter().chain([name]).cloned().collect();
                    found.insert(name.clone(), path.clone());
                    next.push((below, path));
                }
            }
        }
        found
    }
}

fn pure_crates() -> Vec<String> {
    let pure: Vec<_> = described_crates().into_iter().filter(|(_, is_pure)| *is_pure).map(|(name, _)| name).collect();
    assert_eq!(
        pure,
        ["touchpoint", "notation", "ingest", "identity", "playbook", "engine"],
        "crates/README.md says who is pure"
    );
    pure
}

/// The rows of the map: name, and whether it says PURE.
fn described_crates() -> Vec<(String, bool)> {
    let map = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| (name.to_owned(), rest.starts_with("PURE"))).collect()
}
