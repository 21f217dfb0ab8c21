//! The JSON Schema of mapping files, for editors: completion, descriptions, mistakes while typing.

use super::text::{ConditionText, MappingText, SpreadText, ValueText};
use crate::canonical::shape::{Field, Shape, TOUCHPOINT};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json};

/// The schema of one file (`schemas/mapping.schema.json`), with a line break at its end.
pub fn json_schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<MappingText>();
    schema.insert("title".to_owned(), "A source of demand-center as a mapping file".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// A tree of the canonical form. Of a tree that is laid over another any field may be missing.
pub(super) fn tree(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = object(TOUCHPOINT, generator);
    let value = generator.subschema_for::<ValueText>();
    if let Some(Json::Object(fields)) = schema.get_mut("properties") {
        let id = json_schema!({ "anyOf": [value, { "type": "array", "items": value }] });
        fields.insert("id".to_owned(), id.to_value());
    }
    schema
}

fn object(fields: &[Field], generator: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    for field in fields {
        if let Some(schema) = shape(field.shape, generator) {
            properties.insert(field.name.to_owned(), schema.to_value());
        }
    }
    properties.insert("when".to_owned(), generator.subschema_for::<ConditionText>().to_value());
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn shape(shape: Shape, generator: &mut SchemaGenerator) -> Option<Schema> {
    let value = generator.subschema_for::<ValueText>();
    let or_list = |one: &Schema| json_schema!({ "anyOf": [one, { "type": "array", "items": one }] });
    Some(match shape {
        Shape::Value(_) => value,
        Shape::Values => or_list(&value),
        Shape::Object(fields) => object(fields, generator),
        Shape::List(fields) => or_list(&object(fields, generator)),
        Shape::Free { .. } => {
            let spread = generator.subschema_for::<SpreadText>();
            let spread = json_schema!({ "anyOf": [{ "type": "string" }, spread] });
            let taken_over = or_list(&spread);
            json_schema!({ "type": "object", "properties": { "*": taken_over }, "additionalProperties": value })
        }
        Shape::Apart => return None,
    })
}
