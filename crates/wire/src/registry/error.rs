use touchpoint::{Rejection, RejectionCode};

/// What went wrong between us and the registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    #[error("schema registry: {0}")]
    Settings(String),
    #[error("no schema registry could be reached ({tried})")]
    Unreachable {
        /// Each URL with what happened there.
        tried: String,
    },
    #[error("the schema registry at {url} refused our credentials (HTTP {status}); check the file that holds them")]
    Unauthorised { url: String, status: u16 },
    #[error("the schema registry knows no schema with id {id}")]
    UnknownId { id: u32 },
    #[error("the schema with id {id} cannot be used: {cause}")]
    Unusable { id: u32, cause: String },
    #[error("the schema may not follow what subject {subject} has: {message}")]
    Incompatible { subject: String, message: String },
    #[error("the schema registry answered HTTP {status} to {path}: {message}")]
    Refused { path: String, status: u16, message: String },
}

impl RegistryError {
    /// True when asking again cannot help: the fault lies with the record or its schema.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::UnknownId { .. } | Self::Unusable { .. } | Self::Incompatible { .. })
    }

    /// The rejection of a record whose schema cannot be had; `None` when the record may be fine and the registry is not.
    pub fn rejection(&self) -> Option<Rejection> {
        match self {
            Self::UnknownId { .. } | Self::Unusable { .. } => {
                Some(Rejection::new(RejectionCode::UnknownSchema, "", self.to_string()))
            }
            _ => None,
        }
    }
}
