//! Which elements of a record are meant: all, or those that `dead-letters retry` sent it again for.

use std::collections::BTreeSet;
use stream::Record;
use stream::dead_letter::RETRY_ELEMENTS;

/// The elements of a record that are to be sent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    All,
    /// These, by their places in the record: the others were sent on when it first came, perhaps with an id by which they
    /// would not be known now.
    These(BTreeSet<usize>),
}

impl Meant {
    /// `elements`: how many the record has now. One whose places mean something else now is sent on whole.
    pub(super) fn of(record: &Record<'_>, elements: usize) -> Self {
        let Some(said) = record.headers.text(RETRY_ELEMENTS) else { return Self::All };
        let places: Option<BTreeSet<usize>> = said.split(',').map(|place| place.trim().parse().ok()).collect();
        match places {
            Some(places) if places.iter().all(|place| *place < elements) => Self::These(places),
            _ => Self::All,
        }
    }

    pub(super) fn contains(&self, element: usize) -> bool {
        match self {
            Self::All => true,
            Self::These(places) => places.contains(&element),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stream::Headers;

    #[test]
    fn a_record_that_is_sent_again_is_meant_in_the_elements_that_were_refused() {
        let meant = |said: &str, elements| {
            let headers = [(RETRY_ELEMENTS, said.as_bytes())];
            let record = Record {
                topic: "demand.raw.email",
                partition: 0,
                offset: 0,
                key: None,
                value: None,
                headers: Headers::listed(&headers),
                timestamp_millis: None,
            };
            Meant::of(&record, elements)
        };
        let places = meant("1,3", 4);
        assert!(places.contains(1) && places.contains(3) && !places.contains(0), "{places:?}");
        assert_eq!(meant("1,3", 3), Meant::All, "it has other elements now");
        assert_eq!(meant("x", 3), Meant::All);
    }
}
