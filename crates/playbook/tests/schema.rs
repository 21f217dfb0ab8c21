//! `schemas/playbook.schema.json` is the language's own schema. `UPDATE_EXPECT=1 cargo test -p playbook` writes it anew.

use expect_test::expect_file;

#[test]
fn the_committed_schema_is_the_languages() {
    expect_file!["../../../schemas/playbook.schema.json"].assert_eq(&playbook::json_schema());
}

#[test]
fn every_word_has_a_description() {
    fn look(path: &str, schema: &serde_json::Value, words: &mut usize) {
        let Some(properties) = schema.get("properties").and_then(|properties| properties.as_object()) else { return };
        assert_eq!(schema.get("additionalProperties"), Some(&false.into()), "{path} takes words that nobody knows");
        for (word, schema) in properties {
            let described = schema.get("description").and_then(|text| text.as_str()).is_some_and(|text| text.len() > 4);
            assert!(described, "{path}.{word}");
            *words += 1;
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&playbook::json_schema()).expect("JSON");
    let mut words = 0;
    look("file", &schema, &mut words);
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        look(name, definition, &mut words);
    }
    assert!(words > 100, "{words}");
}
