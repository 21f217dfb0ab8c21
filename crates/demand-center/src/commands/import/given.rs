//! Fields that the command line gives to each row that says nothing of them.

use crate::failure::Failure;
use serde_json::{Map, Value as Json};

/// One field, and what came of it so far.
#[derive(Clone, Debug)]
pub(super) struct Given {
    name: String,
    value: String,
    /// A row said nothing of it and became a touchpoint.
    was_taken: bool,
    /// A row would have become something else without it.
    has_effect: bool,
}

impl Given {
    pub(super) fn of((name, value): &(String, String)) -> Self {
        Self { name: name.clone(), value: value.clone(), was_taken: false, has_effect: false }
    }

    /// Says it where the row says nothing. True: it did.
    pub(super) fn fill(&self, row: &mut Map<String, Json>) -> bool {
        let said = row.get(&self.name);
        let is_said =
            said.is_some_and(|said| !said.is_null() && said.as_str().is_none_or(|text| !text.trim().is_empty()));
        if !is_said {
            row.insert(self.name.clone(), Json::from(self.value.as_str()));
        }
        !is_said
    }

    /// Is it still to be asked what a row would become without it?
    pub(super) const fn is_asked(&self) -> bool {
        !self.has_effect
    }

    /// The row as it would be without it.
    pub(super) fn left_out(&self, row: &Map<String, Json>) -> Json {
        let mut without = row.clone();
        without.remove(&self.name);
        Json::Object(without)
    }

    pub(super) const fn compared(&mut self, is_same: bool) {
        self.was_taken = true;
        self.has_effect |= !is_same;
    }

    /// # Errors
    /// When no row became anything else by it: its name is mistyped.
    pub(super) fn check(&self, source: &str) -> Result<(), Failure> {
        if self.was_taken && !self.has_effect {
            let message =
                format!("`--field {}` changes nothing: `{source}` reads no such field; nothing was sent", self.name);
            return Err(
                Failure::usage(message).next("name a column as the list or the mapping file of its source does")
            );
        }
        Ok(())
    }
}
