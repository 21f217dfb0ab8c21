//! Programmes: sequences of steps, and the rules that hold over all of them.

use super::business::{CLOSED_DAYS_MAX, moment};
use super::{AssetIx, BehaviourIx, Calendar, Condition, Count, Did, Label, Millis, Wait};
use jiff::civil;
use touchpoint::{Text, Timestamp};

/// An Always-On sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Programme {
    pub name: Text,
    pub label: Label,
    /// Of two that would speak at once the one with the lower number does; of equals the first in the file.
    pub priority: u8,
    /// Who comes in when this begins to hold.
    pub enters: Condition,
    /// Who leaves before the last step.
    pub leaves: Option<Condition>,
    /// Whoever was in it comes in again so long after it ended; `None`: never.
    pub again_after: Option<Millis>,
    /// Percent of the contacts who are left out.
    pub hold_out: u8,
    /// What was asked for: outside limits and hours, and without consent to marketing.
    pub is_transactional: bool,
    pub steps: Vec<Step>,
}

impl Programme {
    /// Every condition of it.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let in_steps = self.steps.iter().flat_map(|step| step.when.iter().chain(&step.until));
        std::iter::once(&self.enters).chain(&self.leaves).chain(in_steps)
    }
}

/// One step: something is sent or done, then it is waited.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: Text,
    /// Not before this moment; who comes here later goes on to the next one.
    pub at: Option<Timestamp>,
    /// Everybody else goes on to the next one.
    pub when: Option<Condition>,
    pub act: Option<Act>,
    /// As soon as the hours allow it; else at the time of day of [`Sending::time_of_day`].
    pub is_soon: bool,
    pub wait: Option<Wait>,
    pub until: Option<Condition>,
    /// Where to go on when `until` holds, or nothing is to be waited for.
    pub then: Goto,
    /// Where to go on when the wait is over.
    pub otherwise: Goto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goto {
    /// This step of the programme.
    Step(usize),
    End,
}

impl Goto {
    /// On from the step `at` of so many.
    pub const fn after(at: usize, steps: usize) -> Self {
        if at + 1 < steps { Self::Step(at + 1) } else { Self::End }
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `channel`: else the first of the content's on which the contact can be reached.
    Send { content: Sent, channel: Option<Text> },
    /// By one of our people.
    Task {
        task: Text,
        /// A department; [`super::Stage::BY_COVERAGE`]: the one that leads for the company's tier.
        to: Text,
        ask: Vec<Text>,
    },
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    This(AssetIx),
    /// What the content map proposes then.
    Next,
}

/// What holds for all programmes together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sending {
    pub hours: Option<Hours>,
    pub best_hour: Option<BestHour>,
    /// Place of the calendar in [`super::Model::calendars`] whose days count; `None`: every day.
    pub calendar: Option<usize>,
    /// The attribute of a contact that holds its time zone.
    pub time_zone: Option<Text>,
    /// By channel.
    pub limits: Vec<(Text, Vec<Frequency>)>,
    /// How long a message waits for its turn; `None`: for ever.
    pub waits: Option<Wait>,
    pub silent_while: Option<Condition>,
}

/// Hours of a day in which messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub from: civil::Time,
    /// Later on the same day.
    pub until: civil::Time,
    /// For what is not urgent; within the hours.
    pub usual: civil::Time,
}

/// The hour in which somebody opens and clicks most: the time of day for what is not urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestHour {
    pub behaviour: BehaviourIx,
    /// Fewer tell nothing.
    pub at_least: u16,
}

impl BestHour {
    /// The latest occurrences that are looked at: what somebody did years ago is no habit.
    pub const LATEST: u16 = 20;

    /// What state has to keep for it.
    pub(crate) const fn counted(self) -> Did {
        Did { at_least: Count::Times(Self::LATEST), ..Did::ever(self.behaviour) }
    }
}

/// So many messages in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    pub at_most: u16,
    pub per: Per,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A day on which messages are sent.
    Day,
    /// So many milliseconds.
    Span(Millis),
}

impl Sending {
    /// The time of day at which somebody gets what is not urgent who did at these moments what [`Sending::best_hour`] looks
    /// at: the hour of most of them, of equals the earliest. An hour in which nothing is sent is none.
    pub fn time_of_day(&self, done: &[Timestamp], zone: &jiff::tz::TimeZone) -> Option<civil::Time> {
        let hours = self.hours?;
        let latest = &done[done.len().saturating_sub(usize::from(BestHour::LATEST))..];
        let mut counts = [0_u16; 24];
        for at in latest {
            let hour = at.to_jiff().to_zoned(zone.clone()).hour();
            if (hours.from..hours.until).contains(&civil::time(hour, 0, 0, 0)) {
                counts[usize::from(hour.unsigned_abs())] += 1;
            }
        }
        let best = (0_i8..).zip(counts).max_by_key(|(hour, count)| (*count, std::cmp::Reverse(*hour)));
        let is_known = self.best_hour.is_some_and(|best| best.at_least <= counts.iter().sum());
        Some(best.filter(|_| is_known).map_or(hours.usual, |(hour, _)| civil::time(hour, 0, 0, 0)))
    }

    /// The first moment, `from` or later, at which a message may be sent: in the hours of an open day in the contact's zone;
    /// at this time of day, if there is one.
    pub fn slot(
        &self,
        from: Timestamp,
        time: Option<civil::Time>,
        zone: &jiff::tz::TimeZone,
        calendars: &[Calendar],
    ) -> Timestamp {
        let Some(hours) = self.hours else { return from };
        let calendar = self.calendar.and_then(|at| calendars.get(at));
        let start = from.to_jiff().to_zoned(zone.clone());
        let mut date = start.date();
        // A calendar that is closed for longer at a stretch keeps nothing waiting: messages are sent then all the same.
        for _ in 0..CLOSED_DAYS_MAX {
            if calendar.is_none_or(|calendar| calendar.is_open_on(date)) {
                let at = |time| moment(zone, date.to_datetime(time));
                let (opens, closes) = (at(hours.from), at(hours.until));
                let first = time.map_or_else(|| from.max(opens), at);
                if from <= first && first < closes {
                    return first;
                }
            }
            date = match date.tomorrow() {
                Ok(next) => next,
                Err(_) => break,
            };
        }
        from
    }

    /// When the hours of that moment's day end; `None` where there are none, and outside of them.
    pub fn closes(&self, at: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
        let hours = self.hours?;
        Some(moment(zone, at.to_jiff().to_zoned(zone.clone()).date().to_datetime(hours.until)))
            .filter(|closes| at < *closes)
    }

    /// When the next day begins in the contact's zone.
    pub fn next_day(at: Timestamp, zone: &jiff::tz::TimeZone) -> Timestamp {
        let date = at.to_jiff().to_zoned(zone.clone()).date();
        date.tomorrow().map_or(Timestamp::MAX, |next| moment(zone, next.to_datetime(civil::Time::midnight())))
    }

    /// For how long sent messages count.
    pub fn longest_memory(&self) -> Millis {
        let spans = self.limits.iter().flat_map(|(_, limits)| limits).map(|limit| match limit.per {
            // A day of the contact's zone may have 25 hours.
            Per::Day => 25 * 3_600_000,
            Per::Span(span) => span,
        });
        spans.max().unwrap_or_default()
    }

    pub fn limits_of(&self, channel: &str) -> &[Frequency] {
        self.limits.iter().find(|(have, _)| have == channel).map_or(&[], |(_, limits)| limits)
    }
}
