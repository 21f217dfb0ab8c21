//! Cases of the golden corpus, and the page that is made from the dispatch table.
// Each test file uses its own part; `unwrap` in a test is its assertion.
#![allow(dead_code, clippy::unwrap_used)]

use ingest::sample::{EXPECTED, META, SampleMeta};
use ingest::{Becomes, Decoder, EventInfo, Outcomes, RawMeta, Settings, SourceInfo, source, sources};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use touchpoint::{Outcome, Timestamp, Touchpoint};

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) source: String,
    pub(crate) channel: Option<String>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) received_at: Timestamp,
    pub(crate) settings: Settings,
}

impl Case {
    pub(crate) fn folder(&self) -> String {
        self.path.parent().and_then(|p| p.file_name()).unwrap().to_string_lossy().into_owned()
    }

    pub(crate) fn decode(&self) -> Vec<Outcome> {
        let mut out = Outcomes::default();
        self.decode_bytes(&self.bytes, &mut out);
        out.into_vec()
    }

    pub(crate) fn decode_bytes(&self, bytes: &[u8], out: &mut Outcomes) {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
        let meta = RawMeta {
            topic_channel: self.channel.as_deref(),
            source: Some(&self.source),
            headers: &headers,
            received_at: self.received_at,
        };
        Decoder::new(self.settings.clone()).unwrap().decode(&meta, bytes, out);
    }
}

pub(crate) fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sources")
}

/// All cases, in the order of their paths.
pub(crate) fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| is_record(path))
        .collect();
    paths.sort();
    paths.into_iter().map(read).collect()
}

/// What a case is expected to give, and what is told of it, are no records.
fn is_record(path: &Path) -> bool {
    let name = path.to_string_lossy();
    !name.ends_with(EXPECTED) && !name.ends_with(META)
}

fn read(path: PathBuf) -> Case {
    let folder = path.parent().and_then(|p| p.file_name()).unwrap().to_string_lossy().into_owned();
    let meta: SampleMeta = fs::read_to_string(path.with_extension("meta.json"))
        .map(|text| serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display())))
        .unwrap_or_default();
    Case {
        bytes: fs::read(&path).unwrap(),
        received_at: meta.received_at.unwrap_or_else(|| Timestamp::parse("2027-01-01T00:00:00Z").unwrap()),
        source: meta.source.unwrap_or_else(|| folder.clone()),
        channel: meta.channel.or_else(|| source(&folder).unwrap().channel.map(str::to_owned)),
        headers: meta.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect(),
        settings: meta.settings.unwrap_or_default(),
        path,
    }
}

/// The same JSON with the keys of every object in reverse.
pub(crate) fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed).collect(),
        Value::Object(map) => {
            map.iter().rev().map(|(name, value)| (name.clone(), reversed(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The page `tests/golden/sources/README.md`.
pub(crate) fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for info in sources() {
        section(&mut page, info).unwrap();
    }
    page.push_str("## `track` events of Segment and RudderStack\n\n");
    page.push_str("The default of the setting `segment.events`. Compared without case, spaces and marks.\n\n");
    page.push_str("| event | kind | purpose |\n| --- | --- | --- |\n");
    let settings = Settings::default();
    for (event, rule) in &settings.segment.events {
        writeln!(page, "| {event} | `{}` | {} |", rule.kind, rule.purpose.as_deref().unwrap_or("")).unwrap();
    }
    let ignored = settings.ignored_events.get("segment").cloned().unwrap_or_default().join(", ");
    writeln!(page, "\nDropped as `ignored_by_setting` by default: {ignored}.").unwrap();
    page
}

const INTRODUCTION: &str = "# What each source's events become

Made from the dispatch table of crate `ingest`; a test compares both. The folders beside this page hold one raw record
a case (`<case>.json`, or `.csv`, `.log` ... as it comes), written after the provider's documented payload, what it decodes to (`<case>.expected.jsonl`,
the lines of `demand-center sources try`) and, where it matters, what Kafka and the settings say (`<case>.meta.json`:
source, channel, headers, received_at, settings; else the folder's source, its channel and 2027-01-01).

Every source may send a list of elements, an empty one (dropped as `empty_batch`), lines of JSON, or a CloudEvent. An
event type that its table does not list is rejected (DC-1003) and can be retried once it is listed; one that the
setting `ignored_events` names is dropped as `ignored_by_setting`.

";

fn section(page: &mut String, info: &SourceInfo) -> std::fmt::Result {
    writeln!(page, "## `{}`\n", info.name)?;
    let names: Vec<String> = info.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    if !names.is_empty() {
        writeln!(page, "Also: {}.  ", names.join(", "))?;
    }
    writeln!(page, "Channel: {}.  ", info.channel.map_or_else(|| "the topic's".to_owned(), |c| format!("`{c}`")))?;
    writeln!(page, "Format: {}\n\n{}\n", info.format, info.summary)?;
    writeln!(page, "| event | becomes | note |\n| --- | --- | --- |")?;
    for EventInfo { event, becomes, note } in info.events {
        let becomes: Vec<String> = becomes
            .iter()
            .map(|becomes| match becomes {
                Becomes::Kind(kind) => format!("`{kind}`"),
                Becomes::Drop(reason) => format!("drop `{reason}`"),
                Becomes::OwnKind => "its own kind".to_owned(),
            })
            .collect();
        writeln!(page, "| `{event}` | {} | {note} |", becomes.join(", "))?;
    }
    writeln!(page)
}

/// A touchpoint without what the order of keys decides: which of two equal identifiers, consents or numbers is first.
pub(crate) fn without_order(touchpoint: &Touchpoint) -> Touchpoint {
    let mut touchpoint = touchpoint.clone();
    touchpoint.identifiers.sort();
    touchpoint.consent.sort();
    if let Some(account) = &mut touchpoint.account {
        account.ids.sort();
    }
    if let Some(person) = &mut touchpoint.person {
        person.phones.sort();
    }
    touchpoint
}
