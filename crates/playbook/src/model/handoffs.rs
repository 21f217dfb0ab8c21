//! Hand-offs: which contacts are passed to a person, to whom, and until when what is to be done.

use super::business::moment;
use super::{BehaviourIx, Condition, Label, Millis, Model, ScoreIx, Wait};
use jiff::civil;
use touchpoint::{Text, Timestamp};

/// Contacts who are passed to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Handoff {
    pub name: Text,
    /// Why they are passed on.
    pub label: Label,
    pub life_cycle: Text,
    /// Who is passed on when this begins to hold.
    pub opens: Condition,
    /// It stands as long as this holds.
    pub stands: Condition,
    /// Both: who is outside is passed on when this begins to hold.
    pub calls: Condition,
    /// The first that leads to somebody counts.
    pub routes: Vec<Route>,
    /// How long the team waits for more urgent ones before it gives this one to somebody.
    pub gather: Millis,
    /// The team takes it even when its capacity is used up.
    pub is_beyond_capacity: bool,
    pub first_attempt: Promise,
    pub decision: Promise,
    /// After this share of the time, in percent, a warning is given; `None`: none is.
    pub warn_at: Option<u8>,
    pub breach: Breach,
    /// The team's lead is told so long after a breach.
    pub lead_after: Option<Wait>,
    pub ask: Vec<Text>,
}

/// Until when something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    Within(Wait),
    /// At this time of the business day that comes so many business days after the day.
    OnDay {
        days: i64,
        at: civil::Time,
    },
}

/// What becomes of a hand-off that nobody has attended to in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// It stays where it is.
    Stay,
    /// Another member of the team takes it.
    Next,
    /// The team of this name takes it. (The breach of one version may come under another.)
    Team(Text),
    /// Nothing is expected any more.
    Close,
}

/// Somebody to whom contacts are passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub when: Option<Condition>,
    pub to: RouteTo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteTo {
    /// The partner that this attribute of the account names.
    Partner(Text),
    /// The owner of the contact.
    Owner,
    /// The person that this attribute of the account names.
    Person(Text),
    /// Its place in [`Model::teams`].
    Team(usize),
    /// The first team of the department that takes the contact, else the department as a whole;
    /// [`super::Stage::BY_COVERAGE`]: of the one that leads for the company's tier.
    Department(Text),
}

/// People who take hand-offs, by turns.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    pub name: Text,
    pub label: Label,
    pub department: Text,
    /// Which contacts they take; `None`: all.
    pub takes: Option<Condition>,
    pub members: Vec<Text>,
    /// How many hand-offs a member takes a business day; `None`: any number.
    pub capacity: Option<u32>,
    pub lead: Option<Text>,
}

/// What holds for all hand-offs together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HandingOver {
    /// What counts as an attempt to reach the contact.
    pub attempt: Option<BehaviourIx>,
    /// By which score a team takes the best first.
    pub best_first: Option<ScoreIx>,
}

impl Handoff {
    /// Every condition of it.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let in_routes = self.routes.iter().filter_map(|route| route.when.as_ref());
        [&self.opens, &self.stands].into_iter().chain(in_routes)
    }
}

impl Model {
    /// Until when a promise given at `from` is to be kept.
    pub fn promised(&self, from: Timestamp, promise: Promise) -> Timestamp {
        match promise {
            Promise::Within(wait) => self.after(from, wait),
            Promise::OnDay { days, at } => {
                let zone = self.business_zone();
                let day = from.to_jiff().to_zoned(zone.clone()).date();
                moment(zone, self.business_day_after(day, days).to_datetime(at))
            }
        }
    }

    /// When a share of the time of a promise, in percent, is over.
    pub fn warned(&self, from: Timestamp, promise: Promise, percent: u8) -> Timestamp {
        let part = |millis: Millis| millis.saturating_mul(Millis::from(percent)) / 100;
        match promise {
            Promise::Within(Wait::Plain(millis)) => from.plus_millis(part(millis)),
            Promise::Within(wait @ Wait::Business { .. }) => {
                let millis = part(wait.millis(self.business_calendar()));
                self.after(from, Wait::Business { days: 0, millis })
            }
            Promise::OnDay { .. } => {
                let due = self.promised(from, promise);
                match self.business_calendar() {
                    Some(calendar) => {
                        let millis = part(calendar.open_between(from, due));
                        self.after(from, Wait::Business { days: 0, millis })
                    }
                    None => from.plus_millis(part(due.millis_since(from))),
                }
            }
        }
    }

    /// The business day on which something that happens now counts, and when the one after it begins. Without a calendar,
    /// days of the playbook's zone.
    pub fn business_day(&self, at: Timestamp) -> (civil::Date, Timestamp) {
        let zone = self.business_zone();
        let open = self.after(at, Wait::Business { days: 0, millis: 0 });
        let day = open.to_jiff().to_zoned(zone.clone()).date();
        let opens = self.business_calendar().map_or(civil::Time::midnight(), |calendar| calendar.opens);
        (day, moment(zone, self.business_day_after(day, 1).to_datetime(opens)))
    }

    fn business_zone(&self) -> &jiff::tz::TimeZone {
        self.business_calendar().map_or(&self.zone, |calendar| &calendar.zone)
    }

    fn business_day_after(&self, day: civil::Date, days: i64) -> civil::Date {
        match self.business_calendar() {
            Some(calendar) => calendar.open_day_after(day, days),
            None => day.saturating_add(jiff::Span::new().days(days)),
        }
    }
}
