//! Files that people write: YAML in which every value knows its place, read into typed sections; all mistakes at once, each
//! with its word underlined and a suggestion; and the JSON Schema of the same declaration, for editors.
//!
//! A language is a tree of sections ([`section!`]) and single values ([`units!`]); see crate `playbook`. Reading order:
//! `yaml`, `mistake`, `reading`.

pub mod limits;
pub mod mistake;
pub mod nearest;
pub mod reading;
pub mod units;
pub mod yaml;

#[doc(hidden)]
pub use schemars;
