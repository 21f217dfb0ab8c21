use crate::foreign::{ForeignSchema, SchemaInvalid};
use crate::registry::{Registry, RegistryError, WriterSchema};
use crate::schema::OurSchema;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Every schema we can read by: our own in all published versions, the users' from a folder, and the registry's.
#[derive(Debug)]
pub struct SchemaBook {
    by_fingerprint: HashMap<u64, Arc<WriterSchema>>,
    registry: Option<Registry>,
}

/// The folder of users' schemas cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct FolderInvalid {
    path: String,
    cause: String,
}

impl SchemaBook {
    /// Our own schemas; ids are looked up in `registry`, where there is one.
    ///
    /// # Errors
    /// Never for the schemas as committed: a test parses each.
    pub fn new(registry: Option<Registry>) -> Result<Self, SchemaInvalid> {
        let mut book = Self { by_fingerprint: HashMap::new(), registry };
        for text in OurSchema::ALL.into_iter().flat_map(OurSchema::history) {
            book.add(text)?;
        }
        Ok(book)
    }

    /// Adds every `.avsc` of a folder, for records in single-object encoding.
    ///
    /// # Errors
    /// Names the file that cannot be read or is no schema.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, FolderInvalid> {
        let invalid = |path: &Path, cause: &dyn std::fmt::Display| FolderInvalid {
            path: path.display().to_string(),
            cause: cause.to_string(),
        };
        for entry in std::fs::read_dir(folder).map_err(|e| invalid(folder, &e))? {
            let path = entry.map_err(|e| invalid(folder, &e))?.path();
            if path.extension().is_some_and(|extension| extension == "avsc") {
                let text = std::fs::read_to_string(&path).map_err(|e| invalid(&path, &e))?;
                self.add(&text).map_err(|e| invalid(&path, &e))?;
            }
        }
        Ok(self)
    }

    fn add(&mut self, text: &str) -> Result<(), SchemaInvalid> {
        let schema = ForeignSchema::parse(text, &[])?;
        // Fingerprints pass over logical types. Of two schemas that differ in these alone, ours stays.
        self.by_fingerprint.entry(schema.fingerprint()).or_insert_with(|| Arc::new(WriterSchema::Avro(schema)));
        Ok(())
    }

    pub const fn registry(&self) -> Option<&Registry> {
        self.registry.as_ref()
    }

    pub(crate) fn by_fingerprint(&self, fingerprint: u64) -> Option<Arc<WriterSchema>> {
        self.by_fingerprint.get(&fingerprint).map(Arc::clone)
    }

    pub(crate) fn by_id(&self, id: u32) -> Result<Arc<WriterSchema>, RegistryError> {
        match &self.registry {
            Some(registry) => registry.schema(id),
            None => {
                Err(RegistryError::Unusable { id, cause: "no schema registry is configured to look it up".to_owned() })
            }
        }
    }
}
