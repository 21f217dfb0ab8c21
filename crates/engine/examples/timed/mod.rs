//! How long an engine takes over inputs that are there before the clock starts: rows in memory, transactions of a thousand
//! inputs, effects dropped as soon as they are told, as by a runtime that encodes them at once.

use engine::engine::{Engine, Playbooks};
use engine::input::{Effect, Input};
use engine::rows::{Row, Rows};
use engine::version::{Activation, Version};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchpoint::{
    AccountId, ContactId, Delivered, Delivery, Identifier, IdentifierKey, IdentifierKind, SubjectId, Timestamp,
    Touchpoint,
};

/// As in the binary.
#[global_allocator]
static HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Inputs of one transaction.
const TRANSACTION: usize = 1_000;

/// As the runtime's buffer: a hash table of rows, and of the keys of each subject, which are scanned in order.
#[derive(Default)]
pub(crate) struct HashRows {
    pub(crate) rows: HashMap<Vec<u8>, Row>,
    of_subject: HashMap<[u8; SUBJECT_BYTES], Vec<Vec<u8>>>,
}

/// A table's byte and a subject's id.
const SUBJECT_BYTES: usize = 17;

impl Rows for HashRows {
    type Error = Infallible;

    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Infallible> {
        Ok(self.rows.get(key))
    }

    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Infallible> {
        Ok(self.rows.get_mut(key))
    }

    fn put(&mut self, key: Vec<u8>, row: Row) {
        if let Some(subject) = key.first_chunk()
            && !self.rows.contains_key(&key)
        {
            self.of_subject.entry(*subject).or_default().push(key.clone());
        }
        self.rows.insert(key, row);
    }

    fn put_new(&mut self, key: Vec<u8>, row: Row) {
        self.put(key, row);
    }

    fn delete(&mut self, key: &[u8]) {
        self.rows.remove(key);
        if let Some(keys) = key.first_chunk().and_then(|subject| self.of_subject.get_mut(subject)) {
            keys.retain(|have| have != key);
        }
    }

    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Infallible> {
        let keys = prefix.first_chunk().and_then(|subject| self.of_subject.get(subject));
        let within = keys.into_iter().flatten().filter(|key| key.starts_with(prefix));
        let found = within.filter_map(|key| Some((key.clone(), self.rows.get(key)?.clone())));
        Ok(found.collect::<BTreeMap<_, _>>().into_iter().collect())
    }

    fn drain(&mut self, prefix: &[u8]) -> Result<Vec<Row>, Infallible> {
        let Some(keys) = prefix.first_chunk().and_then(|subject| self.of_subject.get_mut(subject)) else {
            return Ok(Vec::new());
        };
        keys.sort_unstable();
        let drained = keys.extract_if(.., |key| key.starts_with(prefix));
        Ok(drained.filter_map(|key| self.rows.remove(&key)).collect())
    }

    fn due(&mut self, _: Timestamp, _: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }
}

/// An engine at work.
pub(crate) struct Timed {
    engine: Engine,
    pub(crate) rows: HashRows,
    playbooks: Playbooks,
    start: Timestamp,
    out: Vec<Effect>,
    /// Effects so far, by what they are.
    pub(crate) told: BTreeMap<&'static str, u64>,
}

impl Timed {
    /// One whose playbook is in force from `start` on.
    pub(crate) fn new(version: Version, start: Timestamp) -> Result<Self, Box<dyn std::error::Error>> {
        let hash = version.model.hash.clone();
        let playbooks = Playbooks::from([(hash.clone(), Arc::new(version))]);
        let (engine, rows, out, told) = (Engine::default(), HashRows::default(), Vec::new(), BTreeMap::new());
        let mut timed = Self { engine, rows, playbooks, start, out, told };
        timed.apply(None, Input::Activation(Activation { hash, effective_at: start }))?;
        timed.apply(None, Input::Tick(start))?;
        Ok(timed)
    }

    /// Applies as many inputs as asked for; what that took, publication included.
    pub(crate) fn run(
        &mut self,
        count: u64,
        mut input: impl FnMut(u64) -> (ContactId, Input),
    ) -> Result<Duration, Box<dyn std::error::Error>> {
        let mut took = Duration::ZERO;
        let mut n = 0;
        while n < count {
            let inputs: Vec<_> = (n..count).take(TRANSACTION).map(&mut input).collect();
            n += inputs.len() as u64;
            let began = Instant::now();
            for (contact, input) in inputs {
                self.apply(Some(SubjectId::Contact(contact)), input)?;
            }
            self.engine.publish(&mut self.rows, &mut self.out)?;
            self.drop_effects();
            took += began.elapsed();
        }
        Ok(took)
    }

    fn apply(&mut self, subject: Option<SubjectId>, input: Input) -> Result<(), Box<dyn std::error::Error>> {
        self.engine.apply(&mut self.rows, &self.playbooks, subject, input, self.start, &mut self.out)?;
        self.drop_effects();
        Ok(())
    }

    fn drop_effects(&mut self) {
        let told = &mut self.told;
        self.out.drain(..).for_each(|effect| *told.entry(name(&effect)).or_default() += 1);
    }
}

/// The touchpoint of the contact of this number, by a cookie: every third of them is known, every second has a company.
pub(crate) fn delivered(mut touchpoint: Touchpoint, contact: u64) -> (ContactId, Input) {
    touchpoint.identify(Identifier::new(IdentifierKind::Cookie, format!("segment:{contact:016x}")));
    let mut id = [0; 16];
    id[..8].copy_from_slice(&contact.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let delivered = Delivered {
        via: IdentifierKey(id),
        known: contact.is_multiple_of(3),
        account: contact.is_multiple_of(2).then_some(AccountId(id)),
        arrived_at: touchpoint.occurred_at,
        replaces: None,
        touchpoint,
    };
    (ContactId(id), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))))
}

fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::StageTransition(_) => "transition",
        Effect::ScoreChange(_) => "score change",
        Effect::SegmentChange(_) => "segment change",
        Effect::Action(_) => "action",
        Effect::Contact(..) => "contact",
        Effect::Account(..) => "account",
        Effect::Handoff(_) => "hand-off",
        Effect::Send(..) => "message",
        Effect::Summary(..) => "summary",
        Effect::Signal(..) => "signal",
        Effect::Return(_) => "return",
        Effect::Counted(_) => "counted",
    }
}
