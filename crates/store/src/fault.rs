//! What can go wrong with a store, and whether rebuilding from the changelog cures it.

use std::path::{Path, PathBuf};

use crate::row::RowError;

/// A fault of a partition's store.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// A newer binary wrote this store, its changelog, or one of its rows.
    #[error(
        "{path}: written in format {found}, this binary knows up to {known}; run the newer binary, or delete the directory and the service's changelog to start anew"
    )]
    Newer {
        /// The partition's directory.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The newest version this binary reads.
        known: u32,
    },
    /// The directory belongs to another service, topic, partition or cluster.
    #[error("{path}: holds the store of {found}, wanted {wanted}; delete it or let it be rebuilt from the changelog")]
    Foreign {
        /// The partition's directory.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// The files or a row are damaged.
    #[error("{path}: damaged ({detail}); delete it or let it be rebuilt from the changelog")]
    Corrupt {
        /// The partition's directory.
        path: PathBuf,
        /// What RocksDB or the row says.
        detail: String,
    },
    /// Another process holds the directory.
    #[error("{path}: in use by another process; give each instance a state directory of its own ({detail})")]
    Locked {
        /// The partition's directory.
        path: PathBuf,
        /// What RocksDB says.
        detail: String,
    },
    /// The disk failed: full, read-only, gone.
    #[error("{path}: {detail}; look at the disk (space, permissions), then restart")]
    Disk {
        /// The partition's directory.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
}

impl StoreFault {
    /// True when deleting the directory and restoring from the changelog is the cure.
    #[must_use]
    pub fn is_cured_by_rebuild(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Foreign { .. })
    }

    /// A short name for metrics and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "store_newer",
            Self::Foreign { .. } => "store_foreign",
            Self::Corrupt { .. } => "store_corrupt",
            Self::Locked { .. } => "store_locked",
            Self::Disk { .. } => "store_disk",
        }
    }

    pub(crate) fn from_rocksdb(path: &Path, error: &rocksdb::Error) -> Self {
        let path = path.to_path_buf();
        let detail = error.to_string();
        match error.kind() {
            rocksdb::ErrorKind::Corruption
            | rocksdb::ErrorKind::InvalidArgument
            | rocksdb::ErrorKind::NotFound
            | rocksdb::ErrorKind::NotSupported => Self::Corrupt { path, detail },
            // RocksDB reports a held LOCK file and a vanished SST alike as an IO error.
            _ if detail.contains("LOCK") || detail.contains("lock hold") => Self::Locked { path, detail },
            _ if detail.contains("No such file") => Self::Corrupt { path, detail },
            _ => Self::Disk { path, detail },
        }
    }

    pub(crate) fn from_row(path: &Path, key: &[u8], error: RowError) -> Self {
        let path = path.to_path_buf();
        match error {
            RowError::Newer { found, known } => Self::Newer { path, found, known },
            RowError::Malformed(detail) => {
                let table = key.first().copied().unwrap_or_default();
                Self::Corrupt { path, detail: format!("a row of table {table}: {detail}") }
            }
        }
    }

    pub(crate) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        Self::Disk { path: path.to_path_buf(), detail: error.to_string() }
    }
}
