//! What is left to people about identities: looked at, and decided.

mod decide;
mod list;
mod standing;

pub use decide::Decision;
pub(super) use decide::decide;
pub(super) use list::list;
