//! The JSON Schema of the language, for editors: completion, descriptions, mistakes while typing.

use crate::language::PlaybookText;
use schemars::generate::SchemaSettings;

/// The schema of one file (`schemas/playbook.schema.json`), with a line break at its end.
pub fn json_schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<PlaybookText>();
    // A file holds some of the sections; that `playbook` is in one of them is checked at load.
    schema.remove("required");
    schema.insert("title".to_owned(), "A file of a demand-center playbook".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
