//! What happens around a partition's store: aborts, kills, damage, strangers.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{CHANGELOG, Changelog, Entry, Store, at, copy_of_disk, id, note, open};
use store::{PartitionStore, Position, SharedMemory, StoreFault, StoreLimits};

#[test]
fn an_abort_returns_to_the_committed_image_and_not_to_what_rocksdb_holds() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let mut changelog = Changelog::default();

    store.put(b"\x01a", note(1, Some(10))).unwrap();
    changelog.commit(&mut store, 1);
    store.write().unwrap();
    store.get_mut(b"\x01a").unwrap().unwrap().number = 2;
    changelog.commit(&mut store, 2); // committed, RocksDB still holds 1
    *store.get_mut(b"\x01a").unwrap().unwrap() = note(3, Some(5));
    store.put(b"\x01b", note(9, None)).unwrap();

    store.abort().unwrap();

    assert_eq!(store.get(b"\x01a").unwrap(), Some(&note(2, Some(10))));
    assert_eq!(store.get(b"\x01b").unwrap(), None);
    let due = store.due(100, 10).unwrap();
    assert_eq!(due.iter().map(|(at, key)| (*at, &**key)).collect::<Vec<_>>(), [(10, b"\x01a".as_slice())]);
}

#[test]
fn each_changed_row_becomes_one_changelog_record_and_what_came_and_went_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let mut changelog = Changelog::default();
    store.put(b"\x01kept", note(1, None)).unwrap();
    store.put(b"\x01gone", note(1, None)).unwrap();
    changelog.commit(&mut store, 1);
    changelog.0.clear();

    for number in 0..5 {
        store.get_mut(b"\x01kept").unwrap().unwrap().number = number;
    }
    store.delete(b"\x01gone").unwrap();
    store.put(b"\x01brief", note(1, None)).unwrap();
    store.delete(b"\x01brief").unwrap();
    changelog.commit(&mut store, 2);

    let expected = [
        Entry::Image(b"\x01kept".to_vec(), Some(vec![1, 0, 0, 0, 4])),
        Entry::Image(b"\x01gone".to_vec(), None),
        Entry::Marker(at(2)),
    ];
    assert_eq!(changelog.0, expected);
}

#[test]
fn after_a_kill_only_what_was_not_flushed_is_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let (alive, killed) = (dir.path().join("alive"), dir.path().join("killed"));
    let mut store = open(&alive).unwrap();
    let mut changelog = Changelog::default();
    changelog.restore_into(&mut store);
    for round in 0..100u32 {
        store.put(&[1, round as u8], note(round, Some(i64::from(round)))).unwrap();
        changelog.commit(&mut store, i64::from(round) + 1);
        if round == 89 {
            store.note_changelog(changelog.end(), 1_000);
            store.flush().unwrap();
        }
    }
    store.write().unwrap(); // in RocksDB's memory only: the kill takes it
    copy_of_disk(&alive, &killed);

    let mut store = open(&killed).unwrap();
    assert_eq!(
        store.position(),
        Some(Position { input: at(90), changelog_topic: CHANGELOG, changelog: 180, as_of_millis: 1_000 })
    );
    assert_eq!(changelog.restore_into(&mut store), 10);
    assert_eq!(store.position().unwrap().input, at(100));
    for round in 0..100u32 {
        assert_eq!(store.get(&[1, round as u8]).unwrap(), Some(&note(round, Some(i64::from(round)))));
    }
    assert_eq!(store.due(1_000, 1_000).unwrap().len(), 100);
}

#[test]
fn a_replay_that_is_killed_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let mut changelog = Changelog::default();
    {
        let mut source = open(&dir.path().join("source")).unwrap();
        for round in 0..1000u32 {
            source.put(&round.to_be_bytes().map(|byte| byte.max(1)), note(round, Some(7))).unwrap();
            if round % 100 == 99 {
                changelog.commit(&mut source, i64::from(round) + 1);
            }
        }
    }
    let mut store = open(&first).unwrap();
    let mut restore = store.restore(CHANGELOG, 1_000);
    for (offset, entry) in changelog.0.iter().take(700).enumerate() {
        match entry {
            Entry::Image(key, image) => restore.apply(key, image.as_deref(), offset as i64 + 1).unwrap(),
            Entry::Marker(input) => restore.marker(*input),
        }
    }
    restore.finish(700, 1_000).unwrap();
    store.flush().unwrap();
    copy_of_disk(&first, &second);

    let mut store = open(&second).unwrap();
    assert_eq!(store.position().unwrap().changelog, 700);
    changelog.restore_into(&mut store);
    assert_eq!(store.position().unwrap().input, at(1000));
    let images: std::collections::BTreeSet<_> = changelog
        .0
        .iter()
        .filter_map(|entry| match entry {
            Entry::Image(key, _) => Some(key.clone()),
            Entry::Marker(_) => None,
        })
        .collect();
    let due: std::collections::BTreeSet<_> =
        store.due(7, usize::MAX).unwrap().into_iter().map(|(_, key)| key.to_vec()).collect();
    assert_eq!(due, images);
}

