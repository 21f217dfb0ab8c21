//! Who was erased, and until when.
//!
//! An `erased` touchpoint names a person's identifiers. Whatever occurred until then and came by these identifiers, or by
//! those that were known then to be the same person's, goes: their owners call it back, and let nothing pass that is so
//! old, however late it comes. What they knew of each other goes, too. What comes after it is another contact
//! (`HashKey::born_again`). Nobody takes an erasure back.
//!
//! So the word goes from name to name along claims and merges that were made before it, and to the pointers that stood at
//! the erased contact. It is an act of its moment and no register: what a tree looks like later does not matter. What comes
//! late and names an erased identifier beside another says that the other was the same person's: it is told, too.
//!
//! What somebody refused outlives it, without the words it was said in.

use serde::{Deserialize, Serialize};
use touchpoint::limits::OWN_SOURCE;
use touchpoint::{Consent, ConsentState, IdentifierKey, Text, Timestamp, Touchpoint};

/// Refusals kept of one identifier: purposes and channels are few.
const REFUSALS_MAX: usize = 16;
/// Times kept of one pointer that were erased; beyond them the latest become one.
const GONE_MAX: usize = 32;

/// Why an erasure reaches another identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Because {
    /// The word that erases names it.
    Named,
    /// It was known to be the same person's.
    Joined,
    /// A touchpoint of the time before names it; it may be known to be somebody else's.
    Seen,
}

/// An identifier's erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Erased {
    /// Until when, this moment included; the last of several erasures.
    pub(crate) until: Timestamp,
    /// Whose I am from then on, by myself.
    pub(crate) born: IdentifierKey,
}

/// Times of a pointer, each from its first moment until before its last, in order and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Gone(Vec<(Timestamp, Timestamp)>);

impl Gone {
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.0.iter().any(|(from, until)| *from <= at && at < *until)
    }

    /// Adds a time; those that touch become one.
    pub(crate) fn add(&mut self, from: Timestamp, until: Timestamp) {
        self.0.push((from, until));
        self.0.sort_unstable();
        let mut apart: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(self.0.len());
        for (from, until) in self.0.drain(..) {
            let is_full = apart.len() == GONE_MAX;
            match apart.last_mut() {
                Some(last) if from <= last.1 || is_full => last.1 = last.1.max(until),
                _ => apart.push((from, until)),
            }
        }
        self.0 = apart;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From when on each is over.
    pub(crate) fn ends(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.0.iter().map(|(_, until)| *until)
    }

    /// The last moment that is gone.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.0.last().map(|(_, until)| until.plus_millis(-1))
    }
}

/// What an erased person had refused: delivered before the first that comes later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusals {
    /// Purpose and channel.
    said: Vec<(Text, Option<Text>)>,
    told: bool,
}

impl Refusals {
    /// Keeps what a touchpoint that goes refuses; true when that is new.
    pub(crate) fn keep(&mut self, touchpoint: &Touchpoint) -> bool {
        let said = touchpoint.consent.iter().filter(|consent| consent.state == ConsentState::Denied);
        let said = said.map(|consent| (consent.purpose.clone(), consent.channel.clone()));
        let done = touchpoint.refuses_channel().map(|channel| (Text::const_new("marketing"), Some(channel.clone())));
        let mut is_new = false;
        for refusal in said.chain(done) {
            if let Err(at) = self.said.binary_search(&refusal)
                && self.said.len() < REFUSALS_MAX
            {
                self.said.insert(at, refusal);
                (self.told, is_new) = (false, true);
            }
        }
        is_new
    }

    /// The person is another one again, who has heard of none.
    pub(crate) fn forget_told(&mut self) {
        self.told = false;
    }

    /// As it goes to whom the identifier belongs after the erasure, unless it is there already.
    pub(crate) fn tell(&mut self, me: IdentifierKey, until: Timestamp) -> Option<Touchpoint> {
        if self.told || self.said.is_empty() {
            return None;
        }
        self.told = true;
        let after = until.plus_millis(1);
        let mut touchpoint = Touchpoint::new(OWN_SOURCE, format!("refused:{me}"), after, "profile", "consent");
        touchpoint.version = i64::try_from(self.said.len()).ok();
        let refused = |(purpose, channel): &(Text, Option<Text>)| Consent {
            purpose: purpose.clone(),
            channel: channel.clone(),
            state: ConsentState::Denied,
            basis: None,
            at: Some(after),
            evidence: None,
        };
        touchpoint.consent = self.said.iter().map(refused).collect();
        Some(touchpoint)
    }
}
