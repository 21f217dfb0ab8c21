use crate::default_playbook;
use crate::failure::{Exit, Failure};
use crate::output::{out, talk};
use std::path::Path;

/// Two of the scenarios of the default playbook.
const SCENARIOS: [(&str, &str); 2] = [
    (
        "scenarios/anonymous-then-known.yaml",
        include_str!("../../../../../tests/scenarios/e01-anonymous-then-known.yaml"),
    ),
    ("scenarios/material-request.yaml", include_str!("../../../../../tests/scenarios/e02-material-request.yaml")),
];

/// Where the language is described, as the files of the repository and as those of a folder of its own say it.
const SCHEMA: [&str; 2] = ["$schema=../../../schemas/playbook.schema.json", "$schema=playbook.schema.json"];

/// The name of the default playbook, as its file says it.
const NAME: &str = "playbook:\n  name: default\n";

/// Writes a commented playbook to start from: the default one under a name of its own, with the language's schema for
/// editors and two scenarios. Nothing is overwritten.
///
/// # Errors
/// When the folder holds something already, or cannot be written.
pub(in crate::commands) fn init(dir: &Path, name: Option<&str>) -> Result<Exit, Failure> {
    let unwritable = |path: &Path, why: &std::io::Error| {
        Failure::usage(format!("cannot write {}: {why}", path.display())).next("name a folder that you may write")
    };
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(format!("{} is not empty", dir.display()))
            .next("name a new folder; what is there is left as it is"));
    }
    let folder_name = || {
        let path = std::path::absolute(dir).ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    };
    let name = name.map(str::to_owned).or_else(folder_name).unwrap_or_else(|| "playbook".to_owned());
    let named = format!("{}{}\n", NAME.trim_end_matches("default\n"), serde_json::Value::String(name));
    let write = |file: &str, content: &str| {
        let path = dir.join(file);
        let folder = path.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).map_err(|why| unwritable(folder, &why))?;
        std::fs::write(&path, content).map_err(|why| unwritable(&path, &why))
    };
    for (file, content) in default_playbook::FILES.iter().chain(&SCENARIOS) {
        write(file, &content.replace(SCHEMA[0], SCHEMA[1]).replace(NAME, &named))?;
    }
    write("playbook.schema.json", &playbook::json_schema())?;
    out(&format!("{}\n", dir.display()));
    talk(&format!("next: demand-center playbook validate {0}; demand-center playbook test {0}", dir.display()));
    Ok(Exit::Done)
}
