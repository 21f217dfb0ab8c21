//! Anybody's Avro as a tree: equal to apache-avro's reading where that is right, stricter where it guesses.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Tree;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Decimal, Duration, Schema};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use wire::ForeignSchema;

/// Every type, nested, named and referred to, with itself inside.
const RICH: &str = r#"{"type": "record", "name": "Node", "namespace": "shop.events", "fields": [
  {"name": "flag", "type": "boolean"},
  {"name": "small", "type": "int"},
  {"name": "large", "type": "long"},
  {"name": "half", "type": "float"},
  {"name": "whole", "type": "double"},
  {"name": "raw", "type": "bytes"},
  {"name": "text", "type": "string"},
  {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 4}},
  {"name": "other_hash", "type": ["null", "Hash"]},
  {"name": "suit", "type": {"type": "enum", "name": "Suit", "symbols": ["SPADES", "HEARTS"]}},
  {"name": "amounts", "type": {"type": "map", "values": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}}},
  {"name": "price", "type": {"type": "fixed", "name": "Price", "size": 5, "logicalType": "decimal", "precision": 11, "scale": 3}},
  {"name": "day", "type": {"type": "int", "logicalType": "date"}},
  {"name": "at", "type": ["string", {"type": "long", "logicalType": "timestamp-millis"}]},
  {"name": "exactly_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
  {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
  {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}},
  {"name": "uuid", "type": {"type": "string", "logicalType": "uuid"}},
  {"name": "wait", "type": {"type": "fixed", "name": "Wait", "size": 12, "logicalType": "duration"}},
  {"name": "children", "type": {"type": "array", "items": "Node"}}
]}"#;

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = node(Just(Vec::new()).boxed());
    leaf.prop_recursive(3, 12, 3, |inner| node(vec(inner, 0..3).boxed()))
}

fn node(children: BoxedStrategy<Vec<Tree>>) -> BoxedStrategy<Tree> {
    let numbers = (any::<bool>(), any::<i32>(), any::<i64>(), any::<f32>(), any::<f64>());
    let bytes = (vec(any::<u8>(), 0..9), "\\PC{0,12}", any::<[u8; 4]>(), prop::option::of(any::<[u8; 4]>()));
    let amounts = prop::collection::hash_map("[a-z]{1,5}", vec(any::<u8>(), 1..17), 0..4);
    let rest = (
        0..2_u32,
        amounts,
        any::<[u8; 5]>(),
        -700_000..2_900_000,
        prop::option::of(-1_000_000_000_000_i64..9_000_000_000_000),
    );
    let times =
        (-1_000_000_000_000_i64..9_000_000_000_000_000, -1_000_000_000_000_i64..9_000_000_000_000, 0..86_400_000);
    (numbers, bytes, rest, times, any::<[u8; 16]>(), any::<[u8; 12]>(), children)
        .prop_map(|(numbers, bytes, rest, times, uuid, wait, children)| {
            let (flag, small, large, half, whole) = numbers;
            let (raw, text, hash, other_hash) = bytes;
            let (suit, amounts, price, day, at) = rest;
            let (exactly_at, local, clock) = times;
            let other_hash = match other_hash {
                None => Tree::Union(0, Box::new(Tree::Null)),
                Some(hash) => Tree::Union(1, Box::new(Tree::Fixed(4, hash.to_vec()))),
            };
            let at = match at {
                None => Tree::Union(0, Box::new(Tree::String("unknown".to_owned()))),
                Some(millis) => Tree::Union(1, Box::new(Tree::TimestampMillis(millis))),
            };
            let amounts: HashMap<_, _> =
                amounts.into_iter().map(|(name, bytes)| (name, Tree::Decimal(Decimal::from(bytes)))).collect();
            let fields: Vec<(&str, Tree)> = vec![
                ("flag", Tree::Boolean(flag)),
                ("small", Tree::Int(small)),
                ("large", Tree::Long(large)),
                ("half", Tree::Float(half)),
                ("whole", Tree::Double(whole)),
                ("raw", Tree::Bytes(raw)),
                ("text", Tree::String(text)),
                ("hash", Tree::Fixed(4, hash.to_vec())),
                ("other_hash", other_hash),
                ("suit", Tree::Enum(suit, ["SPADES", "HEARTS"][suit as usize].to_owned())),
                ("amounts", Tree::Map(amounts)),
                ("price", Tree::Decimal(Decimal::from(price))),
                ("day", Tree::Date(day)),
                ("at", at),
                ("exactly_at", Tree::TimestampMicros(exactly_at)),
                ("local", Tree::LocalTimestampMillis(local)),
                ("clock", Tree::TimeMillis(clock)),
                ("uuid", Tree::Uuid(apache_avro::Uuid::from_bytes(uuid))),
                ("wait", Tree::Duration(Duration::from(wait))),
                ("children", Tree::Array(children)),
            ];
            Tree::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        })
        .boxed()
}

