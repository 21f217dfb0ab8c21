//! Programmes: what is sent to whom in which order, and the rules that hold over all of them.

use super::calendar::Hours;
use super::{ConditionText, WaitText};
use crate::limits;
use crate::model::{Frequency, Per};
use crate::units::{Count, Duration, LabelText, Word};
use jiff::civil;
use notation::reading::{At, Many, Named, Unit};
use notation::units::YesNo;
use notation::{section, units};
use schemars::{Schema, json_schema};

section! {
    /// An Always-On sequence of steps that a contact goes through by what they do, and not by the calendar.
    struct ProgrammeText {
        /// What people read.
        label: LabelText,
        /// Of two programmes that would speak at once the one with the lower number does: 0 to 9.
        priority: At<Count>,
        /// Who comes in: those for whom this begins to hold.
        enters: ConditionText,
        /// Who leaves before the last step: as soon as this holds.
        leaves: Option<ConditionText>,
        /// Whoever was in it comes in again not before so long after it ended; never, if not said.
        again_after: Option<Duration>,
        /// The share of contacts who are left out, so that the effect can be told: `5%`.
        hold_out: Option<At<Percent>>,
        /// true: what they asked for themselves, as a confirmation. It is sent at once and without consent to marketing.
        transactional: Option<YesNo>,
        /// One after the other, unless a step says where to go on.
        steps: Named<StepText>,
    }
}

section! {
    /// One step: something is sent or done, then it is waited.
    struct StepText {
        /// When, counted from a campaign's beginning: `{before: 21d, campaign: seminar}`. Whoever comes here later than that
        /// goes on to the next step.
        at: Option<At<StepAtText>>,
        /// Only for these, as of then; everybody else goes on to the next step at once.
        when: Option<ConditionText>,
        /// The content that is sent; `next`: what the content map proposes.
        send: Option<At<Word>>,
        /// On which channel it is sent; else the first of the content's channels on which they can be reached.
        channel: Option<At<Word>>,
        /// What one of our people does, in a word: `call`, `visit`.
        task: Option<At<Word>>,
        /// The department that does it; `by_coverage`: the one that leads there for the company's tier.
        to: Option<At<Word>>,
        /// Questions that they ask.
        ask: Many<At<Word>>,
        /// true: as soon as the hours allow it; else at the contact's best hour, or the usual time, of the next day that they allow.
        soon: Option<YesNo>,
        /// How long it is waited after that, or business time.
        wait: Option<At<WaitText>>,
        /// It is waited until this holds, or until `wait` is over.
        until: Option<ConditionText>,
        /// The step to go on with when `until` holds; else the next one. `end` ends the programme.
        then: Option<At<Word>>,
        /// The step to go on with when `wait` is over; else the next one. `end` ends the programme.
        otherwise as "else": Option<At<Word>>,
    }
}

section! {
    /// A moment that is counted from a campaign's beginning; that beginning itself where neither is said.
    struct StepAtText {
        /// A campaign that says when it `starts`.
        campaign: At<Word>,
        /// So long before.
        before: Option<Duration>,
        /// So long after.
        after: Option<At<Duration>>,
    }
}

section! {
    /// What holds for all programmes together.
    struct SendingText {
        /// Messages are sent in these hours, in the zone of the contact: `08:00-18:00`.
        hours: Option<Hours>,
        /// On the days on which this one of `calendars` is open; the playbook's, if not said.
        calendar: Option<At<Word>>,
        /// When in these hours, if nothing says that it is urgent: `10:00`.
        usual_time: Option<At<Clock>>,
        /// The hour in which the contact opens and clicks most, instead of the usual time.
        best_hour: Option<At<BestHourText>>,
        /// The attribute of a contact that holds its time zone; the playbook's zone counts where it is not known.
        time_zone: Option<At<Word>>,
        /// Channel -> how many messages somebody gets at the most: `1 per business day`, `2 per 7d`.
        limits: Named<Many<FrequencyText>>,
        /// How long a message waits for its turn before it is dropped; forever, if not said.
        waits: Option<WaitText>,
        /// Nothing is sent, and nobody is given a task, while this holds. The waits of the steps go on.
        silent_while: Option<ConditionText>,
    }
}

section! {
    /// The hour of the contact's day in which a behaviour has occurred most: of its latest 20 occurrences those within `hours` count, and of equal hours the earliest.
    struct BestHourText {
        /// The behaviour.
        did: At<Word>,
        /// So many of them are needed, 1 to 20; with fewer it is the usual time.
        at_least: At<Count>,
    }
}

/// `5%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(pub(crate) u8);

impl Unit for Percent {
    const NAME: &str = "Percent";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse().ok());
        let expected = || "expected a share such as 5%".to_owned();
        number.filter(|percent| *percent <= 100).map(Self).ok_or_else(expected)
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "description": "A share: `5%`.", "pattern": "^\\s*[0-9]{1,3}\\s*%\\s*$" })
    }
}

/// A time of day: `10:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock(pub(crate) civil::Time);

impl Unit for Clock {
    const NAME: &str = "Clock";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let (hour, minute) = text.trim().split_once(':').unwrap_or_default();
        let time = hour.parse().ok().zip(minute.parse().ok());
        let time = time.and_then(|(hour, minute)| civil::Time::new(hour, minute, 0, 0).ok());
        time.map(Self).ok_or_else(|| "expected a time of day such as 10:00".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string", "description": "A time of day: `10:00`.", "pattern": "^[0-2]?[0-9]:[0-5][0-9]$" })
    }
}

/// `1 per business day`, `2 per 7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrequencyText(pub(crate) Frequency);

impl Unit for FrequencyText {
    const NAME: &str = "Frequency";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let expected = || {
            let most = limits::SENT_MAX;
            format!("expected how many in which time, as `1 per business day` or `2 per 7d` (1 to {most})")
        };
        let (count, per) = text.split_once(" per ").ok_or_else(expected)?;
        let at_most = count.trim().parse().ok().filter(|count| (1..=limits::SENT_MAX).contains(count));
        let per = match per.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["business", "day"] => Some(Per::Day),
            _ => {
                Duration::parse(per.trim(), true).ok().map(|span| Per::Span(span.0)).filter(|per| *per != Per::Span(0))
            }
        };
        let frequency = at_most.zip(per).map(|(at_most, per)| Self(Frequency { at_most, per }));
        frequency.ok_or_else(expected)
    }

    fn unit_schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "How many in which time: `1 per business day`, `2 per 7d`.",
            "pattern": "^\\s*[0-9]+ per (business day|[0-9].*)$"
        })
    }
}

units!(Percent, Clock, FrequencyText);
