//! Random life cycles and reasons.

use super::condition::{Asks, Condition, condition, feedback, touchpoint};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub(crate) struct LifeCycle {
    /// Not of the first one.
    pub(crate) lasts_while: Option<Condition>,
    pub(crate) stages: Vec<Stage>,
}

#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) sort: Sort,
    pub(crate) entries: Vec<Entry>,
    pub(crate) exits: Vec<Exit>,
    pub(crate) milestone: bool,
    pub(crate) hold: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Open,
    PeopleOnly,
    Out,
    /// With the wait of those who come for no known reason.
    Recycle(Option<u8>),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) by: &'static str,
    pub(crate) from: Vec<u8>,
    pub(crate) when: Condition,
}

#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) to: u8,
    pub(crate) when: Condition,
    pub(crate) reason: Option<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub(crate) to: Option<u8>,
    pub(crate) returns_after: Option<u8>,
    pub(crate) returns_before_date: Option<u8>,
    /// Which date of the customer, and how long before it.
    pub(crate) returns_before: Option<(u8, u8)>,
    /// Months before the fiscal year, and not within.
    pub(crate) returns_in_season: Option<(u8, Option<u8>)>,
    pub(crate) returns_when: Option<Condition>,
    pub(crate) no_score_entry_for: Option<u8>,
}

pub(crate) fn life_cycle() -> impl Strategy<Value = LifeCycle> {
    let lasts_while = weighted(0.4, condition(Asks::LifeCycle));
    (vec(stage(), 2..6), proptest::bool::weighted(0.1), lasts_while).prop_map(|(mut stages, leaves, lasts_while)| {
        // Everybody starts there. A way out of it often leads in a circle.
        stages[0].sort = Sort::Open;
        stages[0].exits.truncate(usize::from(leaves));
        LifeCycle { lasts_while, stages }
    })
}

fn stage() -> impl Strategy<Value = Stage> {
    let sort = prop_oneof![
        6 => Just(Sort::Open),
        2 => Just(Sort::PeopleOnly),
        1 => Just(Sort::Out),
        3 => weighted(0.7, any::<u8>()).prop_map(Sort::Recycle),
    ];
    let ways = (vec(entry(), 0..3), vec(exit(), 0..3), proptest::bool::weighted(0.6));
    (sort, ways, any::<bool>(), weighted(0.4, any::<u8>())).prop_map(
        |(sort, (mut entries, exits, by_word), milestone, hold)| {
            entries.extend(Some(usual_word(sort)).filter(|_| by_word).flatten());
            Stage { sort, entries, exits, milestone, hold }
        },
    )
}

/// What sales says where people lead, and when somebody goes to the box.
fn usual_word(sort: Sort) -> Option<Entry> {
    let kinds = match sort {
        Sort::PeopleOnly => vec![0, 1],
        Sort::Recycle(_) => vec![7, 8, 9],
        Sort::Open | Sort::Out => return None,
    };
    Some(Entry { by: "feedback", from: Vec::new(), when: Condition::Feedback { kinds, reasons: Vec::new() } })
}

fn entry() -> impl Strategy<Value = Entry> {
    let by_touchpoint = || {
        prop_oneof![
            2 => touchpoint(),
            1 => (touchpoint(), condition(Asks::Stage)).prop_map(|(touchpoint, also)| Condition::All(vec![touchpoint, also])),
        ]
    };
    let by_and_when = prop_oneof![
        6 => condition(Asks::Stage).prop_map(|when| ("score", when)),
        1 => condition(Asks::Stage).prop_map(|when| ("profile", when)),
        1 => condition(Asks::Stage).prop_map(|when| ("association", when)),
        1 => by_touchpoint().prop_map(|when| ("hand", when)),
        1 => by_touchpoint().prop_map(|when| ("person", when)),
        3 => feedback().prop_map(|when| ("feedback", when)),
    ];
    (by_and_when, prop_oneof![2 => Just(Vec::new()), 1 => vec(any::<u8>(), 1..3)])
        .prop_map(|((by, when), from)| Entry { by, from, when })
}

fn exit() -> impl Strategy<Value = Exit> {
    (any::<u8>(), condition(Asks::Stage), weighted(0.4, any::<u8>())).prop_map(|(to, when, reason)| Exit {
        to,
        when,
        reason,
    })
}

pub(crate) fn reason() -> impl Strategy<Value = Reason> {
    let some = |weight| weighted(weight, any::<u8>());
    let season = weighted(0.2, (any::<u8>(), some(0.5)));
    let returns =
        (some(0.6), some(0.3), weighted(0.25, any::<(u8, u8)>()), season, weighted(0.3, condition(Asks::Return)));
    (some(0.8), returns, some(0.3)).prop_map(
        |(
            to,
            (returns_after, returns_before_date, returns_before, returns_in_season, returns_when),
            no_score_entry_for,
        )| Reason {
            to,
            returns_after,
            returns_before_date,
            returns_before,
            returns_in_season,
            returns_when,
            no_score_entry_for,
        },
    )
}
