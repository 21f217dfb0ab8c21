//! The folder of a playbook.

use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::written;
use playbook::{Bundle, Mistake};
use std::path::{Path, PathBuf};

/// The playbook's folder: the one that is named, else the settings'.
pub(super) fn folder(settings: &Settings, dir: Option<&Path>) -> Result<PathBuf, Failure> {
    dir.map(Path::to_path_buf).or_else(|| settings.playbook.dir.clone()).ok_or_else(|| {
        Failure::usage("no playbook folder is named").at("playbook.dir").next("name it as the command's argument: DIR")
    })
}

/// The playbook that stands in a folder.
pub(super) fn bundle(dir: &Path) -> Result<Bundle, Failure> {
    Ok(Bundle::from_files(written::yaml_files(dir, "name a folder with the playbook's .yaml files")?))
}

/// Shows the mistakes of a playbook, and says what came of them; `so` as "no scenario was played".
pub(super) fn mistaken(exit: Exit, mistakes: &[Mistake], dir: &Path, so: &str) -> Failure {
    written::mistaken(exit, mistakes, "the playbook", dir, so)
}
