use crate::failure::{Exit, Failure};
use crate::output::out;
use crate::settings::{Loaded, ShowOptions, show as page};

/// Prints every setting.
///
/// # Errors
/// None: settings that are wrong have failed before.
pub(super) fn show(loaded: &Loaded, origin: bool, docs: bool) -> Result<Exit, Failure> {
    out(&page(loaded, ShowOptions { origin, docs }));
    Ok(Exit::Done)
}
