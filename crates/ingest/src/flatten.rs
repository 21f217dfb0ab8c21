//! Free objects (`properties`, `answers`, `attributes`) -> named values. Nested objects join their names with dots.

use crate::fields::{Fields, Place};
use serde_json::Value as Json;
use touchpoint::{Decimal, Properties, Rejection, RejectionCode, Text, Value, limits};

/// Adds the fields of an object to `properties`; `null` is absent.
pub(crate) fn add_properties(properties: &mut Properties, fields: &Fields<'_>) -> Result<(), Rejection> {
    for (name, json) in fields.iter() {
        add_property(properties, name, json, fields.place())?;
    }
    Ok(())
}

/// Adds one field under `name`.
pub(crate) fn add_property(
    properties: &mut Properties,
    name: &str,
    json: &Json,
    place: &Place<'_>,
) -> Result<(), Rejection> {
    walk(&mut String::from(name), json, place, &mut |name, value| {
        if let Some(value) = value {
            if properties.get(name).is_some() {
                return Err(place.key(name).invalid("stands there twice: once nested, once with a dot in its name"));
            }
            if properties.len() >= limits::ENTRIES_MAX {
                return Err(too_many(place));
            }
            properties.set(name, value);
        }
        Ok(())
    })
}

/// Changes of attributes, sorted by name: `None` clears.
type Changes = Vec<(Text, Option<Value>)>;

/// One attribute's changes: `null` clears. A name that is there already is refused.
pub(crate) fn add_attribute(
    changes: &mut Changes,
    name: &str,
    json: &Json,
    place: &Place<'_>,
) -> Result<(), Rejection> {
    change(changes, name, json, place, |name| {
        Err(place.key(name).invalid("stands there twice: once nested, once with a dot in its name"))
    })
}

/// The same for tools that tell one thing in two fields: the first that is offered stays.
pub(crate) fn offer_attribute(
    changes: &mut Changes,
    name: &str,
    json: &Json,
    place: &Place<'_>,
) -> Result<(), Rejection> {
    change(changes, name, json, place, |_| Ok(()))
}

fn change(
    changes: &mut Changes,
    name: &str,
    json: &Json,
    place: &Place<'_>,
    twice: impl Fn(&str) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    walk(&mut String::from(name), json, place, &mut |name, value| {
        match changes.binary_search_by(|(have, _)| have.as_str().cmp(name)) {
            Ok(_) => return twice(name),
            Err(_) if changes.len() >= limits::ENTRIES_MAX => return Err(too_many(place)),
            Err(at) => changes.insert(at, (Text::new(name), value)),
        }
        Ok(())
    })
}

/// A scalar or list as a value. Numbers that a [`Decimal`] cannot hold exactly stay text.
pub(crate) fn value(json: &Json) -> Option<Value> {
    match json {
        Json::Null | Json::Object(_) => None,
        Json::Bool(yes) => Some(Value::Bool(*yes)),
        Json::Number(number) => Some(match Decimal::parse(number.as_str()) {
            Some(decimal) => Value::Number(decimal),
            None => Value::text(number.as_str()),
        }),
        Json::String(text) => Some(Value::text(text)),
        Json::Array(items) => Some(Value::List(items.iter().filter_map(list_entry).collect())),
    }
}

/// An entry of a list is text: a scalar as it is written, an object or list as its JSON.
fn list_entry(json: &Json) -> Option<Text> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(Text::new(text)),
        other => Some(Text::new(sorted(other).to_string())),
    }
}

/// The same JSON with its keys in order, so that copies of a record give equal text.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            fields
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

type Visit<'v> = &'v mut dyn FnMut(&str, Option<Value>) -> Result<(), Rejection>;

/// Recursion is bounded: the payload's depth was checked before.
fn walk(name: &mut String, json: &Json, place: &Place<'_>, visit: Visit<'_>) -> Result<(), Rejection> {
    match json {
        Json::Object(map) => {
            let length = name.len();
            for (inner, json) in map {
                name.push('.');
                name.push_str(inner);
                if name.len() > limits::NAME_BYTES_MAX {
                    return Err(place.reject(
                        RejectionCode::TooLarge,
                        format!("has a name longer than {} bytes", limits::NAME_BYTES_MAX),
                    ));
                }
                walk(name, json, place, visit)?;
                name.truncate(length);
            }
            Ok(())
        }
        Json::Array(items) if items.len() > limits::ENTRIES_MAX => Err(too_many(&place.key(name))),
        other => visit(name, value(other)),
    }
}

fn too_many(place: &Place<'_>) -> Rejection {
    place.reject(RejectionCode::TooLarge, format!("has more than {} entries", limits::ENTRIES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flat(json: Json) -> Result<Properties, Rejection> {
        let mut properties = Properties::new();
        add_properties(&mut properties, &Fields::new(&json, Place::Root)?)?;
        Ok(properties)
    }

    #[test]
    fn nested_objects_join_their_names_with_dots() {
        let properties =
            flat(json!({"a": {"b": {"c": 1}}, "d": null, "e": {}, "f": [1, "x", null, {"h": [3], "g": 2}]})).unwrap();
        let shown: Vec<_> = properties.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
        assert_eq!(shown, [r#"a.b.c=Number(1)"#, r#"f=List(["1", "x", "{\"g\":2,\"h\":[3]}"])"#]);
    }

    #[test]
    fn numbers_are_exact_or_text() {
        let json: Json =
            serde_json::from_str(r#"{"a":0.1,"b":1e400,"c":0.12345678,"d":1513299569123,"e":9007199254740993}"#)
                .unwrap();
        let properties = flat(json).unwrap();
        assert_eq!(properties.get("a"), Some(&Value::Number(Decimal::from_micros(100_000))));
        assert_eq!(properties.get("b"), Some(&Value::text("1e+400")));
        assert_eq!(properties.get("c"), Some(&Value::text("0.12345678")));
        assert_eq!(properties.get("d"), Decimal::from_int(1_513_299_569_123).map(Value::Number).as_ref());
        assert_eq!(properties.get("e"), Some(&Value::text("9007199254740993")));
    }

    #[test]
    fn two_values_of_one_name_are_refused_not_overwritten() {
        assert_eq!(flat(json!({"a.b": 1, "a": {"b": 2}})).unwrap_err().code, RejectionCode::InvalidField);
    }

    #[test]
    fn entries_beyond_the_limit_are_refused() {
        let many: Json = (0..300).map(|n| (format!("n{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(flat(many).unwrap_err().code, RejectionCode::TooLarge);
        assert_eq!(flat(json!({"l": vec![0; 300]})).unwrap_err().code, RejectionCode::TooLarge);
    }
}
