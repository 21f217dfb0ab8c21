//! Settings: built-in defaults < file < environment (`DEMAND__KAFKA__BOOTSTRAP_SERVERS`) < flags. Every value knows
//! where it came from; an unknown key is an error with its place and the key that was probably meant; secrets come from
//! files only.

mod check;
mod fields;
mod key;
mod load;
mod sections;
mod show;
#[cfg(test)]
mod tests;
mod units;

pub use fields::{Field, Fields};
pub use key::{Key, nearest};
pub use load::{Loaded, Origin, SettingsError, Sources};
pub use sections::*;
pub use show::{ShowOptions, show};
pub use units::{Bytes, Span, UnitError};
