//! What is missing for the next stage: read from the very conditions that open it.
//!
//! The next stage is the first later one with an entry that counts from where the contact stands: one that state or a
//! touchpoint opens, or, where a stage opens by nothing else, the word of people. From the recycle box it is the first that
//! leads out of it. An entry may ask for several things; of alternatives those are told that ask for the fewest.

mod least;
mod standing;
mod told;

use crate::aggregate::{Aggregate, Position};
use crate::condition::Asked;
use crate::fit::fit;
use crate::question::Question;
use crate::scoring::raw;
use crate::stage::{counts_from, stage_of};
use crate::version::Versions;
use least::{all_of, any_of, fewest, one_or_all};
use playbook::model::{
    AttributeOf, Condition, Count, Did, ENDED, Entry, EntryBy, Label, LifeCycle, Milli, Millis, Reach, ScoreIx, Test,
};
pub use standing::{Group, Named};
use touchpoint::output::Sentence;
use touchpoint::{Text, Timestamp};

/// What leads to the next stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    pub life_cycle: Text,
    /// The next stage.
    pub stage: Text,
    pub label: Label,
    /// Any of these opens it; points first, then what the contact does, what our people judge, what the profile says.
    pub ways: Vec<Way>,
}

/// One way to the next stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    pub by: EntryBy,
    pub need: Need,
}

/// What does not hold yet of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// All of these. None at all: whatever happens next will do.
    All(Vec<Need>),
    /// One of these.
    Any(Vec<Need>),
    /// So many more thousandths of a point.
    Points {
        score: Text,
        label: Label,
        main: bool,
        missing_milli: Milli,
        threshold_milli: Milli,
    },
    /// A behaviour so many more times, or on so many more days; within a time of so many milliseconds.
    Times {
        behaviour: Text,
        label: Label,
        more: u16,
        days: bool,
        within_millis: Option<Millis>,
    },
    Reading {
        reading: Text,
        label: Label,
        ends: bool,
    },
    /// One of these grades (`not`: another one); the grade now.
    Fit {
        grades: Vec<Text>,
        not: bool,
        now: Text,
    },
    /// To know who it is.
    Known,
    Attribute {
        of: AttributeOf,
        name: Text,
        label: Option<Label>,
        test: Test,
        not: bool,
    },
    /// `anew`: since the stage was entered.
    Answer {
        question: Text,
        test: Test,
        not: bool,
        anew: bool,
    },
    /// One of such touchpoints, as people call them.
    Touchpoint {
        labels: Vec<Sentence>,
    },
    /// Any touchpoint of the contact's own.
    OwnTouchpoint,
    /// To be in one of these; `not`: in none.
    In {
        what: Group,
        names: Vec<Named>,
        not: bool,
    },
    /// So many more colleagues in a segment.
    Colleagues {
        more: u32,
        segment: Named,
    },
    /// What is said of a purpose, on one channel or on any.
    Consent {
        purpose: Text,
        channel: Option<Text>,
        test: Test,
        not: bool,
    },
    /// To be reachable so, or no more.
    Reachable {
        by: Reach,
        not: bool,
    },
    /// A hand-off that is open, or none.
    Handoff {
        not: bool,
    },
    /// Two scores of a family close to each other, in thousandths of a point.
    Close {
        at_least_milli: Milli,
        apart_milli: Milli,
    },
    /// The word of sales, or of success.
    Word {
        of: Text,
    },
    /// Not before this moment.
    Wait {
        until: Timestamp,
    },
}

/// What a condition lacks.
enum Found {
    Met,
    Lacks(Need),
    /// Neither what the contact does nor time brings it about.
    Never,
}

/// What is missing for the next stage of a life cycle; `None` where no way leads on, and in a life cycle that the playbook in
/// force does not have, or that somebody is not in.
pub fn missing(versions: &Versions, aggregate: &Aggregate, position: &Position, now: Timestamp) -> Option<Missing> {
    let in_force = versions.at(now).filter(|_| position.stage != ENDED)?;
    let life_cycle = in_force.1.model.life_cycles.iter().find(|one| one.name == position.life_cycle)?;
    let here = stage_of(life_cycle, position);
    let asked = Asked { position: Some(position), ..Asked::of(versions, in_force, aggregate) };
    let look = Look { asked, life_cycle, here, now };
    let stage = &life_cycle.stages[here];
    // The box stands behind all others and leads back into them.
    let from = if stage.recycle { 0 } else { here + 1 };
    (from..life_cycle.stages.len()).find_map(|to| look.ways_to(to))
}

