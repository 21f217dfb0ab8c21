//! Random histories against a sorted map: whatever happens, the store shows what the transaction wrote, returns to what
//! was committed, and after a kill becomes it again from the changelog.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use common::{Changelog, Note, Store, at, copy_of_disk, note, open_with};
use proptest::prelude::*;
use store::StoreLimits;

#[derive(Debug, Clone)]
enum Step {
    Get(u8),
    Put(u8, Note),
    Mutate(u8, Note),
    Delete(u8),
    Insert(u8, Note),
    PutNew(u8, Note),
    Commit,
    Abort,
    Write,
    Flush,
    NoteChangelog,
    Kill,
    Close,
    Due(i64, usize),
    Scan(u8, Option<u8>),
}

fn notes() -> impl Strategy<Value = Note> {
    (0..1000u32, proptest::option::weighted(0.6, -20..20i64)).prop_map(|(number, due)| note(number, due))
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Get),
        6 => (any::<u8>(), notes()).prop_map(|(key, note)| Step::Put(key, note)),
        6 => (any::<u8>(), notes()).prop_map(|(key, note)| Step::Mutate(key, note)),
        3 => any::<u8>().prop_map(Step::Delete),
        2 => (any::<u8>(), notes()).prop_map(|(key, note)| Step::Insert(key, note)),
        4 => (any::<u8>(), notes()).prop_map(|(key, note)| Step::PutNew(key, note)),
        5 => Just(Step::Commit),
        3 => Just(Step::Abort),
        2 => Just(Step::Write),
        1 => Just(Step::Flush),
        1 => Just(Step::NoteChangelog),
        1 => Just(Step::Kill),
        1 => Just(Step::Close),
        3 => (-25..25i64, 1..6usize).prop_map(|(until, limit)| Step::Due(until, limit)),
        2 => (any::<u8>(), proptest::option::of(any::<u8>())).prop_map(|(table, after)| Step::Scan(table, after)),
    ]
}

type Model = BTreeMap<Vec<u8>, Note>;

/// Few keys, so that they meet: three tables; some short, some too long to lie inline.
fn key(choice: u8) -> Vec<u8> {
    let (table, number) = (1 + choice % 3, choice / 3 % 12);
    if number % 4 == 0 { [vec![table], vec![number; 60]].concat() } else { vec![table, number] }
}

struct World {
    store: Option<Store>,
    dir: tempfile::TempDir,
    kills: u32,
    limits: StoreLimits,
    changelog: Changelog,
    now: Model,
    committed: Model,
    input: i64,
    /// Nothing changed since the last commit: the changelog's end may be noted.
    settled: bool,
}

