//! Owners and homes of a simulated system. Messages between two of them stay in order; which pair goes next is drawn by
//! a seed. Rows are read again from their bytes at every message, as after a restart.

#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

use identity::{Coded, Counter, HashKey, Message, Out, Review, Router, Row, Settings};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use touchpoint::{
    Consent, ConsentState, Delivered, Delivery, Identifier, IdentifierKey, IdentifierKind, SubjectId, Text, Timestamp,
    Touchpoint,
};

const HOUR: i64 = 3_600_000;

/// A touchpoint at hour `time`, with identifiers by kind and number, and a statement about tracking.
pub(crate) fn touch(id: &str, time: i64, identifiers: &[(IdentifierKind, u8)], tracking: Option<bool>) -> Touchpoint {
    let at = Timestamp::from_millis(1_780_000_000_000 + time * HOUR);
    let mut touchpoint = Touchpoint::new("test", id, at, "web", "page_view");
    for (kind, number) in identifiers {
        touchpoint.identify(identifier(*kind, *number));
    }
    // Within a kind the source's order counts: `identify` keeps it.
    touchpoint.consent.extend(tracking.map(|granted| Consent {
        purpose: Text::const_new("tracking"),
        channel: None,
        state: if granted { ConsentState::Granted } else { ConsentState::Denied },
        basis: None,
        at: None,
        evidence: None,
    }));
    touchpoint
}

/// An identifier by kind and number, in its normal form.
pub(crate) fn identifier(kind: IdentifierKind, number: u8) -> Identifier {
    let value = match kind {
        IdentifierKind::Email => format!("p{number}@gmail.com"),
        IdentifierKind::Phone => format!("+8190123456{number:02}"),
        kind => format!("{}:{number}", kind.as_str()),
    };
    Identifier::new(kind, value)
}

pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut dice = Dice(seed);
    for at in (1..items.len()).rev() {
        items.swap(at, dice.below(at + 1));
    }
}

struct Dice(u64);

impl Dice {
    /// SplitMix64 (Steele, Lea, Flood, 2014).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

enum Parcel {
    Owner(IdentifierKey, Message),
    Home(SubjectId, Delivery),
}

pub(crate) struct Network {
    router: Router,
    dice: Dice,
    /// By sender and receiver (owners' partitions, then homes' partitions; sources are one sender each).
    queues: BTreeMap<(u32, u32), VecDeque<Parcel>>,
    rows: BTreeMap<IdentifierKey, Vec<u8>>,
    homes: BTreeMap<SubjectId, Vec<Delivered>>,
    sources: u32,
    partitions: u8,
    /// Which queue goes first while another waits: drawn anew now and then, so that some messages are very late.
    haste: u64,
    /// Or every queue alike.
    fair: bool,
    /// Sent on `demand.touchpoints` and on `demand.inbox`.
    pub(crate) messages: usize,
    pub(crate) deliveries: usize,
    pub(crate) counted: BTreeMap<Counter, usize>,
    /// What is open for people to look at.
    pub(crate) reviews: BTreeSet<Review>,
}

/// The key that the simulated installation hashes with.
pub(crate) fn hash() -> HashKey {
    HashKey::new([7; 32])
}

impl Network {
    pub(crate) fn new(tracking_default: bool, seed: u64) -> Self {
        let mut settings = Settings::new(hash());
        settings.tracking_default = tracking_default;
        Self {
            router: Router::new(settings),
            dice: Dice(seed),
            queues: BTreeMap::new(),
            rows: BTreeMap::new(),
            homes: BTreeMap::new(),
            sources: 1000,
            // Few partitions keep more in order; with many nearly every owner is alone.
            partitions: [2, 3, 50][(seed >> 3) as usize % 3],
            fair: seed.is_multiple_of(2),
            haste: seed,
            messages: 0,
            deliveries: 0,
            counted: BTreeMap::new(),
            reviews: BTreeSet::new(),
        }
    }

    /// An input reaches the topic; two inputs have no order but by chance.
    pub(crate) fn send(&mut self, touchpoint: &Touchpoint) {
        if let Ok(first) = self.router.first_hop(touchpoint.clone(), touchpoint.occurred_at) {
            self.sources += 1;
            self.post(self.sources, Parcel::Owner(first.key, first.message));
        }
    }

