//! A schema's parsing canonical form and its CRC-64-AVRO fingerprint, by the specification
//! (<https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas>).
//!
//! Our own, since apache-avro 0.22 leaves `{"type":"long"}` where a logical type stood on a primitive; Java and Python
//! write `"long"`, and with another text comes another fingerprint, by which nobody would find our schemas.

use serde_json::Value as Json;
use std::fmt::Write as _;

/// Kept attributes in the order of the canonical form, `name` and `type` being first.
const LISTS: [&str; 4] = ["fields", "symbols", "items", "values"];

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Deeper than any schema, shallow enough for the stack; apache-avro parsed it before.
const DEPTH_MAX: usize = 256;

/// The fingerprint of a schema in JSON; `None` when it is no schema that apache-avro would have parsed.
pub(super) fn fingerprint(schema: &Json) -> Option<u64> {
    let mut canonical = String::new();
    write_schema(schema, "", &mut canonical, DEPTH_MAX)?;
    Some(crc64(canonical.as_bytes()))
}

fn write_schema(schema: &Json, namespace: &str, out: &mut String, depth: usize) -> Option<()> {
    let below = depth.checked_sub(1)?;
    match schema {
        Json::String(name) => write_text(&full_name(name, namespace), out),
        Json::Array(branches) => {
            out.push('[');
            separated(branches, out, |branch, out| write_schema(branch, namespace, out, below))?;
            out.push(']');
            Some(())
        }
        Json::Object(object) => {
            let kind = object.get("type")?;
            let Json::String(kind) = kind else {
                return write_schema(kind, namespace, out, below);
            };
            let named = matches!(kind.as_str(), "record" | "error" | "enum" | "fixed");
            if !named && !matches!(kind.as_str(), "array" | "map") {
                return write_schema(&object["type"], namespace, out, below);
            }
            out.push('{');
            let mut inner = namespace.to_owned();
            if named {
                let namespace = object.get("namespace").and_then(Json::as_str).unwrap_or(namespace);
                let name = full_name(object.get("name")?.as_str()?, namespace);
                inner = name.rsplit_once('.').map_or(String::new(), |(namespace, _)| namespace.to_owned());
                out.push_str("\"name\":");
                write_text(&name, out)?;
                out.push(',');
            }
            out.push_str("\"type\":");
            write_text(kind, out)?;
            for list in LISTS {
                if let Some(value) = object.get(list) {
                    write!(out, ",\"{list}\":").ok()?;
                    match list {
                        "fields" => write_fields(value.as_array()?, &inner, out, below)?,
                        "symbols" => write_symbols(value.as_array()?, out)?,
                        _ => write_schema(value, &inner, out, below)?,
                    }
                }
            }
            if let Some(size) = object.get("size").filter(|_| kind == "fixed") {
                // A size may be written as text, too.
                let size = size.as_u64().or_else(|| size.as_str()?.parse().ok())?;
                write!(out, ",\"size\":{size}").ok()?;
            }
            out.push('}');
            Some(())
        }
        _ => None,
    }
}

fn write_fields(fields: &[Json], namespace: &str, out: &mut String, depth: usize) -> Option<()> {
    out.push('[');
    separated(fields, out, |field, out| {
        out.push_str("{\"name\":");
        write_text(field.get("name")?.as_str()?, out)?;
        out.push_str(",\"type\":");
        write_schema(field.get("type")?, namespace, out, depth)?;
        out.push('}');
        Some(())
    })?;
    out.push(']');
    Some(())
}

fn write_symbols(symbols: &[Json], out: &mut String) -> Option<()> {
    out.push('[');
    separated(symbols, out, |symbol, out| write_text(symbol.as_str()?, out))?;
    out.push(']');
    Some(())
}

fn separated(items: &[Json], out: &mut String, mut each: impl FnMut(&Json, &mut String) -> Option<()>) -> Option<()> {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        each(item, out)?;
    }
    Some(())
}

/// Names consist of letters, digits, underscores and points: nothing to escape.
fn write_text(text: &str, out: &mut String) -> Option<()> {
    write!(out, "\"{text}\"").ok()
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() || PRIMITIVES.contains(&name) {
        name.strip_prefix('.').unwrap_or(name).to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

/// The fingerprint of no bytes; also the polynomial.
const EMPTY: u64 = 0xC15D_213A_A4D7_A795;

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u64;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (EMPTY & (value & 1).wrapping_neg());
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};

fn crc64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(EMPTY, |crc, &byte| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(schema: &str) -> String {
        let mut out = String::new();
        write_schema(&serde_json::from_str(schema).unwrap(), "", &mut out, DEPTH_MAX).unwrap();
        out
    }

    /// From the specification's own test data, `share/test/data/schema-tests.txt`.
    #[test]
    fn fingerprints_of_the_specification() {
        for (schema, expected) in [
            (r#""null""#, 7_195_948_357_588_979_594_i64),
            (r#"{"type":"boolean"}"#, -6_970_731_678_124_411_036),
            (r#"{"size":15,"type":"fixed","name":"foo"}"#, 1_756_455_273_707_447_556),
            (
                r#"{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}"#,
                -1_759_257_747_318_642_341,
            ),
        ] {
            let found = fingerprint(&serde_json::from_str(schema).unwrap());
            assert_eq!(found, Some(expected.cast_unsigned()), "{schema}");
        }
    }

    #[test]
    fn what_does_not_change_the_bytes_does_not_change_the_form() {
        let plain = r#"{"name":"a.R","type":"record","fields":[{"name":"t","type":"long"},{"name":"f","type":{"name":"a.F","type":"fixed","size":9}},{"name":"g","type":["null","a.F"]},{"name":"m","type":{"type":"map","values":{"type":"array","items":"a.R"}}},{"name":"e","type":{"name":"b.E","type":"enum","symbols":["X","Y"]}}]}"#;
        let ornate = r#"{ "type": "record", "doc": "x", "namespace": "a", "name": "R", "aliases": ["Q"], "fields": [
            {"default": 0, "type": {"type": "long", "logicalType": "timestamp-millis"}, "name": "t", "order": "ignore"},
            {"name": "f", "type": {"type": "fixed", "size": "9", "name": "F", "logicalType": "decimal", "precision": 19, "scale": 6}},
            {"name": "g", "type": ["null", "F"], "default": null},
            {"name": "m", "type": {"type": "map", "values": {"type": "array", "items": "R"}}},
            {"name": "e", "type": {"type": {"symbols": ["X", "Y"], "default": "X", "type": "enum", "name": "b.E", "namespace": "ignored"}}}
        ]}"#;
        assert_eq!(canonical(ornate), plain);
        assert_eq!(canonical(plain), plain);
    }
}
