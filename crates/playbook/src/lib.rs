//! What marketers write, checked and compiled: YAML files -> [`model::Model`].
//!
//! The files name things; the model has indices. Every name is resolved, every threshold parsed, every condition typed
//! at load, so that the engine's hot path compares numbers and never interprets text.
//!
//! Pure: the content comes in as text, no file is opened here.

mod bundle;
mod calendar;
mod compile;
mod diff;
mod language;
pub mod limits;
mod lint;
mod load;
pub mod matching;
pub mod model;
mod schema;
mod units;
mod vocabulary;

pub use bundle::{Bundle, BundleError};
pub use diff::{Change, Difference, diff};
pub use load::load;
pub use notation::mistake::{Level, Mistake, MistakeKind, Place, Warning, render};
pub use notation::reading::half_width;
pub use schema::json_schema;
