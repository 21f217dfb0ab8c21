//! Timers against plain looking: the moment that a condition names is the first at which it holds.

#[path = "../tests/common/groups.rs"]
#[allow(dead_code)]
mod groups;
#[path = "../tests/common/handed.rs"]
#[allow(dead_code)]
mod handed;
#[path = "../tests/common/sequences.rs"]
#[allow(dead_code)]
mod sequences;
#[path = "../tests/common/small.rs"]
#[allow(dead_code)]
pub(crate) mod small;

use crate::aggregate::{Aggregate, Position};
use crate::condition::Asked;
use crate::fold::fold_row;
use crate::ledger::LedgerRow;
use crate::question::Question;
use crate::turns::Turn;
use crate::version::{Activation, Version, Versions};
use playbook::model::{BehaviourIx, Condition, Count, DateOf, DateSpan, Did, Pattern, ReadingIx, ScoreIx, Wait};
use proptest::prelude::*;
use std::sync::Arc;
use touchpoint::{IdentifierKey, Text, Timestamp, Touchpoint, Value};

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const START: Timestamp = Timestamp::from_millis(1_774_969_200_000);

fn leaf() -> impl Strategy<Value = Condition> {
    let score = (0..4_u16).prop_map(ScoreIx);
    prop_oneof![
        (score.clone(), 1..12_000_i64).prop_map(|(score, points)| Condition::ScoreAtLeast(score, points)),
        (score, 1..12_000_i64).prop_map(|(score, points)| Condition::ScoreBelow(score, points)),
        (1..8_000_i64).prop_map(|points| Condition::AnyScoreAtLeast(vec![ScoreIx(2), ScoreIx(3)], points)),
        (1..100_i64).prop_map(|hours| Condition::Quiet(hours * HOUR)),
        (1..100_i64).prop_map(|hours| Condition::SinceMark(hours * HOUR)),
        (0..50_i64).prop_map(|hours| Condition::HoldPassed { after: Wait::Plain(hours * HOUR) }),
        did().prop_map(Condition::Did),
        did().prop_map(Condition::DidNot),
        Just(Condition::Reading(ReadingIx(0))),
        (1..9_000_i64, 0..6_000_i64).prop_map(|(at_least, apart)| Condition::Close {
            scores: vec![ScoreIx(2), ScoreIx(3)],
            at_least,
            apart,
        }),
        (0..60_i64).prop_map(|hours| groups::stood(&["early", "late"], (hours > 0).then_some(hours * HOUR))),
        date_span().prop_map(|is| Condition::Date { date: DateOf::Answer(Text::const_new("contract_end")), is }),
        Just(Condition::ReturnDue),
        Just(Condition::Known),
        Just(Condition::Fit(vec![Text::const_new("U")])),
        Just(Condition::OwnTouchpoint),
        Just(Condition::Touchpoint(vec![Pattern::default()])),
    ]
}

fn date_span() -> impl Strategy<Value = DateSpan> {
    let hours = || (1..80_i64).prop_map(|hours| hours * HOUR);
    prop_oneof![
        hours().prop_map(DateSpan::WithinNext),
        hours().prop_map(DateSpan::WithinLast),
        hours().prop_map(|hours| DateSpan::PastBy(Wait::Plain(hours))),
    ]
}

fn did() -> impl Strategy<Value = Did> {
    let at_least = prop_oneof![(1..5_u16).prop_map(Count::Times), (1..4_u16).prop_map(Count::Days)];
    let within = proptest::option::of((1..80_i64).prop_map(|hours| hours * HOUR));
    ((0..6_u16).prop_map(BehaviourIx), at_least, within).prop_map(|(behaviour, at_least, within)| Did {
        behaviour,
        at_least,
        within,
        since_stage: false,
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

fn folded(versions: &Versions, what: &[(i64, u8)]) -> Aggregate {
    let mut aggregate = Aggregate::default();
    let mut hours = 0;
    for (n, (step, what)) in what.iter().enumerate() {
        hours += step;
        let (channel, kind) = [("web", "page_view"), ("web", "search"), ("web", "form_submit"), ("call", "connected")]
            [usize::from(*what % 4)];
        let mut touchpoint = Touchpoint::new("s", n.to_string(), START.plus_millis(hours * HOUR), channel, kind);
        touchpoint.content = Some(Text::new(["a", "b"][n % 2]));
        if *what % 8 == 3 {
            let day = touchpoint.occurred_at.plus_millis(i64::from(*what) * HOUR).to_string();
            touchpoint.answers.set("contract_end", Value::text(&day[..10]));
        }
        touchpoint.answers.set("timeframe", Value::text(["3m", "later"][usize::from(*what / 4 % 2)]));
        let row = LedgerRow {
            arrived_at: touchpoint.occurred_at,
            touchpoint,
            via: IdentifierKey([0; 16]),
            known: n % 3 == 2,
            in_burst: false,
            account: None,
        };
        fold_row(versions, &mut aggregate, &row, None);
    }
    aggregate
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_moment_of_a_condition_is_the_first_at_which_it_holds(
        condition in condition(),
        what in proptest::collection::vec((0..20_i64, any::<u8>()), 1..8),
        hold in proptest::option::of(0..200_i64),
        returns in proptest::option::of(0..200_i64),
        by_heat: bool,
        watched in proptest::option::of(0..60_i64),
    ) {
        let version = Arc::new(Version::new(small::model(0)).unwrap());
        let mut versions = Versions::default();
        versions.activate(Activation { hash: version.model.hash.clone(), effective_at: START }, version.clone());
        let aggregate = folded(&versions, &what);
        let from = aggregate.at.unwrap();
        let position = Position {
            hold_until: hold.map(|hours| START.plus_millis(hours * HOUR)),
            recycled_at: Some(from),
            return_at: returns.map(|hours| START.plus_millis(hours * HOUR)),
            recycled_for: by_heat.then_some(Text::const_new("no_need")),
            ..aggregate.positions[0].clone()
        };
        // Half of them are here since before it was watched.
        let since = watched.map(|hours| START.plus_millis(hours * HOUR));
        let watched = vec![since; version.model.behaviours.len()];
        let position = Some(&position);
        let asked = Asked { version: &version, watched: &watched, aggregate: &aggregate, position, at_hand: None, since: None };
        let answer = asked.answer(&condition, from);
        let turns = Turn::exact(asked.first(&condition, !answer.holds, from));
        prop_assert_eq!(answer.holds, asked.holds(&condition, from));
        prop_assert!(answer.turns.at <= turns.at, "it turns at {:?}, not before {:?}", turns, answer.turns);
        prop_assert!(!answer.turns.is_exact || answer.turns == turns, "it turns at {:?}, not {:?}", turns, answer.turns);
        let moment = asked.moment(&condition, from);
        if let Some(moment) = moment {
            prop_assert!(moment >= from);
            prop_assert!(asked.holds(&condition, moment), "it holds at its moment");
            prop_assert!(moment == from || !asked.holds(&condition, moment.plus_millis(-1)), "and not just before");
        }
        for step in 0..600 {
            let at = from.plus_millis(step * HOUR / 2);
            if moment.is_none_or(|moment| at < moment) {
                prop_assert!(!asked.holds(&condition, at), "it holds at {} already", at);
            }
        }
    }
}