impl World {
    fn new(buffer_bytes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let limits = StoreLimits { buffer_bytes };
        let store = Some(open_with(&dir.path().join("0"), limits).unwrap());
        let (now, committed) = (Model::new(), Model::new());
        let changelog = Changelog::default();
        Self { store, dir, kills: 0, limits, changelog, now, committed, input: 0, settled: true }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    fn reopen(&mut self, name: u32) {
        self.store = None;
        let mut store = open_with(&self.dir.path().join(name.to_string()), self.limits).unwrap();
        self.changelog.restore_into(&mut store);
        let input = store.position().map(|position| position.input);
        assert_eq!(input, (self.input > 0).then(|| at(self.input)), "the position comes back");
        self.store = Some(store);
        self.now = self.committed.clone();
        self.settled = true;
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Get(choice) => {
                let key = key(choice);
                let expected = self.now.get(&key).cloned();
                assert_eq!(self.store().get(&key).unwrap(), expected.as_ref());
            }
            Step::Put(choice, note) => {
                self.settled = false;
                self.store().put(&key(choice), note.clone()).unwrap();
                self.now.insert(key(choice), note);
            }
            Step::Mutate(choice, note) => {
                self.settled = false;
                let row = self.store.as_mut().unwrap().get_mut(&key(choice)).unwrap();
                let expected = self.now.get_mut(&key(choice));
                assert_eq!(row, expected);
                if let (Some(row), Some(expected)) = (row, expected) {
                    *row = note.clone();
                    *expected = note;
                }
            }
            Step::Delete(choice) => {
                self.settled = false;
                self.store().delete(&key(choice)).unwrap();
                self.now.remove(&key(choice));
            }
            Step::Insert(choice, note) => {
                self.settled = false;
                let row = self.store.as_mut().unwrap().get_or_insert_with(&key(choice), || note.clone()).unwrap();
                assert_eq!(row, self.now.entry(key(choice)).or_insert(note));
            }
            // Only where there is no row: what is put new must be.
            Step::PutNew(choice, note) => {
                if let std::collections::btree_map::Entry::Vacant(vacant) = self.now.entry(key(choice)) {
                    self.settled = false;
                    self.store.as_mut().unwrap().put_new(vacant.key(), note.clone());
                    vacant.insert(note);
                }
            }
            Step::Commit => {
                self.input += 1;
                let input = self.input;
                self.changelog.commit(self.store.as_mut().unwrap(), input);
                self.committed = self.now.clone();
                self.settled = true;
            }
            Step::Abort => {
                self.store().abort().unwrap();
                self.now = self.committed.clone();
                self.settled = true;
                self.check_all();
            }
            Step::Write => self.store().write().unwrap(),
            Step::Flush => self.store().flush().unwrap(),
            Step::NoteChangelog => {
                if self.settled {
                    let end = self.changelog.end();
                    self.store().note_changelog(end, 1_000);
                }
            }
            Step::Kill => {
                let (from, to) = (self.kills, self.kills + 1);
                copy_of_disk(&self.dir.path().join(from.to_string()), &self.dir.path().join(to.to_string()));
                self.kills = to;
                self.reopen(to);
                self.check_all();
            }
            Step::Close => self.reopen(self.kills),
            Step::Due(until, limit) => {
                let expected = due_in(&self.now, until, limit);
                let found = self.store().due(until, limit).unwrap();
                let found: Vec<_> = found.into_iter().map(|(at, key)| (at, key.to_vec())).collect();
                assert_eq!(found, expected);
            }
            Step::Scan(table, after) => {
                let prefix = [1 + table % 3];
                let after = after.map(key);
                let mut found = Vec::new();
                self.store()
                    .scan_prefix(&prefix, after.as_deref(), |key, row| {
                        found.push((key.to_vec(), row.clone()));
                        ControlFlow::Continue(())
                    })
                    .unwrap();
                let expected: Vec<_> = self
                    .now
                    .iter()
                    .filter(|(key, _)| key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after))
                    .map(|(key, row)| (key.clone(), row.clone()))
                    .collect();
                assert_eq!(found, expected);
            }
        }
    }

    fn check_all(&mut self) {
        for choice in 0..=u8::MAX {
            self.step(Step::Get(choice));
        }
        self.step(Step::Due(i64::MAX, usize::MAX));
    }
}

fn due_in(model: &Model, until: i64, limit: usize) -> Vec<(i64, Vec<u8>)> {
    let mut due: Vec<_> = model.iter().filter_map(|(key, row)| Some((row.due?, key.clone()))).collect();
    due.retain(|(at, _)| *at <= until);
    due.sort();
    due.truncate(limit);
    due
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_ends_as_the_model_does(
        steps in proptest::collection::vec(steps(), 1..120),
        // From "everything is dropped at once" to "everything stays".
        buffer_bytes in prop_oneof![Just(0), Just(2_000), Just(1 << 20)],
    ) {
        let mut world = World::new(buffer_bytes);
        for step in steps {
            world.step(step);
        }
        world.check_all();
        world.step(Step::Abort);
        world.step(Step::Kill);
    }
}
