//! The first command of the README: the whole pipeline in one process, with nothing beside it.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod common;

use common::Run;

#[test]
fn the_demo_needs_nothing_else_and_ends_by_itself() {
    let variables = [("LANG", "C.UTF-8"), ("DEMAND__HTTP__LISTEN", "127.0.0.1:0")];
    let demo = Run::from(common::command(&["demo", "--end", "--accounts", "20"], &variables).output().unwrap());
    assert_eq!(demo.code, Some(0), "{}\n{}", demo.out, demo.talk);
    assert!(demo.out.contains("MQL: "), "{}", demo.out);
    assert!(demo.talk.contains("in-process broker"), "it says what it does not show: {}", demo.talk);
}
