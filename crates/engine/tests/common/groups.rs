//! Segments and tiers of the small playbook.

use super::small::{at_least, below, did, text};
use super::{DAY, HOUR};
use playbook::model::*;
use touchpoint::{Decimal, Value};

fn label(name: &str) -> Label {
    Label { ja: text(name), en: text(name) }
}

fn segment(name: &str, when: Condition) -> Segment {
    let mut after_stages = false;
    when.for_each_leaf(&mut |leaf| after_stages |= matches!(leaf, Condition::Stage { .. }));
    Segment { name: text(name), label: label(name), when, until: None, lasts: None, is_audience: false, after_stages }
}

pub(crate) fn stood(stages: &[&str], stood_for: Option<i64>) -> Condition {
    let stages = stages.iter().map(|stage| text(stage)).collect();
    Condition::Stage { life_cycle: text("acquisition"), stages, stood_for: stood_for.map(Wait::Plain) }
}

fn consent(state: &'static str) -> Condition {
    let test = Test::OneOf(vec![Value::text(state)]);
    Condition::Consent { purpose: text("marketing"), channel: Some(text("email")), test }
}

/// The first two are those that stages rest on.
pub(crate) fn segments(n: u8, interests: &[ScoreIx]) -> Vec<Segment> {
    let contract_end = || DateOf::Answer(text("contract_end"));
    let busy = segment("busy", did(super::small::VIEW, Count::Times(2), Some(DAY)));
    let mut warm = segment("warm", at_least(0, 4));
    warm.until = Some(below(0, 2));
    let mut lately = segment("lately", stood(&["late", "nurturing", "warm"], Some(6 * HOUR)));
    lately.lasts = Some(DAY);
    let mut undecided =
        segment("undecided", Condition::Close { scores: interests.to_vec(), at_least: 1_000, apart: 1_000 });
    undecided.is_audience = n == 0;
    let ending = segment("ending", Condition::Date { date: contract_end(), is: DateSpan::WithinNext(2 * DAY) });
    let mut ended = segment(
        "ended_contract",
        Condition::Any(vec![
            Condition::Date { date: contract_end(), is: DateSpan::WithinLast(DAY) },
            Condition::Date { date: contract_end(), is: DateSpan::PastBy(Wait::Plain(3 * DAY)) },
        ]),
    );
    ended.until = Some(Condition::Quiet(DAY));
    let stranger = segment(
        "stranger",
        Condition::All(vec![Condition::Not(Box::new(Condition::Segment(vec![SegmentIx(0)]))), consent("denied")]),
    );
    match n {
        0 if interests.len() > 1 => vec![busy, warm, lately, undecided, ending, ended, stranger],
        0 => vec![busy, warm, lately, ending, ended, stranger],
        1 => vec![busy, ended],
        _ => vec![warm, busy, ending],
    }
}

pub(crate) fn tiers(n: u8) -> Vec<Tier> {
    let large = Test::Between(Decimal::from_int(300), None);
    let by_size = |test: Test| Condition::Attribute(AttributeOf::Account, text("employees"), test);
    let tier = |name: &str, when| {
        let lead = Coverage { lead: text(name), help: Vec::new(), channels: Vec::new(), effort: None };
        Tier { name: text(name), label: label(name), when, coverage: vec![None, Some(lead)], hand_over: None }
    };
    match n {
        0 => vec![tier("top", by_size(large)), tier("small", by_size(Test::Present))],
        _ => vec![tier("any", Condition::Not(Box::new(by_size(large))))],
    }
}

/// A life cycle of accounts; the contacts hear of it.
pub(crate) fn company(n: u8) -> LifeCycle {
    let stage = |name: &str, entries: Vec<Condition>, exits: Vec<(u16, Condition)>| Stage {
        name: text(name),
        label: label(name),
        phase: text("p"),
        owner: text("none"),
        entries: entries.into_iter().map(|when| Entry { by: EntryBy::Score, from: None, when }).collect(),
        exits: exits.into_iter().map(|(to, when)| Exit { to: StageIx(to), when, reason: None }).collect(),
        milestone: None,
        held: false,
        out: false,
        recycle: false,
        hold: None,
        returns_after: None,
    };
    let members = |at_least| Condition::Members { at_least, segment: SegmentIx(0) };
    LifeCycle {
        name: text("company"),
        label: label("company"),
        of: AttributeOf::Account,
        stages: vec![
            stage("target", Vec::new(), Vec::new()),
            stage(
                "engaged",
                vec![Condition::AccountScoreAtLeast(3_000), members(1 + u32::from(n == 2))],
                vec![(
                    0,
                    Condition::All(vec![Condition::AccountScoreBelow(1_000), Condition::Not(Box::new(members(1)))]),
                )],
            ),
        ],
        lasts_while: None,
    }
}
