//! One change event as it was sent, and which of its fields it says.

use crate::fields::{Fields, Place, scalar};
use crate::ids;
use serde_json::Value as Json;
use std::borrow::Cow;
use touchpoint::{Rejection, RejectionCode, Text, Timestamp};

/// A change event: the header, and the fields of the record.
pub(super) struct Change<'a> {
    pub(super) entity: &'a str,
    pub(super) change_type: &'a str,
    pub(super) records: &'a [Json],
    pub(super) origin: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) transaction: &'a str,
    pub(super) sequence: i64,
    pub(super) commit: Option<Cow<'a, str>>,
    pub(super) committed_at: Timestamp,
    fields: Fields<'a>,
    said: Said<'a>,
}

/// Which fields of the event say something.
enum Said<'a> {
    /// A new record: every field that has a value.
    Values,
    /// An update with the list of its changed fields: these, and one without a value was cleared. A subscriber of the
    /// Pub/Sub API gets every other field too, all empty.
    Listed(Vec<&'a str>),
    /// An update whose list is a bit map that the subscriber did not expand: what has a value changed; of what was
    /// cleared only those fields are known that are named.
    Unlisted(Vec<&'a str>),
}

impl<'a> Change<'a> {
    /// Finds header and fields: bare, under `payload`, or under `data.payload`, as the subscriber forwarded it.
    pub(super) fn read<'b: 'a>(event: &'b Fields<'b>, header: &'b Fields<'b>) -> Result<Self, Rejection> {
        let change_type = header.need_text("changeType", NEEDED)?;
        let update = change_type == "UPDATE";
        let changed = names(header, "changedFields")?;
        let nulled = names(header, "nulledFields")?;
        let bit_map = changed.is_empty() || changed.iter().any(|name| name.starts_with("0x"));
        Ok(Self {
            entity: header.need_text("entityName", NEEDED)?,
            change_type,
            records: header.list("recordIds")?.unwrap_or_default(),
            origin: header.text("changeOrigin")?,
            user: header.text("commitUser")?,
            transaction: header.need_text("transactionKey", NEEDED)?,
            sequence: header.integer("sequenceNumber")?.unwrap_or_default(),
            commit: header.scalar("commitNumber")?,
            committed_at: header
                .epoch("commitTimestamp", 1)?
                .ok_or_else(|| header.missing("commitTimestamp", NEEDED))?,
            fields: *event,
            said: match (update, bit_map) {
                (false, _) => Said::Values,
                (true, false) => Said::Listed(changed),
                (true, true) => Said::Unlisted(nulled),
            },
        })
    }

    pub(super) fn is_new(&self) -> bool {
        self.change_type == "CREATE"
    }

    /// The list of cleared fields where it is a bit map: kept, since it cannot be read.
    pub(super) fn unread_clears(&self) -> Option<&'a str> {
        match &self.said {
            Said::Unlisted(nulled) => nulled.iter().copied().find(|name| name.starts_with("0x")),
            Said::Values | Said::Listed(_) => None,
        }
    }

    /// What the event says of a field: `None` nothing, `Some(None)` that it was cleared.
    pub(super) fn said(&self, name: &str) -> Option<Option<&'a Json>> {
        let value = self.value(name);
        match &self.said {
            Said::Values => value.map(Some),
            Said::Listed(changed) => {
                let within = |part: &str, whole: &str| part.split_once('.').is_some_and(|(have, _)| have == whole);
                let listed = |have: &&str| *have == name || within(have, name) || within(name, have);
                changed.iter().any(listed).then_some(value)
            }
            Said::Unlisted(nulled) => match value {
                Some(value) => Some(Some(value)),
                None => nulled.contains(&name).then_some(None),
            },
        }
    }

    /// A value that the event brings, changed or not: what the channel was told to enrich it with, to know whom and
    /// what it is about.
    pub(super) fn value(&self, name: &str) -> Option<&'a Json> {
        match name.split_once('.') {
            Some((whole, part)) => self.fields.get(whole)?.get(part).filter(|value| !value.is_null()),
            None => self.fields.get(name),
        }
    }

    /// The text of a changed field; cleared is none.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        self.said(name).flatten().and_then(scalar).filter(|text| !text.is_empty()).map(Text::new)
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.said(name), Some(Some(Json::Bool(true))))
    }

    /// A reference to another record, changed or brought along.
    pub(super) fn reference(&self, name: &str, scope: &str) -> Result<Option<Text>, Rejection> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => record_id(value, self.place().key(name)).map(|id| Some(ids::scope_id(scope, &id))),
        }
    }

    pub(super) fn place(&self) -> &Place<'a> {
        self.fields.place()
    }

    pub(super) fn fields(&self) -> &Fields<'a> {
        &self.fields
    }
}

const NEEDED: &str = "is needed in every change event";

/// A record id in its 18-character form.
pub(super) fn record_id(value: &Json, place: Place<'_>) -> Result<Text, Rejection> {
    crate::fields::text(value, place)?
        .and_then(ids::salesforce_id)
        .ok_or_else(|| place.reject(RejectionCode::InvalidField, "is no Salesforce id of 15 or 18 characters"))
}

fn names<'a>(header: &Fields<'a>, list: &str) -> Result<Vec<&'a str>, Rejection> {
    Ok(header.list(list)?.unwrap_or_default().iter().filter_map(Json::as_str).collect())
}
