//! Schema text -> table of nodes. Parsing and names are apache-avro's.

use super::{ForeignSchema, Node, NodeIx, Unit, canonical};
use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, NamespaceRef, UuidSchema};
use std::collections::HashMap;

/// The text is no Avro schema, or refers to types that it does not bring along.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no valid Avro schema: {0}")]
pub struct SchemaInvalid(pub String);

impl ForeignSchema {
    /// Compiles a schema; `references` are the texts of schemas whose types it names.
    ///
    /// # Errors
    /// When a text is no Avro schema, or a name is defined nowhere.
    pub fn parse(text: &str, references: &[String]) -> Result<Self, SchemaInvalid> {
        let invalid = |e: apache_avro::Error| SchemaInvalid(e.to_string());
        let (schema, others) = Schema::parse_str_with_list(text, references).map_err(invalid)?;
        let fingerprint = serde_json::from_str(text).ok().and_then(|json| canonical::fingerprint(&json));
        let fingerprint = fingerprint.ok_or_else(|| SchemaInvalid("it has no canonical form".to_owned()))?;
        let mut compiler = Compiler { nodes: Vec::new(), named: HashMap::new() };
        // In any order: a name that is used before its definition came is a hole until then.
        for other in &others {
            compiler.compile(other, None)?;
        }
        let root = compiler.compile(&schema, None)?;
        if let Some(name) = compiler.undefined() {
            return Err(SchemaInvalid(format!("type {name} is named but not defined")));
        }
        Ok(Self { nodes: compiler.nodes.into_iter().flatten().collect(), root, fingerprint })
    }
}

struct Compiler {
    /// A hole stands for a named type that is used and not yet defined.
    nodes: Vec<Option<Node>>,
    named: HashMap<String, NodeIx>,
}

impl Compiler {
    fn undefined(&self) -> Option<&str> {
        self.named.iter().find(|(_, ix)| self.nodes[**ix].is_none()).map(|(name, _)| name.as_str())
    }

    fn push(&mut self, node: Node) -> NodeIx {
        self.nodes.push(Some(node));
        self.nodes.len() - 1
    }

    /// The place of a named type; a hole until it is defined.
    fn place(&mut self, name: String) -> NodeIx {
        *self.named.entry(name).or_insert_with(|| {
            self.nodes.push(None);
            self.nodes.len() - 1
        })
    }

    fn define(&mut self, name: String, node: Node) -> NodeIx {
        let ix = self.place(name);
        self.nodes[ix] = Some(node);
        ix
    }

    fn compile(&mut self, schema: &Schema, namespace: NamespaceRef<'_>) -> Result<NodeIx, SchemaInvalid> {
        let node = match schema {
            Schema::Null => Node::Null,
            Schema::Boolean => Node::Boolean,
            Schema::Int => Node::Int,
            Schema::Long => Node::Long,
            Schema::Float => Node::Float,
            Schema::Double => Node::Double,
            Schema::Bytes => Node::Bytes,
            Schema::String | Schema::Uuid(UuidSchema::String) => Node::Text,
            Schema::BigDecimal => Node::BigDecimal,
            Schema::Date => Node::Date,
            Schema::TimeMillis => Node::Time(Unit::Millis),
            Schema::TimeMicros => Node::Time(Unit::Micros),
            Schema::TimestampMillis => Node::Timestamp(Unit::Millis),
            Schema::TimestampMicros => Node::Timestamp(Unit::Micros),
            Schema::TimestampNanos => Node::Timestamp(Unit::Nanos),
            Schema::LocalTimestampMillis => Node::LocalTimestamp(Unit::Millis),
            Schema::LocalTimestampMicros => Node::LocalTimestamp(Unit::Micros),
            Schema::LocalTimestampNanos => Node::LocalTimestamp(Unit::Nanos),
            Schema::Uuid(UuidSchema::Bytes) => Node::UuidBytes { fixed: false },
            Schema::Decimal(decimal) if matches!(decimal.inner, InnerDecimalSchema::Bytes) => {
                Node::Decimal { scale: decimal.scale, fixed: None }
            }
            Schema::Array(array) => Node::Array(self.compile(&array.items, namespace)?),
            Schema::Map(map) => Node::Map(self.compile(&map.types, namespace)?),
            Schema::Union(union) => {
                let branches = union.variants().iter().map(|branch| self.compile(branch, namespace));
                Node::Union(branches.collect::<Result<_, _>>()?)
            }
            named => return self.compile_named(named, namespace),
        };
        Ok(self.push(node))
    }

    fn compile_named(&mut self, schema: &Schema, namespace: NamespaceRef<'_>) -> Result<NodeIx, SchemaInvalid> {
        let name = match schema {
            Schema::Ref { name } => return Ok(self.place(name.fullname(namespace))),
            Schema::Record(record) => &record.name,
            Schema::Enum(symbols) => &symbols.name,
            Schema::Fixed(fixed) | Schema::Duration(fixed) | Schema::Uuid(UuidSchema::Fixed(fixed)) => &fixed.name,
            Schema::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Fixed(fixed) => &fixed.name,
                InnerDecimalSchema::Bytes => return Err(SchemaInvalid("a decimal of no kind".to_owned())),
            },
            _ => return Err(SchemaInvalid("a type of no kind".to_owned())),
        };
        let full = name.fully_qualified_name(namespace).into_owned();
        let node = match schema {
            Schema::Record(record) => {
                let mut fields = Vec::with_capacity(record.fields.len());
                for field in &record.fields {
                    fields.push((field.name.clone(), self.compile(&field.schema, full.namespace())?));
                }
                Node::Record(fields)
            }
            Schema::Enum(symbols) => Node::Enum(symbols.symbols.clone()),
            Schema::Duration(_) => Node::Duration,
            Schema::Uuid(_) => Node::UuidBytes { fixed: true },
            Schema::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Fixed(fixed) => Node::Decimal { scale: decimal.scale, fixed: Some(fixed.size) },
                InnerDecimalSchema::Bytes => return Err(SchemaInvalid("a decimal of no kind".to_owned())),
            },
            Schema::Fixed(fixed) => Node::Fixed(fixed.size),
            _ => return Err(SchemaInvalid("a type of no kind".to_owned())),
        };
        Ok(self.define(full.fullname(None), node))
    }
}
