//! What a mapping says of an event: a tree in the canonical form whose leaves are values.

use super::condition::Condition;
use super::path::{Path, Scope, is_something};
use super::value::{Reader, Stop, Table, Value};
use crate::fields::{items, scalar};
use serde_json::{Map, Value as Json};

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Value(Box<Value>),
    /// Several values of one place.
    Values(Vec<Value>),
    Object(Object),
    List(Vec<Object>),
    Free(Free),
}

/// An object of which nothing is left when one of the fields that it needs finds nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub(crate) when: Condition,
    pub(crate) fields: Vec<(&'static str, Tree)>,
    pub(crate) needs: Vec<&'static str>,
}

/// Fields of any name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Free {
    pub(crate) fields: Vec<(String, Value)>,
    /// Fields that are taken over, where none of the others has their name.
    pub(crate) spreads: Vec<Spread>,
    /// Where nothing stands although its field is there, the attribute is cleared.
    pub(crate) clears: Vec<(String, Path)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) from: Path,
    pub(crate) prefix: String,
    pub(crate) except: Vec<String>,
    /// Of a list of objects (or one) that say a name and a value.
    pub(crate) pairs: Option<Pairs>,
}

#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    pub(crate) name: Path,
    pub(crate) value: Value,
    /// What a name is called with us; of others nothing is said.
    pub(crate) table: Option<Table>,
}

impl Tree {
    pub(crate) fn build(&self, reader: Reader<'_>) -> Result<Option<Json>, Stop> {
        match self {
            Self::Value(value) => Ok(value.get(reader)?.map(|found| found.into_owned())),
            Self::Values(values) => {
                let mut all = Vec::new();
                for value in values {
                    match value.get(reader)?.map(|found| found.into_owned()) {
                        Some(Json::Array(several)) => all.extend(several),
                        one => all.extend(one),
                    }
                }
                Ok((!all.is_empty()).then_some(Json::Array(all)))
            }
            Self::Object(object) => object.build(reader),
            Self::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(item.build(reader)?);
                }
                Ok((!all.is_empty()).then_some(Json::Array(all)))
            }
            Self::Free(free) => free.build(reader),
        }
    }
}

impl Object {
    pub(crate) fn build(&self, reader: Reader<'_>) -> Result<Option<Json>, Stop> {
        if !self.when.holds(reader.scope) {
            return Ok(None);
        }
        let mut built = Map::new();
        for (name, tree) in &self.fields {
            match tree.build(reader).map_err(|stop| stop.within(name))? {
                Some(value) => drop(built.insert((*name).to_owned(), value)),
                None if self.needs.contains(name) => return Ok(None),
                None => {}
            }
        }
        Ok((!built.is_empty()).then_some(Json::Object(built)))
    }
}

impl Free {
    fn build(&self, reader: Reader<'_>) -> Result<Option<Json>, Stop> {
        let mut built = Map::new();
        for (name, value) in &self.fields {
            if let Some(found) = value.get(reader).map_err(|stop| stop.within(name))? {
                built.insert(name.clone(), found.into_owned());
            }
        }
        for (name, path) in &self.clears {
            if !built.contains_key(name) && path.at(reader.scope).is_some() {
                built.insert(name.clone(), Json::Null);
            }
        }
        for spread in &self.spreads {
            spread.add(reader, &mut built)?;
        }
        Ok((!built.is_empty()).then_some(Json::Object(built)))
    }
}

impl Spread {
    fn add(&self, reader: Reader<'_>, built: &mut Map<String, Json>) -> Result<(), Stop> {
        let Some(found) = self.from.get(reader.scope) else { return Ok(()) };
        let mut add = |name: &str, value: Json| {
            let name = format!("{}{name}", self.prefix);
            if is_something(&value) && !built.contains_key(&name) {
                built.insert(name, value);
            }
        };
        let Some(pairs) = &self.pairs else {
            if let Json::Object(fields) = found.as_ref() {
                let kept = fields.iter().filter(|(name, _)| !self.except.contains(name));
                kept.for_each(|(name, value)| add(name, value.clone()));
            }
            return Ok(());
        };
        for item in items(&found) {
            let scope = Scope { item: Some(item), ..reader.scope };
            let said = pairs.name.get(scope);
            let Some(said) = said.as_deref().and_then(scalar) else { continue };
            let name = match &pairs.table {
                Some(table) => match table.get(&said).and_then(Json::as_str) {
                    Some(name) => name.to_owned(),
                    None => continue,
                },
                None => said.trim().to_owned(),
            };
            let value = pairs.value.get(Reader { scope, ..reader }).map_err(|stop| stop.within(&name))?;
            if let Some(value) = value.map(|value| value.into_owned()) {
                add(&name, value);
            }
        }
        Ok(())
    }
}
