use touchpoint::{Rejection, RejectionCode};

/// Bytes that do not fit their schema. Holds no value: only where and what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{what}", .field, if .field.is_empty() { "" } else { ": " })]
pub struct Unreadable {
    /// Path of names to the field: `opportunity.amount`. Empty for the whole record.
    pub field: String,
    pub what: &'static str,
    /// True when a limit was broken, false when the form is wrong.
    pub too_large: bool,
}

impl Unreadable {
    pub(crate) const fn malformed(what: &'static str) -> Self {
        Self { field: String::new(), what, too_large: false }
    }

    pub(crate) const fn too_large(what: &'static str) -> Self {
        Self { field: String::new(), what, too_large: true }
    }

    /// The same, found inside the field `name`.
    pub(crate) fn within(mut self, name: &str) -> Self {
        self.field = if self.field.is_empty() { name.to_owned() } else { format!("{name}.{}", self.field) };
        self
    }
}

impl From<Unreadable> for Rejection {
    fn from(unreadable: Unreadable) -> Self {
        let code = if unreadable.too_large { RejectionCode::TooLarge } else { RejectionCode::Malformed };
        Self::new(code, unreadable.field, unreadable.what)
    }
}
