//! What a company may set about its tools: names, tables, whose changes are its own. Every default is written here or
//! beside the decoder it belongs to, as data.

use crate::amazon_connect::AmazonConnectSettings;
use crate::machine;
use crate::salesforce::SalesforceSettings;
use crate::segment::SegmentSettings;
use crate::sendgrid::SendGridSettings;
use crate::zoom_webinar::ZoomWebinarSettings;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use touchpoint::limits;

/// The settings of ingest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Folder of mapping files (`.yaml`) for tools of your own. One that is called as a built-in source takes its place. The
    /// services follow the folder while they run; files with a mistake are told and change nothing.
    pub mappings_dir: Option<PathBuf>,
    /// IANA name of the zone in which a day without a time is meant (`consent.at`).
    pub time_zone: String,
    /// What our own ids are called where a tool lets us put them.
    pub keys: Keys,
    /// Parts of a user agent, in lower case, that mark a machine.
    pub machine_agents: Vec<String>,
    /// Our own people: domains (`example.co.jp`, and those below it) and e-mail addresses. What they do is marked as `internal`.
    pub internal: Vec<String>,
    /// Those that somebody tests with. What they do is marked as `test`.
    pub tests: Vec<String>,
    /// Per source: event types to drop, counted as `ignored_by_setting`.
    pub ignored_events: BTreeMap<String, Vec<String>>,
    pub segment: SegmentSettings,
    pub sendgrid: SendGridSettings,
    pub amazon_connect: AmazonConnectSettings,
    pub zoom_webinar: ZoomWebinarSettings,
    pub salesforce: SalesforceSettings,
}

/// Names under which a tool carries our ids: in a link's query, an e-mail's custom arguments, a call's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The action that the touchpoint answers.
    pub action: String,
    /// The content asset.
    pub content: String,
    pub campaign: String,
    /// The contact's id in a CRM, scoped.
    pub crm_id: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mappings_dir: None,
            time_zone: String::from("UTC"),
            keys: Keys::default(),
            machine_agents: machine::AGENTS.iter().map(|agent| String::from(*agent)).collect(),
            internal: Vec::new(),
            tests: Vec::new(),
            ignored_events: crate::segment::ignored_by_default(),
            segment: SegmentSettings::default(),
            sendgrid: SendGridSettings::default(),
            amazon_connect: AmazonConnectSettings::default(),
            zoom_webinar: ZoomWebinarSettings::default(),
            salesforce: SalesforceSettings::default(),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            action: String::from("dc_action"),
            content: String::from("dc_content"),
            campaign: String::from("dc_campaign"),
            crm_id: String::from("dc_crm_id"),
        }
    }
}

/// A setting that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("ingest.time_zone: no zone is called `{0}`; use an IANA name such as `Asia/Tokyo`")]
    TimeZone(String),
    #[error("ingest.{table}: `{entry}` must be between 1 and {max} bytes long", max = limits::NAME_BYTES_MAX)]
    Name { table: &'static str, entry: String },
    #[error(
        "ingest.{table}: `{first}` and `{second}` mean the same; keep one, spelt as the built-in entry where there is one"
    )]
    Twice { table: &'static str, first: String, second: String },
    #[error("ingest.{table}: `{entry}` is neither an e-mail address nor a domain such as `example.co.jp`")]
    Address { table: &'static str, entry: String },
    #[error("ingest.ignored_events: no source is called `{0}`; `demand-center sources list` shows them")]
    UnknownSource(String),
}

impl Settings {
    /// Checks the tables and brings their keys to the form in which they are looked up.
    pub(crate) fn compile(mut self, is_source: impl Fn(&str) -> bool) -> Result<(Self, TimeZone), SettingsError> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| SettingsError::TimeZone(self.time_zone.clone()))?;
        if let Some(unknown) = self.ignored_events.keys().find(|name| !is_source(name)) {
            return Err(SettingsError::UnknownSource(unknown.clone()));
        }
        self.machine_agents.iter_mut().for_each(|agent| agent.make_ascii_lowercase());
        self.segment.compile()?;
        self.amazon_connect.compile()?;
        self.zoom_webinar.compile()?;
        self.salesforce.compile()?;
        Ok((self, zone))
    }
}

/// What people write in slightly different ways is looked up without case, spaces and marks: `Form Submitted`,
/// `form_submitted` and `formSubmitted` are one. Letters of any script count.
pub(crate) fn loose(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Brings the keys of a table to their loose form.
pub(crate) fn loosen<V>(table: &'static str, entries: &mut BTreeMap<String, V>) -> Result<(), SettingsError> {
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    let mut loose_entries = BTreeMap::new();
    for (key, value) in std::mem::take(entries) {
        let loose_key = loose(&key);
        if let Some(first) = written.insert(loose_key.clone(), key.clone()) {
            return Err(SettingsError::Twice { table, first, second: key });
        }
        loose_entries.insert(loose_key, value);
    }
    *entries = loose_entries;
    Ok(())
}

/// Refuses kinds, attribute names and the like that no touchpoint may carry.
pub(crate) fn check_names<'n>(
    table: &'static str,
    names: impl IntoIterator<Item = &'n String>,
) -> Result<(), SettingsError> {
    match names.into_iter().find(|name| name.trim().is_empty() || name.len() > limits::NAME_BYTES_MAX) {
        Some(entry) => Err(SettingsError::Name { table, entry: entry.clone() }),
        None => Ok(()),
    }
}

/// Refuses a table in which two keys mean one target.
pub(crate) fn check_targets(table: &'static str, entries: &BTreeMap<String, String>) -> Result<(), SettingsError> {
    let mut targets: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, target) in entries {
        if let Some(first) = targets.insert(target, key) {
            return Err(SettingsError::Twice { table, first: String::from(first), second: key.clone() });
        }
    }
    Ok(())
}

/// A table of text to text, as the defaults are written.
pub(crate) fn table(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| (String::from(*key), String::from(*value))).collect()
}

pub(crate) fn texts(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| String::from(*entry)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoder;

    #[test]
    fn the_defaults_stand() {
        assert!(Decoder::new(Settings::default()).is_ok());
    }

    #[test]
    fn a_setting_that_means_nothing_is_refused_before_the_first_record() {
        let zone = Settings { time_zone: String::from("Asia/Tokio"), ..Settings::default() };
        assert_eq!(Decoder::new(zone).unwrap_err(), SettingsError::TimeZone(String::from("Asia/Tokio")));
        let mut twice = Settings::default();
        twice.segment.forms = table(&[("Contact Us", "inquiry"), ("contact-us", "quote")]);
        assert!(matches!(Decoder::new(twice).unwrap_err(), SettingsError::Twice { .. }));
        let mut shared = Settings::default();
        shared.salesforce.account_attributes = table(&[("Industry", "industry"), ("Branche__c", "industry")]);
        assert!(matches!(Decoder::new(shared).unwrap_err(), SettingsError::Twice { .. }));
        let mut nameless = Settings::default();
        nameless.salesforce.status_kinds = table(&[("Working", " ")]);
        assert!(matches!(Decoder::new(nameless).unwrap_err(), SettingsError::Name { .. }));
        let ignored = BTreeMap::from([(String::from("sendgird"), vec![])]);
        let unknown = Settings { ignored_events: ignored, ..Settings::default() };
        assert_eq!(Decoder::new(unknown).unwrap_err(), SettingsError::UnknownSource(String::from("sendgird")));
    }
}
