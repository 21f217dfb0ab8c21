use super::check::check;
use super::fields::Fields;
use super::key::Key;
use super::sections::{ChannelSettings, Settings};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Where settings come from, the weakest first. The built-in defaults stand below all of them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    /// Variables of the environment; others than ours are skipped.
    pub variables: Vec<(String, String)>,
    /// Flags of the command line: how the flag is written, the setting, its value.
    pub flags: Vec<(String, String, String)>,
}

/// The settings, and where each value came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub settings: Settings,
    pub values: BTreeMap<Key, (toml::Value, Origin)>,
}

/// Where one value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable { name: String },
    Flag { name: String },
}

/// The settings are wrong: where, what, and what to do about it. Never shows a value that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("cannot read the settings file {}: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("{place}: {why}")]
    Syntax { place: Origin, why: String },
    #[error("{place}: there is no setting `{key}`; {hint}")]
    Unknown { place: Origin, key: Key, hint: String },
    #[error("{place}: `{key}`: {why}")]
    Invalid { place: Origin, key: Key, why: String },
}

impl Sources {
    /// Reads all sources and checks what they say together.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn load(&self) -> Result<Loaded, SettingsError> {
        let fields = Fields::new();
        let mut layers = Layers { loaded: defaults()?, fields };
        if let Some(path) = &self.file {
            layers.add_file(path)?;
        }
        for (name, value) in &self.variables {
            if let Some(key) = Key::from_variable(name) {
                layers.add_text(key, value, Origin::Variable { name: name.clone() })?;
            }
        }
        for (name, key, value) in &self.flags {
            let origin = Origin::Flag { name: name.clone() };
            let why = || format!("`{key}` is no setting; write --set SECTION.NAME=VALUE");
            let key = Key::parse(key).ok_or_else(|| SettingsError::Syntax { place: origin.clone(), why: why() })?;
            layers.add_text(key, value, origin)?;
        }
        let loaded = layers.loaded;
        check(&loaded.settings).map_err(|(key, why)| SettingsError::Invalid {
            place: loaded.origin(&key),
            key,
            why,
        })?;
        Ok(loaded)
    }
}

impl Loaded {
    /// Where the value of `key` came from; for a map, where its first entry did.
    pub fn origin(&self, key: &Key) -> Origin {
        let below = |have: &&Key| have.0.starts_with(&key.0);
        self.values.keys().find(below).map_or(Origin::Default, |key| self.values[key].1.clone())
    }
}

struct Layers {
    loaded: Loaded,
    fields: Fields,
}

impl Layers {
    fn add_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let unreadable = |why: String| SettingsError::Unreadable { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path).map_err(|why| unreadable(why.to_string()))?;
        let syntax = |error: toml::de::Error| SettingsError::Syntax {
            place: Origin::File { path: path.to_owned(), line: line_of(&text, error.span().map_or(0, |s| s.start)) },
            why: error.message().to_owned(),
        };
        let spans = DeTable::parse(&text).map_err(syntax)?;
        let table: toml::Table = toml::from_str(&text).map_err(syntax)?;
        let place = |offset| Origin::File { path: path.to_owned(), line: line_of(&text, offset) };
        self.add_table(&Key::default(), spans.get_ref(), &table, &place)
    }

    fn add_table(
        &mut self,
        at: &Key,
        spans: &DeTable<'_>,
        table: &toml::Table,
        place: &impl Fn(usize) -> Origin,
    ) -> Result<(), SettingsError> {
        // In the file's order, so that the first mistake is the one that is told.
        let mut entries: Vec<_> = spans.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, spanned) in entries {
            let (key, origin) = (at.child(name.get_ref()), place(name.span().start));
            let Some(value) = table.get(name.get_ref().as_ref()) else { continue };
            match (spanned.get_ref(), value) {
                (DeValue::Table(spans), toml::Value::Table(table)) => {
                    self.known(&key, &origin)?;
                    if table.is_empty() && *at == Key::of("ingest") {
                        // A section that says nothing still declares its channel.
                        let default = ChannelSettings::default().default_source;
                        self.add(key.child("default_source"), [toml::Value::from(default)], origin)?;
                        continue;
                    }
                    self.add_table(&key, spans, table, place)?;
                }
                _ => self.add(key, [value.clone()], origin)?,
            }
        }
        Ok(())
    }

    /// From a variable or a flag. What the text is meant as follows from what fits.
    fn add_text(&mut self, key: Key, text: &str, origin: Origin) -> Result<(), SettingsError> {
        let is_list = self.known(&key, &origin)?;
        let literal = || format!("value = {text}").parse::<toml::Table>().ok()?.remove("value");
        let meant = match is_list {
            true => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                toml::Value::Array(items.map(toml::Value::from).collect())
            }
            false => toml::Value::from(text),
        };
        self.add(key, [meant].into_iter().chain(literal()), origin)
    }

    /// Takes the first of the values that fits.
    fn add(
        &mut self,
        key: Key,
        values: impl IntoIterator<Item = toml::Value>,
        origin: Origin,
    ) -> Result<(), SettingsError> {
        self.known(&key, &origin)?;
        let mut refused = None;
        for value in values {
            let mut tried = self.loaded.values.clone();
            tried.insert(key.clone(), (value, origin.clone()));
            match read(&tried) {
                Ok(settings) => {
                    self.loaded = Loaded { settings, values: tried };
                    return Ok(());
                }
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        Err(SettingsError::Invalid { place: origin, key, why: refused.unwrap_or_default() })
    }

    /// Whether a list may stand there, when there is such a setting.
    fn known(&self, key: &Key, origin: &Origin) -> Result<bool, SettingsError> {
        self.fields.find(key).map(|field| field.is_list).ok_or_else(|| SettingsError::Unknown {
            place: origin.clone(),
            key: key.clone(),
            hint: self.fields.hint(key),
        })
    }
}

fn defaults() -> Result<Loaded, SettingsError> {
    let settings = Settings::default();
    let mut values = BTreeMap::new();
    let table = toml::Table::try_from(&settings)
        .map_err(|why| SettingsError::Syntax { place: Origin::Default, why: why.to_string() })?;
    flatten(&Key::default(), table, &mut values);
    Ok(Loaded { settings, values })
}

fn flatten(at: &Key, table: toml::Table, values: &mut BTreeMap<Key, (toml::Value, Origin)>) {
    for (name, value) in table {
        match value {
            toml::Value::Table(table) => flatten(&at.child(&name), table, values),
            value => _ = values.insert(at.child(&name), (value, Origin::Default)),
        }
    }
}

fn read(values: &BTreeMap<Key, (toml::Value, Origin)>) -> Result<Settings, String> {
    let mut root = toml::Table::new();
    for (key, (value, _)) in values {
        let Some((name, sections)) = key.0.split_last() else { continue };
        let mut table = &mut root;
        for section in sections {
            let entry = table.entry(section.clone()).or_insert_with(|| toml::Table::new().into());
            let toml::Value::Table(below) = entry else { return Err("a section is expected here".to_owned()) };
            table = below;
        }
        table.insert(name.clone(), value.clone());
    }
    Settings::deserialize(root).map_err(|error| error.message().to_owned())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&b| b == b'\n').count() + 1
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable { name } => write!(f, "environment variable {name}"),
            Self::Flag { name } => write!(f, "flag {name}"),
        }
    }
}