    /// A person says that an identifier is none of many.
    pub(crate) fn release(&mut self, key: IdentifierKey) {
        self.sources += 1;
        self.post(self.sources, Parcel::Owner(key, Message::release()));
    }

    /// Until nothing is under way.
    pub(crate) fn settle(&mut self) {
        for _ in 0..200_000 {
            let waiting: Vec<(u32, u32)> = self.queues.keys().copied().collect();
            if waiting.is_empty() {
                return;
            }
            if self.dice.below(24) == 0 {
                self.haste = self.dice.below(usize::MAX) as u64;
            }
            let pair = match self.fair {
                true => waiting[self.dice.below(waiting.len())],
                false => *waiting.iter().min_by_key(|pair| late(**pair, self.haste)).unwrap(),
            };
            let queue = self.queues.get_mut(&pair).unwrap();
            let parcel = queue.pop_front().unwrap();
            if queue.is_empty() {
                self.queues.remove(&pair);
            }
            match parcel {
                Parcel::Owner(key, message) => self.owner(pair.1, key, message),
                Parcel::Home(subject, delivery) => self.home(pair.1, subject, delivery),
            }
        }
        panic!("the network does not come to rest");
    }

    fn owner(&mut self, me: u32, key: IdentifierKey, message: Message) {
        let mut row = self.rows.get(&key).map(|bytes| Row::decode(bytes).unwrap());
        let before = row.clone();
        let mut out = Vec::new();
        let changed = self.router.route(key, &mut row, message, &mut out).unwrap();
        assert!(changed || row == before, "a row changed without a word");
        match row {
            Some(row) => {
                let mut bytes = Vec::new();
                row.encode(&mut bytes).unwrap();
                self.rows.insert(key, bytes);
            }
            None => drop(self.rows.remove(&key)),
        }
        for out in out {
            match out {
                Out::Message { to, message } => self.post(me, Parcel::Owner(to, message)),
                Out::Delivery { to, delivery } => self.post(me, Parcel::Home(to, delivery)),
                Out::Counted { what, .. } => *self.counted.entry(what).or_default() += 1,
                Out::Review { about, open } => {
                    if open {
                        self.reviews.insert(about)
                    } else {
                        self.reviews.remove(&about)
                    };
                }
                Out::TooManyHops { .. } => panic!("a message went round too often"),
            }
        }
    }

    /// What an engine's home does: place, replace, withdraw, or give back in one step.
    fn home(&mut self, me: u32, subject: SubjectId, delivery: Delivery) {
        let rows = self.homes.entry(subject).or_default();
        match delivery {
            Delivery::Touchpoint(delivered) => {
                let mut delivered = *delivered;
                let place = |row: &Delivered| (row.touchpoint.occurred_at, row.touchpoint.input.clone());
                let rank = delivered.touchpoint.rank();
                if let Some(replaced) = delivered.replaces.take() {
                    let former = (replaced.occurred_at, replaced.input);
                    let here = place(&delivered);
                    rows.retain(|row| place(row) != former || former == here || row.touchpoint.rank() >= rank);
                }
                match rows.iter_mut().find(|row| place(row) == place(&delivered)) {
                    Some(have) if have.touchpoint.rank() >= rank => {}
                    Some(have) => *have = delivered,
                    None => rows.push(delivered),
                }
            }
            Delivery::Withdraw { via, replaced } => rows.retain(|row| {
                row.via != via
                    || row.touchpoint.input != replaced.input
                    || row.touchpoint.occurred_at != replaced.occurred_at
                    || row.touchpoint.version.is_some_and(|version| version > replaced.version)
            }),
            // What a home without rows still knows is its own affair.
            Delivery::Erase { .. } => {}
            Delivery::Recall { via, from, until } => {
                let recalled = |row: &Delivered| {
                    let at = row.touchpoint.occurred_at;
                    row.via == via && from <= at && (at < until || until == Timestamp::MAX)
                };
                let (back, kept): (Vec<_>, Vec<_>) = std::mem::take(rows).into_iter().partition(recalled);
                *rows = kept;
                for row in back {
                    let (owner, message) = Message::returned(row);
                    self.post(me, Parcel::Owner(owner, message));
                }
            }
        }
    }

