//! YAML files that people write: playbooks, scenarios, mapping files of sources.

use crate::failure::{Exit, Failure};
use crate::output::talk;
use crate::settings::Settings;
use ingest::{Decoder, Mapping};
use notation::mistake::Mistake;
use std::path::Path;

/// Every YAML file of a folder with its content, by name; `next` says what to name instead when there is none.
pub(crate) fn yaml_files(dir: &Path, next: &str) -> Result<Vec<(String, String)>, Failure> {
    let files = any_yaml_files(dir, next)?;
    if files.is_empty() {
        return Err(Failure::usage(format!("{} holds no .yaml file", dir.display())).next(next));
    }
    Ok(files)
}

/// The same; there may be none.
fn any_yaml_files(dir: &Path, next: &str) -> Result<Vec<(String, String)>, Failure> {
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
        // What begins with a dot is an editor's.
        let is_one = |name: &&str| yaml && !name.starts_with('.');
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(is_one) {
            // A pipe would be waited for.
            let is_file = std::fs::metadata(&path).map_err(|why| unreadable(&path, &why))?.is_file();
            if !is_file {
                return Err(unreadable(&path, &std::io::Error::other("it is no file")));
            }
            files.push((name.to_owned(), std::fs::read_to_string(&path).map_err(|why| unreadable(&path, &why))?));
        }
    }
    files.sort();
    Ok(files)
}

/// Shows the mistakes of files that people write, and says what came of them: `file` as "the playbook", `so` as "no
/// scenario was played".
pub(crate) fn mistaken(exit: Exit, mistakes: &[Mistake], file: &str, path: &Path, so: &str) -> Failure {
    talk(&notation::mistake::render(mistakes));
    Failure::new(exit, format!("{file} has mistakes; {so}"))
        .at(path.display())
        .next("mend what is underlined above and run the command again")
}

/// The files of `sources.mappings_dir`, none where it is not set.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn mapping_files(settings: &Settings) -> Result<Vec<(String, String)>, Failure> {
    let Some(dir) = &settings.sources.mappings_dir else { return Ok(Vec::new()) };
    any_yaml_files(dir, "name a folder with mapping files, or leave the setting out")
        .map_err(|failure| failure.at("sources.mappings_dir"))
}

/// The sources by the settings: ours, and those of mapping files.
///
/// # Errors
/// When a file has mistakes.
pub(crate) fn decoder(settings: &Settings, files: &[(String, String)]) -> Result<Decoder, DecoderError> {
    let mappings = Mapping::load_all(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(DecoderError::Mistakes)?;
    with_mappings(settings, mappings).map_err(DecoderError::Settings)
}

/// The sources by the settings, and these.
///
/// # Errors
/// When a setting means nothing.
pub(crate) fn with_mappings(settings: &Settings, mappings: Vec<Mapping>) -> Result<Decoder, Failure> {
    Decoder::with_mappings(settings.sources.clone(), mappings)
        .map_err(|error| Failure::usage(error.to_string()).at("sources"))
}

/// Why a company's own sources cannot be used.
#[derive(Debug)]
pub(crate) enum DecoderError {
    Mistakes(Vec<Mistake>),
    Settings(Failure),
}

impl DecoderError {
    /// Shows the mistakes, and says what came of them; `so` as "nothing was started".
    pub(crate) fn shown(self, settings: &Settings, so: &str) -> Failure {
        match self {
            Self::Mistakes(mistakes) => {
                let dir = settings.sources.mappings_dir.as_deref().unwrap_or_else(|| Path::new("sources.mappings_dir"));
                mistaken(Exit::Usage, &mistakes, "a mapping file", dir, so)
            }
            Self::Settings(failure) => failure,
        }
    }
}
