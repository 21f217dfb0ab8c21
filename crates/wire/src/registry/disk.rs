use serde::{Deserialize, Serialize};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Schemas by id in a directory: a file each, written whole or not at all.
#[derive(Debug)]
pub(super) struct Disk {
    dir: PathBuf,
}

/// A schema with the texts it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredSchema {
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) references: Vec<String>,
}

impl Disk {
    /// Ids belong to one registry: another set of URLs has another directory.
    pub(super) fn new(dir: &Path, urls: &[String]) -> Self {
        let mut hasher = DefaultHasher::new();
        urls.hash(&mut hasher);
        Self { dir: dir.join(format!("registry-{:016x}", hasher.finish())) }
    }

    /// Nothing when the file is not there or does not read: then the registry is asked.
    pub(super) fn read(&self, id: u32) -> Option<StoredSchema> {
        let text = fs::read(self.file(id)).ok()?;
        match serde_json::from_slice(&text) {
            Ok(stored) => Some(stored),
            Err(error) => {
                tracing::warn!(file = %self.file(id).display(), %error, "a cached schema does not read; asking the registry");
                None
            }
        }
    }

    /// A cache that cannot be written costs a call after the next start, no more: it is told, not raised.
    pub(super) fn write(&self, id: u32, schema: &StoredSchema) {
        if let Err(error) = self.try_write(id, schema) {
            tracing::warn!(file = %self.file(id).display(), %error, "a schema could not be cached on disk");
        }
    }

    fn try_write(&self, id: u32, schema: &StoredSchema) -> std::io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        // Another process may write the same schema: each under its own name, then one wins by renaming.
        let unfinished = self.dir.join(format!("{id}.{}.unfinished", std::process::id()));
        fs::write(&unfinished, serde_json::to_vec(schema)?)?;
        fs::rename(&unfinished, self.file(id))
    }

    fn file(&self, id: u32) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }
}
