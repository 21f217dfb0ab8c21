//! The canonical JSON touchpoint: what every raw topic accepts, what `sources try` prints.

mod parts;
mod read;
pub(crate) mod shape;
mod write;

pub(crate) use parts::amount;
pub(crate) use read::{SOURCE, touchpoint};
pub use write::to_json;
