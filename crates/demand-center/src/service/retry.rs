//! Which elements of a record are meant: all, or those that `dead-letters retry` sent it again for.

use ingest::Element;
use std::collections::BTreeMap;
use stream::Record;
use stream::dead_letter::RETRY_ELEMENTS;

/// The elements of a record that are to be sent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    All,
    /// These: the others were sent on when it first came, perhaps with an id by which they would not be known now. True: it
    /// was found.
    These(BTreeMap<String, bool>),
}

/// What is wrong with an element that is meant and not found.
pub(crate) const NOT_FOUND: &str = "is not in the record any more: its source cuts the record otherwise now; \
                                    `demand-center dead-letters show` prints the record, send this part by itself";

impl Meant {
    pub(super) fn of(record: &Record<'_>) -> Self {
        match record.headers.text(RETRY_ELEMENTS) {
            None => Self::All,
            Some(said) => Self::These(said.split(',').map(|hash| (hash.trim().to_owned(), false)).collect()),
        }
    }

    /// Is it one of them? Equal elements are one.
    pub(super) fn takes(&mut self, element: Element) -> bool {
        let Self::These(hashes) = self else { return true };
        let found = element.hash.and_then(|hash| hashes.get_mut(&hash.to_string()));
        found.map(|found| *found = true).is_some()
    }

    /// Those that no element of the record was.
    pub(super) fn not_found(&self) -> impl Iterator<Item = &str> {
        let hashes = if let Self::These(hashes) = self { Some(hashes) } else { None };
        hashes.into_iter().flatten().filter(|(_, found)| !**found).map(|(hash, _)| hash.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ingest::ElementHash;
    use stream::Headers;

    #[test]
    fn a_record_that_is_sent_again_is_meant_in_the_elements_that_were_refused() {
        let (first, third) = ("85944171f73967e8", "00000000000000ff");
        let said = format!("{first},{third}");
        let headers = [(RETRY_ELEMENTS, said.as_bytes())];
        let record = |headers| Record {
            topic: "demand.raw.email",
            partition: 0,
            offset: 0,
            key: None,
            value: None,
            headers: Headers::listed(headers),
            timestamp_millis: None,
        };
        let element = |place, hash| Element { place, hash: ElementHash::parse(hash) };
        let mut meant = Meant::of(&record(&headers));
        assert!(meant.takes(element(7, first)) && meant.takes(element(8, first)), "wherever they stand now");
        assert!(!meant.takes(element(0, "0000000000000001")) && !meant.takes(element(1, "")));
        assert_eq!(meant.not_found().collect::<Vec<_>>(), [third]);
        let mut all = Meant::of(&record(&[]));
        assert!(all.takes(element(0, "")) && all.not_found().next().is_none());
    }
}
