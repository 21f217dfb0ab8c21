use super::*;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000 * MINUTE + minute * MINUTE)
}

/// A touchpoint of the event that runs from minute 0 to minute 60.
fn said(id: &str, minute: i64, kind: &str, participant: &str) -> Touchpoint {
    let mut touchpoint = Touchpoint::new("zoom", id, at(minute), "event", kind);
    touchpoint.campaign = Some(Text::new("sem"));
    touchpoint.properties.set("starts_at", Value::text(at(0).to_string()));
    touchpoint.properties.set("ends_at", Value::text(at(60).to_string()));
    touchpoint.properties.set("participant", Value::text(participant));
    touchpoint
}

/// What follows at the end: kind, minutes, percent.
fn outcome(said: &[Touchpoint]) -> Option<(String, Option<i64>, Option<i64>)> {
    let mut aggregate = Aggregate::default();
    said.iter().for_each(|touchpoint| drop(learn(&mut aggregate, touchpoint)));
    let (row, _) = close(&mut aggregate)?;
    let figure = |name: &str| match row.touchpoint.properties.get(name) {
        Some(Value::Number(number)) => Some(number.as_micros() / Decimal::SCALE),
        _ => None,
    };
    Some((row.touchpoint.kind.to_string(), figure("minutes"), figure("percent")))
}

fn attended(minutes: i64, percent: i64) -> Option<(String, Option<i64>, Option<i64>)> {
    Some(("attended".to_owned(), Some(minutes), Some(percent)))
}

#[test]
fn who_registered_and_never_came_is_a_no_show() {
    let registered = said("r", -900, "registered", "");
    assert_eq!(outcome(std::slice::from_ref(&registered)), Some(("no_show".to_owned(), None, None)));
    let cancelled = said("c", -100, "cancelled", "");
    assert_eq!(outcome(&[registered.clone(), cancelled]), None, "who cancelled is not missed");
    assert_eq!(outcome(&[registered, said("a", 30, "attended", "")]), None, "the tool has said how it ended");
}

#[test]
fn joined_and_left_three_times_is_the_union_of_the_times() {
    let said = [
        said("1", 1, "joined", "a"),
        said("2", 15, "joined", "b"),
        said("3", 20, "left", "a"),
        said("4", 40, "left", "b"),
        said("5", 45, "joined", "c"),
        said("6", 60, "left", "c"),
    ];
    // The last one leaves when the event is over: it is open until then.
    assert_eq!(outcome(&said), attended(54, 90));
}

#[test]
fn only_what_lies_within_the_event_counts() {
    assert_eq!(outcome(&[said("1", -10, "joined", ""), said("2", 30, "left", "")]), attended(30, 50));
    assert_eq!(outcome(&[said("1", 45, "joined", "")]), attended(15, 25), "who never left stayed to the end");
    assert_eq!(outcome(&[said("1", 45, "left", "")]), attended(0, 0), "was there, nobody knows for how long");
    assert_eq!(outcome(&[said("1", 60, "joined", "")]), None, "it was over");
    let mut left = said("2", 40, "left", "");
    left.properties.set("joined_at", Value::text(at(10).to_string()));
    assert_eq!(outcome(&[left]), attended(30, 50), "the end of a connection says when it began");
}

#[test]
fn one_side_may_know_the_id_and_the_other_the_campaign() {
    let registered = said("r", -900, "registered", "");
    let mut joined = said("j", 10, "joined", "");
    joined.properties.set("event_id", Value::text("w1"));
    assert_eq!(outcome(&[registered.clone(), joined]), attended(50, 83));
    let scanned = {
        let mut scanned = Touchpoint::new("desk", "b", at(5), "event", "attended");
        scanned.campaign = Some(Text::new("sem"));
        scanned
    };
    assert_eq!(outcome(&[registered, scanned]), None, "the desk knows no times, and has said that they came");
}

#[test]
fn a_series_has_one_id_and_many_events() {
    let mut aggregate = Aggregate::default();
    learn(&mut aggregate, &said("r", -900, "registered", ""));
    let mut next_week = said("r2", -900, "registered", "");
    next_week.properties.set("starts_at", Value::text(at(10_080).to_string()));
    next_week.properties.set("ends_at", Value::text(at(10_140).to_string()));
    learn(&mut aggregate, &next_week);
    learn(&mut aggregate, &said("j", 0, "joined", ""));
    let kinds: Vec<_> = std::iter::from_fn(|| close(&mut aggregate)).map(|(row, _)| row.touchpoint.kind).collect();
    assert_eq!(kinds, ["attended", "no_show"]);
}

proptest! {
    /// Against counting each minute by itself.
    #[test]
    fn minutes_there_are_those_of_the_union(stays in proptest::collection::vec((-20..59_i64, 1..80_i64), 1..6)) {
        let mut told: Vec<Touchpoint> = Vec::new();
        for (n, (from, minutes)) in stays.iter().enumerate() {
            told.push(said(&format!("j{n}"), *from, "joined", &n.to_string()));
            told.push(said(&format!("l{n}"), from + minutes, "left", &n.to_string()));
        }
        told.sort_by_key(|touchpoint| touchpoint.occurred_at);
        let there = (0..60).filter(|minute| stays.iter().any(|(from, minutes)| (*from..from + minutes).contains(minute)));
        let minutes = there.count() as i64;
        prop_assert_eq!(outcome(&told), attended(minutes, minutes * 100 / 60));
    }
}
