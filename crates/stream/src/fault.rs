//! What a record or the service may fail with, and what the runtime does about it.

use store::StoreFault;

/// A fault. (A *rejection* is no fault: it is an output like any other.)
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Passing: the transaction is aborted and its records are processed again, after a pause that grows.
    #[error("{code}: {message}")]
    Retry {
        /// A short name for metrics and run-books.
        code: &'static str,
        /// What happened, where, and the next step.
        message: String,
    },
    /// This record can never be processed: it goes whole to the dead letters, in the same transaction, and the service
    /// goes on. No name, address or number of a person in `message`.
    #[error("{code} at {field}: {message}")]
    Poison {
        /// A short name for metrics and run-books.
        code: &'static str,
        /// The place in the record, as a path; empty where it has none.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The service must not go on: it stops, and says why.
    #[error("{code}: {message}")]
    Fatal {
        /// A short name for metrics and run-books.
        code: &'static str,
        /// What happened, where, and the next step.
        message: String,
    },
}

impl Fault {
    /// A passing fault.
    pub fn retry(code: &'static str, message: impl Into<String>) -> Self {
        Self::Retry { code, message: message.into() }
    }

    /// A record that cannot be processed.
    pub fn poison(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Poison { code, field: field.into(), message: message.into() }
    }

    /// An end.
    pub fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        Self::Fatal { code, message: message.into() }
    }

    /// The short name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Retry { code, .. } | Self::Poison { code, .. } | Self::Fatal { code, .. } => code,
        }
    }
}

/// A store that cannot be read is never the record's fault: damage is cured by a rebuild (the runtime sees to it), the
/// rest stops the service.
impl From<StoreFault> for Fault {
    fn from(fault: StoreFault) -> Self {
        let (code, message) = (fault.code(), fault.to_string());
        match fault {
            StoreFault::Corrupt { .. } | StoreFault::Foreign { .. } => Self::Retry { code, message },
            StoreFault::Newer { .. } | StoreFault::Locked { .. } | StoreFault::Disk { .. } => {
                Self::Fatal { code, message }
            }
        }
    }
}
