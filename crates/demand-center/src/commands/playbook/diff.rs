use super::folder::{bundle, mistaken};
use crate::failure::{Exit, Failure};
use crate::output::out;
use playbook::{Bundle, Mistake};
use std::path::Path;

/// Says in words what one version of a playbook says otherwise than another; exit code 1 when it says anything.
///
/// # Errors
/// When a folder cannot be read, or holds no sound playbook.
pub(in crate::commands) fn diff(former: &Path, newer: &Path) -> Result<Exit, Failure> {
    let (one, other) = (sound(former)?, sound(newer)?);
    let differences = playbook::diff(&one, &other).map_err(|mistakes| uncompared(&mistakes, newer))?;
    for difference in &differences {
        out(&format!("{difference}\n"));
    }
    Ok(if differences.is_empty() { Exit::Done } else { Exit::Findings })
}

/// What has mistakes might mean anything.
fn sound(dir: &Path) -> Result<Bundle, Failure> {
    let bundle = bundle(dir)?;
    match bundle.load() {
        Ok(_) => Ok(bundle),
        Err(mistakes) => Err(uncompared(&mistakes, dir)),
    }
}

fn uncompared(mistakes: &[Mistake], dir: &Path) -> Failure {
    mistaken(Exit::Usage, mistakes, dir, "nothing was compared")
}
