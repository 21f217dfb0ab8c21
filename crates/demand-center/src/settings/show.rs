use super::check::is_secret;
use super::fields::{Field, Fields};
use super::key::Key;
use super::load::Loaded;
use std::fmt::Write;

/// What `config show` prints beside the values.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShowOptions {
    /// Where each value came from.
    pub origin: bool,
    /// What each setting is for; also those without a value.
    pub docs: bool,
}

/// The settings as a settings file: what is printed can be loaded again (but for secrets, which are not shown).
pub fn show(loaded: &Loaded, options: ShowOptions) -> String {
    let mut page = String::new();
    let mut section = None;
    for (key, value) in lines(loaded, options) {
        let Some((name, above)) = key.0.split_last() else { continue };
        let above = Key(above.to_vec());
        let docs = |key: &Key| {
            let exactly = |field: &&Field| options.docs && field.key.0.len() == key.0.len();
            Fields::new().find(key).filter(exactly).map(|field| field.doc.clone())
        };
        if section.as_ref() != Some(&above) {
            page.push_str(if section.is_some() { "\n" } else { "" });
            comment(&mut page, docs(&above));
            _ = writeln!(page, "[{above}]");
            section = Some(above);
        }
        comment(&mut page, docs(&key));
        let name = Key(vec![name.clone()]);
        match value {
            None if key.0.last().is_some_and(|name| name == "*") => page.push_str("# \"NAME\" = \"VALUE\"\n"),
            None => _ = writeln!(page, "# {name} ="),
            Some(value) => {
                let origin = if options.origin { format!("  # {}", loaded.origin(&key)) } else { String::new() };
                _ = writeln!(page, "{name} = {value}{origin}");
            }
        }
    }
    page
}

/// Keys in the order of the sections, with their value as TOML. Without one: only a setting that could be set.
fn lines(loaded: &Loaded, options: ShowOptions) -> Vec<(Key, Option<String>)> {
    let mut lines: Vec<(Key, Option<String>)> = Vec::new();
    for field in Fields::new().0.iter().filter(|field| !field.is_section) {
        let fits = |key: &Key| Fields(vec![field.clone()]).find(key).is_some();
        let before = lines.len();
        let mut values: Vec<_> = loaded.values.iter().filter(|(key, _)| fits(key)).collect();
        // In TOML a section's own entries stand before the sections below it.
        values.sort_by_key(|(key, _)| key.0.split_last().map(|(name, above)| (above, name)));
        for (key, (value, _)) in values {
            let secret = key.0.last().is_some_and(|name| is_secret(name)) && !is_path(key);
            lines.push((key.clone(), Some(if secret { "\"***\"".to_owned() } else { value.to_string() })));
        }
        if options.docs && lines.len() == before {
            lines.push((field.key.clone(), None));
        }
    }
    lines
}

/// The path of a secret's file is no secret.
fn is_path(key: &Key) -> bool {
    key.0.iter().any(|part| part.ends_with("_file") || part == "property_files")
}

fn comment(page: &mut String, doc: Option<String>) {
    for line in doc.iter().flat_map(|doc| doc.lines()) {
        _ = writeln!(page, "# {line}");
    }
}
