//! Folders of YAML files: a playbook's, and its scenarios'.

use crate::failure::{Exit, Failure};
use crate::settings::Settings;
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
    Ok(Bundle::from_files(yaml_files(dir, "name a folder with the playbook's .yaml files")?))
}

/// Shows the mistakes of a playbook, and says what came of them; `so` as "no scenario was played".
pub(super) fn mistaken(exit: Exit, mistakes: &[Mistake], dir: &Path, so: &str) -> Failure {
    crate::commands::mistaken(exit, mistakes, "the playbook", dir, so)
}

/// Every YAML file of a folder with its content, by name; `next` says what to name instead when there is none.
pub(super) fn yaml_files(dir: &Path, next: &str) -> Result<Vec<(String, String)>, Failure> {
    let unreadable = |path: &Path, why: &std::io::Error| {
        Failure::usage(format!("cannot read {}: {why}", path.display())).next(match why.kind() {
            std::io::ErrorKind::InvalidData => "save it as UTF-8: it is in another encoding, perhaps Shift_JIS",
            _ => next,
        })
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|why| unreadable(dir, &why))? {
        let path = entry.map_err(|why| unreadable(dir, &why))?.path();
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| yaml) {
            files.push((name.to_owned(), std::fs::read_to_string(&path).map_err(|why| unreadable(&path, &why))?));
        }
    }
    if files.is_empty() {
        return Err(Failure::usage(format!("{} holds no .yaml file", dir.display())).next(next));
    }
    files.sort();
    Ok(files)
}