/// What a tree should be in JSON, worked out from apache-avro's values by other means than ours.
fn expected(tree: &Tree, field: &str) -> Json {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| json!(base64::engine::general_purpose::STANDARD.encode(bytes));
    let time = |millis: i64| jiff::Timestamp::from_millisecond(millis).expect("a time");
    match tree {
        Tree::Null => Json::Null,
        Tree::Boolean(flag) => json!(flag),
        Tree::Int(number) => json!(number),
        Tree::Long(number) => json!(number),
        Tree::Float(number) => float(f64::from(*number), format!("{number:?}")),
        Tree::Double(number) => float(*number, format!("{number:?}")),
        Tree::Bytes(bytes) | Tree::Fixed(_, bytes) => base64(bytes),
        Tree::String(text) | Tree::Enum(_, text) => json!(text),
        Tree::Union(_, inner) => expected(inner, field),
        Tree::Array(items) => items.iter().map(|item| expected(item, field)).collect(),
        Tree::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.clone(), expected(v, field))).collect()),
        Tree::Record(fields) => {
            Json::Object(fields.iter().map(|(k, v)| (k.clone(), expected(v, k))).collect::<Map<_, _>>())
        }
        Tree::Decimal(decimal) => {
            let bytes = <Vec<u8>>::try_from(decimal).expect("bytes");
            let unscaled =
                bytes.iter().skip(1).fold(i128::from(bytes[0].cast_signed()), |n, b| (n << 8) | i128::from(*b));
            let scale = if field == "price" { 3 } else { 2 };
            scaled(unscaled, scale)
        }
        Tree::Date(days) => {
            let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(*days);
            json!(date.to_string())
        }
        Tree::TimestampMillis(millis) => json!(format!("{:.3}", time(*millis))),
        Tree::TimestampMicros(micros) => {
            json!(format!("{:.6}", jiff::Timestamp::from_microsecond(*micros).expect("a time")))
        }
        Tree::LocalTimestampMillis(millis) => json!(format!("{:.3}", time(*millis)).trim_end_matches('Z')),
        Tree::TimeMillis(millis) => json!(&format!("{:.3}", time(i64::from(*millis)))[11..23]),
        Tree::Uuid(uuid) => json!(uuid.to_string()),
        Tree::Duration(duration) => {
            let bytes: [u8; 12] = (*duration).into();
            let part = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
            json!(format!("P{}M{}DT{}.{:03}S", part(0), part(4), part(8) / 1000, part(8) % 1000))
        }
        other => panic!("not in the schema: {other:?}"),
    }
}

fn float(number: f64, digits: String) -> Json {
    if number.is_finite() { serde_json::from_str(&digits).expect("a number") } else { json!(digits) }
}

