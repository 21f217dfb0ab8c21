//! The rows of a list, and which of those that speak of the same count: the last.

use ingest::outcome_to_json;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use touchpoint::{Outcome, Touchpoint};

/// A row of the file and what becomes of it.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) place: String,
    pub(super) outcomes: Vec<Outcome>,
    /// The record that it is sent as.
    pub(super) value: Option<Vec<u8>>,
    /// The row below it that says the same.
    pub(super) repeated_by: Option<String>,
    /// The row below it that has its id and says something else.
    pub(super) contradicted_by: Option<String>,
    /// Something in it that no row below it says counts: it is sent.
    pub(super) counts: bool,
    /// Rows that contradict each other in part are sent one after the other: in which turn.
    pub(super) turn: Option<usize>,
}

impl Row {
    pub(super) fn to_json(&self) -> Json {
        let mut told =
            json!({ "line": self.place, "outcomes": self.outcomes.iter().map(outcome_to_json).collect::<Vec<_>>() });
        for (name, line) in [("repeated_by", &self.repeated_by), ("contradicted_by", &self.contradicted_by)] {
            if let Some(line) = line {
                told[name] = Json::from(line.as_str());
            }
        }
        told
    }

    pub(super) fn touchpoints(&self) -> impl Iterator<Item = &Touchpoint> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Touchpoint(touchpoint) => Some(touchpoint.as_ref()),
            _ => None,
        })
    }
}

/// What an input is told apart by.
type Input = (String, Option<i64>);

pub(super) fn input(touchpoint: &Touchpoint) -> Input {
    (touchpoint.input.id.to_string(), touchpoint.version)
}

/// Finds the rows that say the same as one below them, or something else of the same. Sent side by side, chance would decide
/// between these: a row of which nothing counts is not sent, and one of which something does goes before those that overrule it.
pub(super) fn judge(rows: &mut [Row]) {
    let mut last: HashMap<Input, usize> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        last.extend(row.touchpoints().map(|touchpoint| (input(touchpoint), at)));
    }
    for at in 0..rows.len() {
        let (mut counts, mut repeated, mut contradicted) = (false, None, None);
        for touchpoint in rows[at].touchpoints() {
            let by = last[&input(touchpoint)];
            let place = || Some(rows[by].place.clone());
            match by == at {
                true => counts = true,
                false if rows[by].touchpoints().any(|other| other == touchpoint) => repeated = place(),
                false => contradicted = place(),
            }
        }
        let row = &mut rows[at];
        (row.counts, row.repeated_by, row.contradicted_by) = (counts, repeated, contradicted);
    }
    let mut turns: HashMap<Input, usize> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.counts) {
        let inputs: Vec<Input> = row.touchpoints().map(input).collect();
        let after = inputs.iter().filter_map(|input| Some(turns.get(input)? + 1)).max();
        row.turn = after.or_else(|| row.contradicted_by.as_ref().map(|_| 0));
        if let Some(turn) = row.turn {
            turns.extend(inputs.into_iter().map(|input| (input, turn)));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ingest::{Decoder, Outcomes, RawMeta, Settings};
    use touchpoint::Timestamp;

    /// Rows of touchpoints, each `id=what`.
    fn judged(said: &[&[&str]]) -> Vec<Row> {
        let decoder = Decoder::new(Settings::default()).unwrap();
        let mut rows: Vec<Row> = (1..)
            .zip(said)
            .map(|(line, said)| {
                let mut outcomes = Outcomes::default();
                for said in *said {
                    let (id, what) = said.split_once('=').unwrap();
                    let record = json!({"source": "s", "id": id, "channel": "event", "kind": what,
                        "occurred_at": "2026-10-14T10:04:00+09:00", "identifiers": {"email": "a@acme.example"}});
                    decoder.decode(&RawMeta::received_at(Timestamp::MAX), record.to_string().as_bytes(), &mut outcomes);
                }
                Row { place: line.to_string(), outcomes: outcomes.into_vec(), ..Row::default() }
            })
            .collect();
        judge(&mut rows);
        rows
    }

    #[test]
    fn of_rows_that_speak_of_the_same_the_last_is_sent() {
        let rows = judged(&[&["a=x"], &["b=x"], &["a=y"], &["a=x"], &["b=x"]]);
        let sent: Vec<&str> = rows.iter().filter(|row| row.counts).map(|row| row.place.as_str()).collect();
        assert_eq!(sent, ["4", "5"]);
        assert_eq!(rows[0].repeated_by.as_deref(), Some("4"), "it says the same as the last");
        assert_eq!(rows[2].contradicted_by.as_deref(), Some("4"));
        assert_eq!(rows[1].to_json()["repeated_by"], "5");
        assert!(rows.iter().all(|row| row.turn.is_none()), "nothing is left to have an order");
    }

    #[test]
    fn a_row_that_is_overruled_in_part_goes_before_the_one_that_does() {
        let rows = judged(&[&["a=x", "b=x"], &["c=x"], &["a=y", "d=x"], &["a=z", "d=y"], &["d=y"]]);
        let told: Vec<_> = rows.iter().map(|row| (row.counts, row.turn)).collect();
        assert_eq!(told, [(true, Some(0)), (true, None), (false, None), (true, Some(1)), (true, Some(2))][..]);
    }
}
