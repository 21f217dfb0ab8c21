use super::folder::bundle;
use crate::failure::{Exit, Failure};
use crate::output::{out, talk};
use playbook::Bundle;
use std::path::Path;

/// Says in words what one version of a playbook says otherwise than another; exit code 1 when it says anything.
///
/// # Errors
/// When a folder cannot be read, or holds no sound playbook.
pub(in crate::commands) fn diff(former: &Path, newer: &Path) -> Result<Exit, Failure> {
    let (one, other) = (sound(former)?, sound(newer)?);
    let differences = playbook::diff(&one, &other).map_err(|mistakes| broken(&mistakes, newer))?;
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
        Err(mistakes) => Err(broken(&mistakes, dir)),
    }
}

fn broken(mistakes: &[playbook::Mistake], dir: &Path) -> Failure {
    talk(&playbook::render(mistakes));
    Failure::usage("the playbook has mistakes; nothing was compared")
        .at(dir.display())
        .next("mend what is underlined above and run the command again")
}
