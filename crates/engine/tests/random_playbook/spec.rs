//! A random playbook: what is drawn. Lists of one or more; names are numbers.

use super::condition::{Asks, Condition, condition, did};
use super::stages::{LifeCycle, Reason, life_cycle, reason};
use super::text::write;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use std::fmt;

#[derive(Clone)]
pub(crate) struct Playbook {
    /// Durations of days, not of hours.
    pub(crate) slow: bool,
    pub(crate) zone: u8,
    pub(crate) calendar: u8,
    pub(crate) own: Vec<u8>,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) readings: Vec<Condition>,
    pub(crate) segments: Vec<Segment>,
    /// depth, heat, and interest in each solution.
    pub(crate) scores: [Score; 3],
    pub(crate) groups: [(u8, u8); 2],
    pub(crate) rules: Vec<Rule>,
    pub(crate) fit: u8,
    pub(crate) life_cycles: Vec<LifeCycle>,
    pub(crate) reasons: Vec<Reason>,
}

impl Playbook {
    /// A next version: some sections of this playbook, the others of another one.
    pub(crate) fn mixed_with(&self, other: Self, same: u16) -> Self {
        let mine = self.clone();
        let keep = |bit: u16| same >> bit & 1 == 1;
        Self {
            slow: self.slow,
            zone: if keep(0) { mine.zone } else { other.zone },
            calendar: if keep(1) { mine.calendar } else { other.calendar },
            own: if keep(2) { mine.own } else { other.own },
            behaviours: if keep(3) { mine.behaviours } else { other.behaviours },
            readings: if keep(4) { mine.readings } else { other.readings },
            segments: if keep(11) { mine.segments } else { other.segments },
            scores: if keep(5) { mine.scores } else { other.scores },
            groups: if keep(6) { mine.groups } else { other.groups },
            rules: if keep(7) { mine.rules } else { other.rules },
            fit: if keep(8) { mine.fit } else { other.fit },
            life_cycles: if keep(9) { mine.life_cycles } else { other.life_cycles },
            reasons: if keep(10) { mine.reasons } else { other.reasons },
        }
    }
}

impl fmt::Debug for Playbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write(self, "random").map_or_else(|mistakes| mistakes, |written| format!("\n{}", written.yaml)))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) when: Condition,
    pub(crate) until: Option<Condition>,
    pub(crate) lasts: Option<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) half_life: u8,
    pub(crate) floor: i64,
    pub(crate) ceiling: i64,
}

#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    When(Vec<u8>),
    InOrder { steps: Vec<u8>, within: u8 },
    Unanswered { when: Vec<u8>, by: u8, within: u8, before: Option<u8> },
    AfterSilence(u8),
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) gives: Gives,
    pub(crate) condition: Option<Condition>,
    pub(crate) limits: Vec<u8>,
    pub(crate) group: Option<u8>,
    pub(crate) marks: Option<bool>,
}

#[derive(Clone, Debug)]
pub(crate) enum Gives {
    Fixed { when: Vec<u8>, points: u8 },
    Cases(Vec<(u8, u8)>),
    ByAnswer { question: bool, when: Option<u8>, points: [u8; 2] },
    ByRank { points: [u8; 3] },
    ByReading { reading: u8, points: u8 },
}

/// Behaviours that consist of touchpoints, and all of them.
pub(crate) const PLAIN: usize = 3;

pub(crate) fn playbook() -> impl Strategy<Value = Playbook> {
    let header = (any::<bool>(), 0..3_u8, 0..3_u8, vec(any::<u8>(), 1..6));
    let done = (
        vec(behaviour(), 2..4),
        vec(vec(any::<u8>(), 1..3).prop_map(Behaviour::When), PLAIN),
        (vec(reading(), 1..4), vec(segment(), 0..4)),
    );
    let scored = ([score(), score(), score()], [any::<(u8, u8)>(), any::<(u8, u8)>()], vec(rule(), 1..9), 0..3_u8);
    (header, done, scored, vec(life_cycle(), 1..4), vec(reason(), 5)).prop_map(
        |(
            (slow, zone, calendar, own),
            (made, mut behaviours, (readings, segments)),
            (scores, groups, rules, fit),
            life_cycles,
            reasons,
        )| {
            behaviours.extend(made);
            Playbook {
                slow,
                zone,
                calendar,
                own,
                behaviours,
                readings,
                segments,
                scores,
                groups,
                rules,
                fit,
                life_cycles,
                reasons,
            }
        },
    )
}

fn score() -> impl Strategy<Value = Score> {
    let floors = proptest::sample::select(vec![0, 0, 0, -20]);
    let ceilings = proptest::sample::select(vec![200, 30, 10]);
    (any::<u8>(), floors, ceilings).prop_map(|(half_life, floor, ceiling)| Score { half_life, floor, ceiling })
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    let looks = || vec(any::<u8>(), 1..3);
    prop_oneof![
        1 => looks().prop_map(Behaviour::When),
        2 => (vec(any::<u8>(), 2..4), any::<u8>()).prop_map(|(steps, within)| Behaviour::InOrder { steps, within }),
        3 => (looks(), any::<u8>(), any::<u8>(), weighted(0.4, any::<u8>()))
            .prop_map(|(when, by, within, before)| Behaviour::Unanswered { when, by, within, before }),
        1 => any::<u8>().prop_map(Behaviour::AfterSilence),
    ]
}

fn reading() -> impl Strategy<Value = Condition> {
    prop_oneof![
        2 => did(Asks::Reading),
        3 => (did(Asks::Reading), condition(Asks::Reading)).prop_map(|(did, also)| Condition::All(vec![did, also])),
        2 => condition(Asks::Reading),
    ]
}

fn segment() -> impl Strategy<Value = Segment> {
    (condition(Asks::Segment), weighted(0.4, condition(Asks::Segment)), weighted(0.3, any::<u8>()))
        .prop_map(|(when, until, lasts)| Segment { when, until, lasts })
}

fn rule() -> impl Strategy<Value = Rule> {
    let points = any::<u8>;
    let gives = prop_oneof![
        8 => (vec(any::<u8>(), 1..3), points()).prop_map(|(when, points)| Gives::Fixed { when, points }),
        2 => vec((any::<u8>(), points()), 1..4).prop_map(Gives::Cases),
        2 => (any::<bool>(), weighted(0.3, any::<u8>()), [points(), points()])
            .prop_map(|(question, when, points)| Gives::ByAnswer { question, when, points }),
        1 => [points(), points(), points()].prop_map(|points| Gives::ByRank { points }),
    ];
    let marks = weighted(0.2, any::<bool>());
    let by_touchpoint = (gives, weighted(0.3, condition(Asks::Rule)), marks);
    let by_reading = (any::<u8>(), points()).prop_map(|(reading, points)| Gives::ByReading { reading, points });
    let by_reading = (by_reading, weighted(0.3, condition(Asks::Reward)), Just(None));
    (prop_oneof![4 => by_touchpoint, 1 => by_reading], vec(any::<u8>(), 0..3), weighted(0.4, any::<u8>()))
        .prop_map(|((gives, condition, marks), limits, group)| Rule { gives, condition, limits, group, marks })
}
