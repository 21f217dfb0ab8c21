//! Random conditions, as a playbook says them.

use super::words::{ANSWERS, ATTRIBUTES, PATTERNS};
use proptest::collection::vec;
use proptest::prelude::*;

/// What a condition may refer to by number; more than there is means the remainder.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Quarter points above the floor.
    Score {
        score: u8,
        below: bool,
        quarters: u8,
    },
    AnyScore {
        quarters: u8,
    },
    Did {
        behaviour: u8,
        count: Count,
        within: Option<u8>,
        since_stage: bool,
    },
    Reading(u8),
    Answer {
        test: u8,
        since_stage: bool,
    },
    Touchpoint(Vec<u8>),
    Feedback {
        kinds: Vec<u8>,
        reasons: Vec<u8>,
    },
    Quiet(u8),
    SinceLastWord(u8),
    HoldPassedBy(u8),
    Segment(Vec<u8>),
    /// Of the first or the second life cycle.
    Stands {
        second: bool,
        stages: Vec<u8>,
        stood_for: Option<u8>,
    },
    /// How somebody came to a stage of the first or the second life cycle, and from where.
    CameBy {
        second: bool,
        by: Vec<u8>,
    },
    CameFrom {
        second: bool,
        stages: Vec<u8>,
    },
    /// Which date, how it lies, how far.
    Date(u8, u8, u8),
    /// Said in full.
    Words(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Once,
    Times(u8),
    Days(u8),
}

/// Who asks: see what the compiler refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Stage,
    /// What brings back from the recycle box: not the return itself.
    Return,
    Reading,
    Rule,
    /// A rule that gives points for a reading.
    Reward,
    Segment,
    /// While it holds somebody is in a life cycle.
    LifeCycle,
}

pub(crate) const FEEDBACK: [&str; 10] = [
    "accepted",
    "held",
    "meeting_booked",
    "qualified",
    "opportunity_created",
    "opportunity_stage",
    "won",
    "lost",
    "rejected",
    "churned",
];

const ENTRIES_BY: [&str; 6] = ["score", "hand", "person", "profile", "association", "feedback"];

const TIERS: [&str; 3] = ["{tier: big}", "{tier: [big, some]}", "{not: {tier: big}}"];

const FIT: [&str; 5] = ["{fit: A}", "{fit: [A, B]}", "{fit: [D, U]}", "{fit: U}", "{not: {fit: D}}"];

pub(crate) fn condition(asks: Asks) -> BoxedStrategy<Condition> {
    leaf(asks)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                3 => vec(inner.clone(), 2..4).prop_map(Condition::All),
                3 => vec(inner.clone(), 2..4).prop_map(Condition::Any),
                2 => inner.prop_map(|inner| Condition::Not(Box::new(inner))),
            ]
        })
        .boxed()
}

pub(crate) fn did(asks: Asks) -> impl Strategy<Value = Condition> {
    let count = prop_oneof![
        3 => Just(Count::Once),
        2 => (2..4_u8).prop_map(Count::Times),
        2 => (1..4_u8).prop_map(Count::Days),
    ];
    let since = if matches!(asks, Asks::Stage | Asks::Return) { 0.3 } else { 0.0 };
    (any::<u8>(), count, proptest::option::weighted(0.8, any::<u8>()), proptest::bool::weighted(since))
        .prop_map(|(behaviour, count, within, since_stage)| Condition::Did { behaviour, count, within, since_stage })
}

pub(crate) fn touchpoint() -> impl Strategy<Value = Condition> {
    vec(any::<u8>(), 1..3).prop_map(Condition::Touchpoint)
}

pub(crate) fn feedback() -> impl Strategy<Value = Condition> {
    (vec(any::<u8>(), 1..4), vec(any::<u8>(), 0..2)).prop_map(|(kinds, reasons)| Condition::Feedback { kinds, reasons })
}