#[test]
fn a_strangers_store_is_named_and_not_used() {
    let dir = tempfile::tempdir().unwrap();
    commit_one(&mut open(dir.path()).unwrap());
    let mut other = id();
    other.partition = 4;
    let fault = PartitionStore::<common::Note>::open(
        dir.path(),
        other,
        &SharedMemory::new(8 << 20, 4 << 20),
        StoreLimits::default(),
    )
    .unwrap_err();
    assert!(matches!(fault, StoreFault::Foreign { .. }) && fault.is_cured_by_rebuild(), "{fault}");
    assert!(fault.to_string().contains("demand.inbox[3]") && fault.to_string().contains("demand.inbox[4]"), "{fault}");
}

#[test]
fn damage_is_told_from_a_held_lock() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    commit_one(&mut store);
    let fault = open(dir.path()).unwrap_err();
    assert!(matches!(fault, StoreFault::Locked { .. }) && !fault.is_cured_by_rebuild(), "{fault}");
    drop(store);

    std::fs::write(dir.path().join("CURRENT"), b"nonsense\n").unwrap();
    let fault = open(dir.path()).unwrap_err();
    assert!(matches!(fault, StoreFault::Corrupt { .. }) && fault.is_cured_by_rebuild(), "{fault}");
    assert!(fault.to_string().contains("delete it or let it be rebuilt"), "{fault}");

    PartitionStore::<common::Note>::destroy(dir.path()).unwrap();
    let mut store = open(dir.path()).unwrap();
    assert_eq!(store.position(), None);
    assert_eq!(store.get(b"\x01a").unwrap(), None);
}

#[test]
fn a_vanished_or_cut_table_file_is_damage() {
    for cut in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        {
            let mut store = open(dir.path()).unwrap();
            for number in 0..2000u32 {
                store.put(&[&[1], number.to_be_bytes().as_slice()].concat(), note(number, None)).unwrap();
            }
            Changelog::default().commit(&mut store, 1);
            store.flush().unwrap();
        }
        let files = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|name| name == "sst")) {
            if cut {
                let bytes = std::fs::read(&file).unwrap();
                std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
            } else {
                std::fs::remove_file(&file).unwrap();
            }
        }
        let opened = open(dir.path()).and_then(|mut store| {
            let probe = [&[1], 1234u32.to_be_bytes().as_slice()].concat();
            store.get(&probe).map(|_| ())
        });
        let fault = opened.unwrap_err();
        assert!(fault.is_cured_by_rebuild(), "cut {cut}: {fault}");
    }
}

#[test]
fn a_newer_row_stops_an_older_binary() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let mut restore = store.restore(CHANGELOG, 0);
    restore.apply(b"\x01a", Some(&[2, 0, 0, 0, 0]), 1).unwrap();
    restore.marker(at(1));
    let fault = restore.finish(2, 0).unwrap_err();
    assert!(matches!(fault, StoreFault::Newer { found: 2, known: 1, .. }) && !fault.is_cured_by_rebuild(), "{fault}");
}

#[test]
fn a_long_queue_of_due_rows_is_walked_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let mut changelog = Changelog::default();
    for number in 0..20_000u32 {
        store
            .put(&[&[1], number.to_be_bytes().as_slice()].concat(), note(number, Some(i64::from(number / 10))))
            .unwrap();
    }
    changelog.commit(&mut store, 1);
    store.flush().unwrap();

    let mut fired = Vec::new();
    loop {
        let due = store.due(i64::MAX, 500).unwrap();
        if due.is_empty() {
            break;
        }
        for (at, key) in due {
            store.get_mut(&key).unwrap().unwrap().due = None;
            fired.push((at, key));
        }
        changelog.commit(&mut store, 2 + fired.len() as i64);
        if fired.len() % 2000 == 0 {
            store.write().unwrap();
        }
    }
    assert_eq!(fired.len(), 20_000);
    assert!(fired.is_sorted(), "in order of (time, key)");
}

#[test]
fn a_store_left_alone_for_long_is_stale() {
    let position = Position { input: at(5), changelog_topic: CHANGELOG, changelog: 9, as_of_millis: 1_000 };
    assert!(!position.is_stale(1_000 + 3_600_000, 3_600_000));
    assert!(position.is_stale(1_001 + 3_600_000, 3_600_000));
}

fn commit_one(store: &mut Store) {
    store.put(b"\x01a", note(1, None)).unwrap();
    Changelog::default().commit(store, 1);
    store.flush().unwrap();
}
