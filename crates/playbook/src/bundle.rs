//! A playbook as one document: it travels by its hash through a Kafka topic, and an engine never reads files.

use crate::limits;
use crate::model::Model;
use notation::mistake::{Mistake, Warning};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use touchpoint::Text;

/// All files of a playbook, by name. Its bytes are JSON: `{"files": {"scores.yaml": "..."}}`, names sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    files: BTreeMap<String, String>,
}

/// The bytes are no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("the playbook has {found} bytes; at most {most} travel in one message", most = limits::BUNDLE_BYTES_MAX)]
    TooLarge { found: usize },
    #[error("this is no playbook bundle, a JSON document such as {{\"files\": {{\"scores.yaml\": \"...\"}}}}: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Bundle {
    /// Of two files with one name the last counts.
    pub fn from_files<N: Into<String>, C: Into<String>>(files: impl IntoIterator<Item = (N, C)>) -> Self {
        Self { files: files.into_iter().map(|(name, content)| (name.into(), content.into())).collect() }
    }

    /// The same files give the same bytes.
    ///
    /// # Errors
    /// [`BundleError::TooLarge`] when they would not fit into one message.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let bytes = serde_json::to_vec(self)?;
        within_limit(bytes.len())?;
        Ok(bytes)
    }

    /// # Errors
    /// When the bytes are too many, or no bundle.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        within_limit(bytes.len())?;
        Ok(serde_json::from_slice(bytes)?)
    }

    /// SHA-256 in hex: which content it is, wherever it is named. It is taken over names and contents in the order of
    /// names, each preceded by its length in 8 bytes (big endian), so that no two sets of files look alike.
    pub fn hash(&self) -> Text {
        let mut hasher = Sha256::new();
        for part in self.files.iter().flat_map(|(name, content)| [name, content]) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut hex = Text::with_capacity(64);
        for byte in hasher.finalize() {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        hex
    }

    /// The files in the order of their names.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_str()))
    }

    /// Compiles it: see [`crate::load`].
    ///
    /// # Errors
    /// All mistakes, with the warnings among them.
    pub fn load(&self) -> Result<(Model, Vec<Warning>), Vec<Mistake>> {
        crate::load::load_bundle(self)
    }
}

fn within_limit(found: usize) -> Result<(), BundleError> {
    if found > limits::BUNDLE_BYTES_MAX { Err(BundleError::TooLarge { found }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_the_same_whatever_the_order_of_its_files() {
        let one = Bundle::from_files([("b.yaml", "two"), ("a.yaml", "one")]);
        let other = Bundle::from_files([("a.yaml", "one"), ("b.yaml", "two")]);
        assert_eq!(one.hash(), other.hash());
        assert_eq!(one.to_bytes().unwrap(), br#"{"files":{"a.yaml":"one","b.yaml":"two"}}"#);
        assert_eq!(Bundle::from_bytes(&one.to_bytes().unwrap()).unwrap(), other);
    }

    #[test]
    fn the_hash_is_sha_256_over_lengths_names_and_contents() {
        // `printf '\0\0\0\0\0\0\0\006a.yaml\0\0\0\0\0\0\0\003one' | sha256sum`
        let hash = Bundle::from_files([("a.yaml", "one")]).hash();
        assert_eq!(hash, "b8e173725b953e8c988d6b6072910041f5a08bd68879b3e7145723b670c2ef90");
    }

    #[test]
    fn what_belongs_to_the_name_does_not_slip_into_the_content() {
        let hashes = [[("a", "bc")], [("ab", "c")]].map(|files| Bundle::from_files(files).hash());
        assert_ne!(hashes[0], hashes[1]);
    }

    #[test]
    fn other_documents_and_oversized_ones_are_refused() {
        for bytes in [&b""[..], b"[]", b"{}", br#"{"files":{"a":1}}"#, br#"{"files":{},"more":1}"#, b"\xff"] {
            assert!(matches!(Bundle::from_bytes(bytes), Err(BundleError::Malformed(_))), "{bytes:?}");
        }
        let large = Bundle::from_files([("a", "x".repeat(limits::BUNDLE_BYTES_MAX))]);
        assert!(matches!(large.to_bytes(), Err(BundleError::TooLarge { .. })));
        assert!(matches!(
            Bundle::from_bytes(&vec![b' '; limits::BUNDLE_BYTES_MAX + 1]),
            Err(BundleError::TooLarge { .. })
        ));
    }
}