fn leaf(asks: Asks) -> BoxedStrategy<Condition> {
    let since = if matches!(asks, Asks::Stage | Asks::Return) { 0.3 } else { 0.0 };
    let levels = prop_oneof![
        6 => (any::<u8>(), any::<bool>(), any::<u8>())
            .prop_map(|(score, below, quarters)| Condition::Score { score, below, quarters }),
        1 => any::<u8>().prop_map(|quarters| Condition::AnyScore { quarters }),
        8 => did(asks),
        2 => (any::<u8>(), proptest::bool::weighted(since)).prop_map(|(test, since_stage)| Condition::Answer { test, since_stage }),
        2 => any::<u8>().prop_map(Condition::Quiet),
        2 => any::<u8>().prop_map(Condition::SinceLastWord),
        1 => proptest::sample::select(&FIT[..]).prop_map(Condition::Words),
        1 => proptest::sample::select(&TIERS[..]).prop_map(Condition::Words),
        1 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(date, lies, by)| Condition::Date(date, lies, by)),
        1 => proptest::sample::select(ATTRIBUTES).prop_map(Condition::Words),
        1 => proptest::sample::select(vec!["{known: true}", "{known: false}"]).prop_map(Condition::Words),
    ];
    let of_touchpoints = prop_oneof![
        3 => touchpoint(),
        1 => feedback(),
        2 => Just(Condition::Words("{own_touchpoint: true}")),
    ];
    let stands = (any::<bool>(), vec(any::<u8>(), 1..3), proptest::option::weighted(0.6, any::<u8>()))
        .prop_map(|(second, stages, stood_for)| Condition::Stands { second, stages, stood_for });
    let segment = vec(any::<u8>(), 1..3).prop_map(Condition::Segment);
    let came = prop_oneof![
        (any::<bool>(), vec(any::<u8>(), 1..3)).prop_map(|(second, by)| Condition::CameBy { second, by }),
        (any::<bool>(), vec(any::<u8>(), 1..3)).prop_map(|(second, stages)| Condition::CameFrom { second, stages }),
    ];
    match asks {
        Asks::Reading => levels.boxed(),
        Asks::Segment | Asks::LifeCycle => prop_oneof![
            12 => levels,
            2 => any::<u8>().prop_map(Condition::Reading),
            3 => segment,
            3 => stands,
        ]
        .boxed(),
        Asks::Reward => prop_oneof![12 => levels, 2 => any::<u8>().prop_map(Condition::Reading)].boxed(),
        Asks::Rule => prop_oneof![
            12 => levels,
            2 => any::<u8>().prop_map(Condition::Reading),
            2 => of_touchpoints
        ]
        .boxed(),
        Asks::Return => prop_oneof![
            12 => levels,
            2 => any::<u8>().prop_map(Condition::Reading),
            2 => of_touchpoints
        ]
        .boxed(),
        Asks::Stage => prop_oneof![
            12 => levels,
            3 => segment,
            2 => stands,
            2 => came,
            2 => any::<u8>().prop_map(Condition::Reading),
            2 => of_touchpoints,
            1 => any::<u8>().prop_map(Condition::HoldPassedBy),
            1 => proptest::sample::select(vec!["{return_due: true}", "{return_due: false}"]).prop_map(Condition::Words),
        ]
        .boxed(),
    }
}

/// What the numbers in a condition stand for.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    pub(crate) scores: Vec<(&'static str, i64, i64)>,
    pub(crate) behaviours: usize,
    pub(crate) readings: usize,
    pub(crate) reasons: usize,
    pub(crate) segments: usize,
    pub(crate) durations: &'static [&'static str],
}