struct Look<'a> {
    asked: Asked<'a>,
    life_cycle: &'a LifeCycle,
    here: usize,
    now: Timestamp,
}

impl Look<'_> {
    fn ways_to(&self, to: usize) -> Option<Missing> {
        let (here, next) = (&self.life_cycle.stages[self.here], &self.life_cycle.stages[to]);
        if here.out || next.out || next.recycle || to == self.here {
            return None;
        }
        let counts = |entry: &&Entry| counts_from(self.life_cycle, self.here, to, entry);
        let mut ways: Vec<Way> = Vec::new();
        for by in [EntryBy::Score, EntryBy::Hand, EntryBy::Person, EntryBy::Profile, EntryBy::Association] {
            let entries = next.entries.iter().filter(|entry| entry.by == by).filter(counts);
            let needs = entries.filter_map(|entry| self.of_entry(entry)).collect();
            ways.extend(fewest(needs).into_iter().map(|need| Way { by, need }));
        }
        if ways.is_empty() && next.entries.iter().filter(counts).any(|entry| entry.by == EntryBy::Feedback) {
            ways.push(Way { by: EntryBy::Feedback, need: Need::Word { of: here.owner.clone() } });
        }
        (!ways.is_empty()).then(|| Missing {
            life_cycle: self.life_cycle.name.clone(),
            stage: next.name.clone(),
            label: next.label.clone(),
            ways,
        })
    }

    /// What an entry lacks; `None`: it never opens.
    fn of_entry(&self, entry: &Entry) -> Option<Need> {
        let mut all = match self.lack(&entry.when, true) {
            Found::Never => return None,
            Found::Met => Vec::new(),
            Found::Lacks(Need::All(parts)) => parts,
            Found::Lacks(need) => vec![need],
        };
        if entry.by == EntryBy::Score {
            let position = self.asked.position?;
            if let Some(until) = position.no_score_entry_until.filter(|until| *until > self.now) {
                all.push(Need::Wait { until });
            }
            // Whatever else is missing comes by what they do, as a rule.
            if position.awaits_own_touchpoint && all.is_empty() {
                all.push(Need::OwnTouchpoint);
            }
        }
        Some(one_or_all(all))
    }

    /// What is missing for a condition to be `wanted`.
    fn lack(&self, condition: &Condition, wanted: bool) -> Found {
        match condition {
            Condition::Not(part) => return self.lack(part, !wanted),
            Condition::All(parts) | Condition::Any(parts) => {
                let each = parts.iter().map(|part| self.lack(part, wanted));
                return if matches!(condition, Condition::All(_)) == wanted { all_of(each) } else { any_of(each) };
            }
            _ => {}
        }
        if self.asked.holds(condition, self.now) == wanted {
            return Found::Met;
        }
        if let Some(need) = self.of_leaf(condition, wanted) {
            return Found::Lacks(need);
        }
        let moment = self.asked.first(condition, wanted, self.now);
        moment.map_or(Found::Never, |until| Found::Lacks(Need::Wait { until }))
    }

    /// What somebody has to do or to be; `None`: only time brings it, if anything does.
    fn of_leaf(&self, condition: &Condition, wanted: bool) -> Option<Need> {
        let (model, aggregate) = (&self.asked.version.model, self.asked.aggregate);
        let not = !wanted;
        Some(match condition {
            Condition::ScoreAtLeast(score, least) if wanted => self.points(&[*score], *least)?,
            Condition::ScoreBelow(score, least) if not => self.points(&[*score], *least)?,
            Condition::AnyScoreAtLeast(scores, least) if wanted => self.points(scores, *least)?,
            Condition::Did(did) if wanted => self.times(did),
            Condition::DidNot(did) if not => self.times(did),
            Condition::Reading(reading) => {
                let reading = &model.readings[usize::from(reading.0)];
                Need::Reading { reading: reading.name.clone(), label: reading.label.clone(), ends: not }
            }
            Condition::Fit(grades) => {
                Need::Fit { grades: grades.clone(), not, now: fit(model, &aggregate.facts).grade }
            }
            Condition::Known if wanted => Need::Known,
            Condition::Attribute(of, name, test) => Need::Attribute {
                of: *of,
                name: name.clone(),
                label: model.attribute_label(*of, name).cloned(),
                test: test.clone(),
                not,
            },
            Condition::Answer(question, test) | Condition::AnsweredSince(question, test) => {
                let anew = matches!(condition, Condition::AnsweredSince(..));
                Need::Answer { question: question.clone(), test: test.clone(), not, anew }
            }
            Condition::Touchpoint(patterns) if wanted => {
                Need::Touchpoint { labels: self.asked.version.touchpoint_words().find(patterns).to_vec() }
            }
            Condition::OwnTouchpoint if wanted => Need::OwnTouchpoint,
            Condition::ReturnDue if wanted => {
                let by_date = self.asked.return_at().map(|until| Found::Lacks(Need::Wait { until }));
                let by_event = self.asked.returns_when().map(|when| self.lack(when, true));
                return match any_of(by_date.into_iter().chain(by_event)) {
                    Found::Lacks(need) => Some(need),
                    Found::Met | Found::Never => None,
                };
            }
            Condition::Segment(_)
            | Condition::Tier(_)
            | Condition::Stage { .. }
            | Condition::AccountStage { .. }
            | Condition::Colleagues { .. }
            | Condition::Date { .. }
            | Condition::Consent { .. }
            | Condition::Reachable(_)
            | Condition::HandoffOpen
            | Condition::Close { .. } => return self.of_standing(condition, wanted),
            // What time brings, or nothing does; and what is asked of accounts.
            Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_)
            | Condition::ScoreAtLeast(..)
            | Condition::ScoreBelow(..)
            | Condition::AnyScoreAtLeast(..)
            | Condition::Did(_)
            | Condition::DidNot(_)
            | Condition::Known
            | Condition::Touchpoint(_)
            | Condition::Feedback { .. }
            | Condition::Quiet(_)
            | Condition::SinceMark(_)
            | Condition::HoldPassed { .. }
            | Condition::HandoffBreached { .. }
            | Condition::CameBy { .. }
            | Condition::CameFrom { .. }
            | Condition::ReturnDue
            | Condition::OwnTouchpoint
            | Condition::Members { .. }
            | Condition::AccountScoreAtLeast(_)
            | Condition::AccountScoreBelow(_) => return None,
        })
    }

    /// The points that the nearest of these scores lacks: of its sum, which may lie below its floor.
    fn points(&self, scores: &[ScoreIx], least: Milli) -> Option<Need> {
        let Asked { version, aggregate, .. } = self.asked;
        let sums = scores.iter().map(|score| (raw(aggregate, version, *score, self.now), *score));
        let (sum, nearest) = sums.max_by_key(|(sum, score)| (*sum, std::cmp::Reverse(*score)))?;
        let score = &version.model.scores[usize::from(nearest.0)];
        Some(Need::Points {
            score: score.name.clone(),
            label: score.label.clone(),
            main: nearest == ScoreIx(0),
            missing_milli: least - sum,
            threshold_milli: least,
        })
    }

    fn times(&self, did: &Did) -> Need {
        let behaviour = &self.asked.version.model.behaviours[usize::from(did.behaviour.0)];
        let (wanted, days) = match did.at_least {
            Count::Times(times) => (times, false),
            Count::Days(days) => (days, true),
        };
        let so_often = |n: u16| Did { at_least: if days { Count::Days(n) } else { Count::Times(n) }, ..*did };
        let have = (1..wanted).take_while(|n| self.asked.holds(&Condition::Did(so_often(*n)), self.now)).count() as u16;
        Need::Times {
            behaviour: behaviour.name.clone(),
            label: behaviour.label.clone(),
            more: wanted - have,
            days,
            within_millis: did.within,
        }
    }
}