/// Digits by repeated division, zeros at the end left out.
fn scaled(unscaled: i128, scale: u32) -> Json {
    let one = 10_u128.pow(scale);
    let (whole, mut rest) = (unscaled.unsigned_abs() / one, unscaled.unsigned_abs() % one);
    let mut text = format!("{}{whole}", if unscaled < 0 { "-" } else { "" });
    if rest > 0 {
        text.push('.');
        let mut digit = one / 10;
        while rest > 0 {
            text.push(char::from(b'0' + (rest / digit) as u8));
            rest %= digit;
            digit /= 10;
        }
    }
    serde_json::from_str(&text).expect("a number")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_type_reads_as_apache_avro_reads_it(tree in tree()) {
        let schema = Schema::parse_str(RICH).expect("a schema");
        let datum = GenericDatumWriter::builder(&schema).build().expect("a writer").write_value_to_vec(tree).expect("written");
        let read = GenericDatumReader::builder(&schema).build().expect("a reader").read_value(&mut datum.as_slice());
        let foreign = ForeignSchema::parse(RICH, &[]).expect("a schema");
        prop_assert_eq!(foreign.to_json(&datum), Ok(expected(&read.expect("it reads"), "")));
        // And a shorter datum does not read, where apache-avro may take it for one with nulls at the end.
        prop_assert!(foreign.to_json(&datum[..datum.len() - 1]).is_err());
    }
}

fn parse(schema: &str) -> ForeignSchema {
    ForeignSchema::parse(schema, &[]).expect("a schema")
}

#[test]
fn a_record_that_ends_early_is_no_record_with_nulls() {
    let schema =
        r#"{"type":"record","name":"T","fields":[{"name":"a","type":"string"},{"name":"b","type":["null","string"]}]}"#;
    let datum = [2, b'x'];
    let apache = Schema::parse_str(schema).expect("a schema");
    let guessed = GenericDatumReader::builder(&apache).build().expect("a reader").read_value(&mut datum.as_slice());
    assert!(guessed.is_ok(), "apache-avro no longer guesses: the reason for our own reader has gone in part");
    assert!(parse(schema).to_json(&datum).is_err());
}

#[test]
fn few_bytes_cannot_become_many_values() {
    // 2^62 nulls in nine bytes.
    let nulls = parse(r#"{"type":"array","items":"null"}"#);
    let refused = nulls.to_json(&[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0]).unwrap_err();
    assert!(refused.too_large);
    // Each block within the limit, records of nothing, block after block.
    let empty = parse(r#"{"type":"map","values":{"type":"array","items":{"type":"record","name":"E","fields":[]}}}"#);
    let mut datum = vec![0x80 | 0x10, 0x4E];
    for at in 0..5_000_u32 {
        datum.extend_from_slice(&[8]);
        datum.extend_from_slice(&at.to_le_bytes().map(|byte| byte & 0x7F));
        datum.extend_from_slice(&[0x90, 0x4E, 0]);
    }
    datum.push(0);
    assert!(empty.to_json(&datum).unwrap_err().too_large);
}

#[test]
fn nesting_is_bounded() {
    let schema = parse(r#"{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}"#);
    let deep = |levels: usize| [vec![2; levels], vec![0]].concat();
    assert!(schema.to_json(&deep(50)).is_ok());
    assert!(schema.to_json(&deep(100_000)).unwrap_err().too_large);
}

#[test]
fn a_schema_may_name_types_of_others_in_any_order() {
    let order = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"by","type":"Customer"},{"name":"at","type":"geo.Place"}]}"#;
    let customer = r#"{"type":"record","name":"Customer","namespace":"shop","fields":[{"name":"home","type":["null","geo.Place"]}]}"#;
    let place = r#"{"type":"record","name":"Place","namespace":"geo","fields":[{"name":"city","type":"string"}]}"#;
    for references in [[customer, place], [place, customer]] {
        let schema = ForeignSchema::parse(order, &references.map(str::to_owned)).expect("a schema");
        assert_eq!(
            schema.to_json(&[2, 2, b'N', 2, b'T']),
            Ok(json!({"by": {"home": {"city": "N"}}, "at": {"city": "T"}}))
        );
    }
    assert!(ForeignSchema::parse(order, &[customer.to_owned()]).is_err(), "a place is nowhere defined");
}

#[test]
fn what_is_no_schema_is_said_so() {
    for text in ["", "{", r#"{"type":"recor"}"#, r#"{"type":"record","name":"A"}"#, "[]x"] {
        let error = ForeignSchema::parse(text, &[]).unwrap_err().to_string();
        assert!(error.starts_with("no valid Avro schema: "), "{error}");
    }
}