impl Meaning {
    pub(crate) fn duration(&self, n: u8) -> &'static str {
        self.durations[usize::from(n) % self.durations.len()]
    }

    /// A wait that may be business time.
    pub(crate) fn wait(&self, n: u8) -> &'static str {
        const BUSINESS: [&str; 4] = ["1bd", "4bh", "3bd", "1bd 2bh"];
        match n {
            0..128 => self.duration(n),
            _ => BUSINESS[usize::from(n) % BUSINESS.len()],
        }
    }

    pub(crate) fn text(&self, condition: &Condition) -> String {
        let parts = |parts: &[Condition]| parts.iter().map(|part| self.text(part)).collect::<Vec<_>>().join(", ");
        let since = |since_stage: bool| if since_stage { ", since: stage" } else { "" };
        match condition {
            Condition::All(all) => format!("{{all: [{}]}}", parts(all)),
            Condition::Any(any) => format!("{{any: [{}]}}", parts(any)),
            Condition::Not(part) => format!("{{not: {}}}", self.text(part)),
            Condition::Score { score, below, quarters } => {
                let (name, floor, ceiling) = self.scores[usize::from(*score) % self.scores.len()];
                let word = if *below { "below" } else { "at_least" };
                format!("{{score: {name}, {word}: {}}}", threshold(floor, ceiling, *quarters))
            }
            Condition::AnyScore { quarters } => {
                let (_, floor, ceiling) = self.scores[self.scores.len() - 1];
                format!("{{any_score: interest, at_least: {}}}", threshold(floor, ceiling, *quarters))
            }
            Condition::Did { behaviour, count, within, since_stage } => {
                let behaviour = usize::from(*behaviour) % self.behaviours;
                let count = match count {
                    Count::Once => String::new(),
                    Count::Times(times) => format!(", times: {times}"),
                    Count::Days(days) => format!(", days: {days}"),
                };
                let within = within.map_or_else(String::new, |within| format!(", within: {}", self.duration(within)));
                format!("{{did: b{behaviour}{count}{within}{}}}", since(*since_stage))
            }
            Condition::Reading(n) => format!("{{reading: r{}}}", usize::from(*n) % self.readings),
            Condition::Answer { test, since_stage } => {
                format!("{{{}{}}}", ANSWERS[usize::from(*test) % ANSWERS.len()], since(*since_stage))
            }
            Condition::Touchpoint(all) => format!("{{touchpoint: [{}]}}", patterns(all)),
            Condition::Feedback { kinds, reasons } => {
                let kinds: Vec<_> = kinds.iter().map(|n| FEEDBACK[usize::from(*n) % FEEDBACK.len()]).collect();
                let reasons: Vec<_> = reasons.iter().map(|n| format!("q{}", usize::from(*n) % self.reasons)).collect();
                let reasons =
                    if reasons.is_empty() { String::new() } else { format!(", reasons: [{}]", reasons.join(", ")) };
                format!("{{feedback: [{}]{reasons}}}", kinds.join(", "))
            }
            Condition::Quiet(n) => format!("{{quiet_for: {}}}", self.duration(*n)),
            Condition::SinceLastWord(n) => format!("{{since_last_word: {}}}", self.duration(*n)),
            Condition::HoldPassedBy(n) => format!("{{hold_passed_by: {}}}", self.wait(*n)),
            Condition::Segment(any) => {
                let any: Vec<_> = any.iter().map(|n| format!("k{}", usize::from(*n) % self.segments.max(1))).collect();
                format!("{{segment: [{}]}}", any.join(", "))
            }
            Condition::Stands { second, stages, stood_for } => {
                let stood_for = stood_for.map_or_else(String::new, |n| format!(", for: {}", self.wait(n)));
                format!("{{stage: {{{}: [{}]}}{stood_for}}}", life_cycle(*second), stages_of(stages))
            }
            Condition::CameBy { second, by } => {
                let by: Vec<_> = by.iter().map(|n| ENTRIES_BY[usize::from(*n) % ENTRIES_BY.len()]).collect();
                format!("{{came_by: {{{}: [{}]}}}}", life_cycle(*second), by.join(", "))
            }
            Condition::CameFrom { second, stages } => {
                format!("{{came_from: {{{}: [{}]}}}}", life_cycle(*second), stages_of(stages))
            }
            Condition::Date(date, lies, by) => {
                let dates = ["answer: contract_end", "contact: contract_ends", "account: contract_ends"];
                let date = dates[usize::from(*date) % 3];
                let lies = match lies % 3 {
                    0 => format!("within_next: {}", self.duration(*by)),
                    1 => format!("within_last: {}", self.duration(*by)),
                    _ => format!("past_by: {}", self.wait(*by)),
                };
                format!("{{date: {{{date}}}, {lies}}}")
            }
            Condition::Words(words) => (*words).to_owned(),
        }
    }
}

fn life_cycle(second: bool) -> &'static str {
    if second { "second" } else { "first" }
}

/// Of two that there always are.
fn stages_of(stages: &[u8]) -> String {
    let stages: Vec<_> = stages.iter().map(|n| format!("s{}", n % 3 % 2)).collect();
    stages.join(", ")
}

/// Patterns of a list.
pub(crate) fn patterns(all: &[u8]) -> String {
    all.iter().map(|n| PATTERNS[usize::from(*n) % PATTERNS.len()]).collect::<Vec<_>>().join(", ")
}

/// Above the floor and at most the ceiling, mostly low.
fn threshold(floor: i64, ceiling: i64, quarters: u8) -> String {
    let quarters = i64::from(quarters % 64) + 1;
    let quarters = (floor * 4 + quarters).min(ceiling * 4);
    format!("{}{}", if quarters < 0 { "-" } else { "" }, decimal(quarters.abs()))
}

fn decimal(quarters: i64) -> String {
    let fraction = ["", ".25", ".5", ".75"][(quarters % 4) as usize];
    format!("{}{fraction}", quarters / 4)
}