    fn post(&mut self, from: u32, parcel: Parcel) {
        // What travels is bytes.
        let parcel = match parcel {
            Parcel::Owner(key, message) => {
                self.messages += 1;
                let mut bytes = Vec::new();
                message.encode(&mut bytes).unwrap();
                Parcel::Owner(key, Message::decode(&bytes).unwrap())
            }
            Parcel::Home(subject, delivery) => {
                self.deliveries += 1;
                Parcel::Home(subject, delivery)
            }
        };
        let to = match &parcel {
            Parcel::Owner(key, _) => u32::from(key.0[3] % self.partitions),
            Parcel::Home(subject, _) => {
                let bytes = match subject {
                    SubjectId::Contact(id) => id.0,
                    SubjectId::Account(id) => id.0,
                    SubjectId::Team(id) => id.0,
                };
                100 + u32::from(bytes[5] % self.partitions)
            }
        };
        self.queues.entry((from, to)).or_default().push_back(parcel);
    }

    /// Which inputs stand together, whoever they stand at.
    pub(crate) fn groups(&self) -> Vec<Vec<String>> {
        let mut groups: Vec<Vec<String>> = self
            .homes
            .values()
            .map(|rows| {
                let mut group: Vec<String> = rows.iter().map(|row| row.touchpoint.input.id.to_string()).collect();
                group.sort();
                group
            })
            .filter(|group| !group.is_empty())
            .collect();
        groups.sort();
        groups
    }

    pub(crate) fn homes(&self) -> BTreeMap<String, SubjectId> {
        self.places().into_iter().map(|(id, (home, _))| (id, home)).collect()
    }

    /// Where each input stands, and whether as a known one. Each stands once.
    pub(crate) fn places(&self) -> BTreeMap<String, (SubjectId, bool)> {
        let mut places = BTreeMap::new();
        for (home, rows) in &self.homes {
            for row in rows {
                let twice = places.insert(row.touchpoint.input.id.to_string(), (*home, row.known));
                assert_eq!(twice, None, "{} stands twice", row.touchpoint.input.id);
            }
        }
        places
    }

    pub(crate) fn versions(&self) -> BTreeMap<String, Option<i64>> {
        let rows = self.homes.values().flatten();
        rows.map(|row| (row.touchpoint.input.id.to_string(), row.touchpoint.version)).collect()
    }

    /// The touchpoints as they stand, without the number of their version.
    pub(crate) fn contents(&self) -> BTreeMap<String, Touchpoint> {
        let rows = self.homes.values().flatten();
        rows.map(|row| (row.touchpoint.input.id.to_string(), Touchpoint { version: None, ..row.touchpoint.clone() }))
            .collect()
    }

    /// What the owners remember, by key.
    pub(crate) fn rows(&self) -> &BTreeMap<IdentifierKey, Vec<u8>> {
        &self.rows
    }
}

/// The smaller, the sooner.
fn late(pair: (u32, u32), haste: u64) -> usize {
    Dice(haste ^ (u64::from(pair.0) << 32 | u64::from(pair.1))).below(usize::MAX)
}

/// Holds that exactly these ended together.
pub(crate) fn joined(network: &Network, together: &[&[&str]]) {
    let mut wanted: Vec<Vec<String>> =
        together.iter().map(|group| group.iter().map(|id| (*id).to_owned()).collect()).collect();
    wanted.iter_mut().for_each(|group| group.sort());
    wanted.sort();
    assert_eq!(network.groups(), wanted);
}

/// Sends everything at once, for each of many orders of arrival and of messages.
pub(crate) fn in_any_order(inputs: &[Touchpoint], together: &[&[&str]]) {
    for seed in 0..150 {
        let mut inputs = inputs.to_vec();
        shuffle(&mut inputs, seed);
        let mut network = Network::new(true, seed);
        inputs.iter().for_each(|input| network.send(input));
        network.settle();
        joined(&network, together);
    }
}

pub(crate) fn version(number: i64, touchpoint: Touchpoint) -> Touchpoint {
    Touchpoint { version: Some(number), ..touchpoint }
}
