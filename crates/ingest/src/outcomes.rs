//! What became of the elements of a record.

use crate::element::{Element, ElementHash};
use std::ops::{Deref, DerefMut};
use touchpoint::{Outcome, Rejection};

/// The outcomes of a record in order; each element has one or more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    all: Vec<Outcome>,
    /// Where each element's begin, and which it is.
    starts: Vec<(usize, Option<ElementHash>)>,
}

impl Outcomes {
    /// What comes is of another element; `hash` tells it from others of its record. Inside of one that has said nothing yet, it
    /// is the inner one.
    pub(crate) fn begin_element(&mut self, hash: Option<ElementHash>) {
        match self.starts.last_mut() {
            Some((start, known)) if *start == self.all.len() => *known = hash.or(*known),
            _ => self.starts.push((self.all.len(), hash)),
        }
    }

    pub(crate) fn push(&mut self, outcome: Outcome) {
        self.all.push(outcome);
    }

    /// The whole record is refused.
    pub fn refuse(&mut self, rejection: Rejection) {
        self.begin_element(None);
        self.push(Outcome::Rejected(rejection));
    }

    /// Takes back what is behind the first so many.
    pub(crate) fn truncate(&mut self, outcomes: usize) {
        self.all.truncate(outcomes);
        self.starts.retain(|(start, _)| *start < outcomes);
    }

    /// Elements that have an outcome. An element keeps its place in the record whatever its source makes of it.
    pub fn elements(&self) -> usize {
        self.starts.len().max(usize::from(!self.all.is_empty()))
    }

    /// Every outcome with its element; none is left.
    pub fn drain(&mut self) -> impl Iterator<Item = (Element, Outcome)> {
        let starts = std::mem::take(&mut self.starts);
        let mut place = 0;
        self.all.drain(..).enumerate().map(move |(at, outcome)| {
            while starts.get(place + 1).is_some_and(|(start, _)| *start <= at) {
                place += 1;
            }
            let hash = starts.get(place).and_then(|(_, hash)| *hash);
            (Element { place, hash }, outcome)
        })
    }

    pub fn clear(&mut self) {
        self.all.clear();
        self.starts.clear();
    }

    pub fn into_vec(self) -> Vec<Outcome> {
        self.all
    }
}

impl Deref for Outcomes {
    type Target = [Outcome];

    fn deref(&self) -> &[Outcome] {
        &self.all
    }
}

impl DerefMut for Outcomes {
    fn deref_mut(&mut self) -> &mut [Outcome] {
        &mut self.all
    }
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, Mapping, Outcomes, RawMeta, Settings};
    use touchpoint::Timestamp;

    #[test]
    fn an_element_keeps_its_place_whatever_becomes_of_those_before_it() {
        const FILE: &str = "source: tool\nchannel: email\nevent: type\ntouchpoint:\n  id: [id, $item]\n  occurred_at: \
                            {from: at, as: seconds}\n  identifiers: {email: $item}\nevents:\n  sent: {kind: sent, for_each: to}";
        let mapping = Mapping::load("tool.yaml", FILE).unwrap();
        let decoder = Decoder::with_mappings(Settings::default(), vec![mapping]).unwrap();
        let meta = RawMeta { source: Some("tool"), ..RawMeta::received_at(Timestamp::MAX) };
        let event = |id: u8| {
            format!(r#"{{"type":"sent","id":"{id}","at":1791900240,"to":["a@acme.example","b@acme.example"]}}"#)
        };
        let cloud = format!(r#"{{"specversion":"1.0","id":"1","source":"s","type":"t","data":{}}}"#, event(2));
        let mut out = Outcomes::default();
        for record in [
            format!(r#"[{}, {{"type":"gone"}}, {cloud}, 7, {}]"#, event(1), event(3)),
            format!("{}\n{{\"type\":\"gone\"}}\n{cloud}\n7\n{}", event(1), event(3)),
        ] {
            decoder.decode(&meta, record.as_bytes(), &mut out);
            assert_eq!(out.elements(), 5, "{record}");
            let places: Vec<usize> = out.drain().map(|(element, _)| element.place).collect();
            assert_eq!(places, [0, 0, 1, 2, 2, 3, 4, 4], "{record}");
        }
        // Another one before them: each is known by what it says.
        let hashes = |record: String| -> Vec<_> {
            let mut out = Outcomes::default();
            decoder.decode(&meta, record.as_bytes(), &mut out);
            out.drain().map(|(element, _)| element.hash).collect()
        };
        let former = hashes(format!(r#"[{}, {cloud}]"#, event(1)));
        let shifted = hashes(format!(r#"[7, {}, {cloud}]"#, event(1)));
        assert_eq!(former[..], shifted[1..]);
        assert!(former[0].is_some() && former[0] != former[2], "{former:?}");
        assert_eq!(hashes(event(1)), [None, None], "alone it is the record");
        decoder.decode(&meta, b"{", &mut out);
        assert_eq!((out.elements(), out.len()), (1, 1));
    }
}
