//! Rows in memory: for tests, simulations and what-if folds. Everything an engine keeps, in one sorted map.

use crate::rows::{Row, Rows};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use touchpoint::Timestamp;

/// The rows of one partition in a map, with the index of what is due.
#[derive(Clone, Debug, Default)]
pub struct MapRows {
    rows: BTreeMap<Vec<u8>, Row>,
    due: BTreeSet<(Timestamp, Vec<u8>)>,
    /// Keys whose row may have another due time than the index says.
    touched: BTreeSet<Vec<u8>>,
    indexed: BTreeMap<Vec<u8>, Timestamp>,
}

impl MapRows {
    /// All rows in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Row)> {
        self.rows.iter().map(|(key, row)| (key.as_slice(), row))
    }

    /// A row, without counting as changed.
    pub fn peek(&self, key: &[u8]) -> Option<&Row> {
        self.rows.get(key)
    }

    /// The rows under a prefix, in the order of their keys.
    pub fn under<'a>(&'a self, prefix: &[u8]) -> impl Iterator<Item = (&'a [u8], &'a Row)> + use<'a> {
        let prefix = prefix.to_vec();
        let from = self.rows.range(prefix.clone()..);
        from.take_while(move |(key, _)| key.starts_with(&prefix)).map(|(key, row)| (key.as_slice(), row))
    }

    fn index(&mut self) {
        for key in std::mem::take(&mut self.touched) {
            if let Some(former) = self.indexed.remove(&key) {
                self.due.remove(&(former, key.clone()));
            }
            if let Some(due) = self.rows.get(&key).and_then(Row::due) {
                self.due.insert((due, key.clone()));
                self.indexed.insert(key, due);
            }
        }
    }
}

impl Rows for MapRows {
    type Error = Infallible;

    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Infallible> {
        Ok(self.rows.get(key))
    }

    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Infallible> {
        let row = self.rows.get_mut(key);
        if row.is_some() {
            self.touched.insert(key.to_vec());
        }
        Ok(row)
    }

    fn put(&mut self, key: Vec<u8>, row: Row) {
        self.touched.insert(key.clone());
        self.rows.insert(key, row);
    }

    fn put_new(&mut self, key: Vec<u8>, row: Row) {
        debug_assert!(!self.rows.contains_key(&key), "there is a row under this key");
        self.put(key, row);
    }

    fn delete(&mut self, key: &[u8]) {
        self.touched.insert(key.to_vec());
        self.rows.remove(key);
    }

    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Infallible> {
        Ok(self.under(prefix).map(|(key, row)| (key.to_vec(), row.clone())).collect())
    }

    fn drain(&mut self, prefix: &[u8]) -> Result<Vec<Row>, Infallible> {
        let keys: Vec<Vec<u8>> = self.under(prefix).map(|(key, _)| key.to_vec()).collect();
        let rows = keys.iter().filter_map(|key| self.rows.remove(key)).collect();
        self.touched.extend(keys);
        Ok(rows)
    }

    fn due(&mut self, until: Timestamp, most: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        self.index();
        let due = self.due.iter().take_while(|(at, _)| *at <= until);
        Ok(due.take(most).map(|(_, key)| key.clone()).collect())
    }
}
