//! A market of companies that do not exist, for showing and for trying: what their people do, what sales does about it,
//! and the raw records that the tools in between would send. The same seed gives the same bytes.
//!
//! [`market`] gives the records in the order in which they reach their topics; [`steps`] puts the engine's ticks
//! between them. Times of occurrence lie in the payloads, in simulated months; nothing here reads a clock. The market
//! knows nothing of playbooks and scores: its sales team calls whom it thinks worth a call. [`Summary`] tells what was
//! sent, so that the pipeline's figures can be held against it, and [`tool_settings`] what ingest must know of the
//! company's tools.

mod agenda;
mod calendar;
mod call;
mod crm;
mod deal;
mod dice;
mod exhibition;
mod mail;
mod names;
mod noise;
mod profile;
mod record;
mod sales;
mod seminar;
mod site;
mod strays;
mod summary;
#[cfg(test)]
mod tests;
mod tool;
mod tools;
mod town;
mod visit;

pub use record::{Break, Happening, Nature, RawEvent};
pub use summary::{Summary, Volume};
pub use tools::tool_settings;

use agenda::{Agenda, Job};
use calendar::{DAY, HOUR, office_time};
use noise::Noise;
use touchpoint::Timestamp;
use town::{AccountKind, Need, World};

/// What a market is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketSettings {
    pub seed: u64,
    /// Companies, of which each has a buying group of one to eight people.
    pub accounts: u32,
    /// The simulated months. A record that would arrive after the end is not sent.
    pub start: Timestamp,
    pub end: Timestamp,
    /// Simulated hours from one tick of the engine to the next; at least 1.
    pub tick_hours: u32,
    /// Of a thousand records, how many are sent again, held up for hours or days, or followed by a broken one.
    pub duplicates_per_mille: u32,
    pub late_per_mille: u32,
    pub broken_per_mille: u32,
}

impl MarketSettings {
    /// Six months of three hundred companies up to `end`.
    pub const fn until(end: Timestamp, seed: u64) -> Self {
        Self {
            seed,
            accounts: 300,
            start: end.plus_millis(-182 * DAY),
            end,
            tick_hours: 6,
            duplicates_per_mille: 15,
            late_per_mille: 15,
            broken_per_mille: 3,
        }
    }
}

/// One step of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Send(RawEvent),
    /// Simulated time has come this far: every record up to here was sent.
    Tick(Timestamp),
}

/// The market's raw records, in the order of [`RawEvent::at`].
pub fn market(settings: MarketSettings) -> Market {
    let mut agenda = Agenda::new(Noise::new(&settings));
    let mut world = World::new(&settings);
    open(&mut world, &mut agenda);
    Market { end: settings.end, world, agenda, summary: Summary::default() }
}

/// The records with a tick every [`MarketSettings::tick_hours`], and a last one at the end.
pub fn steps(settings: MarketSettings) -> Steps {
    let interval_millis = i64::from(settings.tick_hours.max(1)) * HOUR;
    let first_tick = settings.start.plus_millis(interval_millis);
    Steps { market: market(settings), interval_millis, next_tick: Some(first_tick) }
}

/// Plays the market while its records are asked for.
pub struct Market {
    end: Timestamp,
    world: World,
    agenda: Agenda,
    summary: Summary,
}

impl Market {
    /// Over the records that were handed out so far.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Lets people act until the next thing to happen is a record's arrival, and says when that is.
    fn advance(&mut self) -> Option<Timestamp> {
        loop {
            let at = self.agenda.peek().filter(|at| *at <= self.end)?;
            if self.agenda.next_is_arrival() {
                return Some(at);
            }
            let (at, job) = self.agenda.next()?;
            act(&mut self.world, &mut self.agenda, at, job);
        }
    }
}

impl Iterator for Market {
    type Item = RawEvent;

    fn next(&mut self) -> Option<RawEvent> {
        self.advance()?;
        match self.agenda.next() {
            Some((_, Job::Send(event))) => {
                self.summary.count(&event);
                Some(*event)
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for Market {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Market").field("end", &self.end).field("sent", &self.summary.records()).finish_non_exhaustive()
    }
}

/// The records and the ticks between them.
#[derive(Debug)]
pub struct Steps {
    market: Market,
    interval_millis: i64,
    next_tick: Option<Timestamp>,
}

impl Steps {
    /// Over the records that were handed out so far.
    pub const fn summary(&self) -> &Summary {
        self.market.summary()
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let arrival = self.market.advance();
        match (arrival, self.next_tick) {
            (Some(at), Some(tick)) if at > tick => {
                self.next_tick = Some(tick.plus_millis(self.interval_millis).min(self.market.end));
                Some(Step::Tick(tick))
            }
            (Some(_), _) => self.market.next().map(Step::Send),
            (None, Some(tick)) => {
                let last = tick >= self.market.end;
                let next = tick.plus_millis(self.interval_millis).min(self.market.end);
                self.next_tick = (!last).then_some(next);
                Some(Step::Tick(tick.min(self.market.end)))
            }
            (None, None) => None,
        }
    }
}

/// What is planned before anybody acts.
fn open(world: &mut World, agenda: &mut Agenda) {
    let (start, end) = (world.start, world.end);
    for account in 0..world.accounts.len() {
        let mut dice = world.accounts[account].dice.split();
        // The master and the house list are sent in the first two days.
        if dice.chance(550) || world.accounts[account].kind == AccountKind::Customer {
            agenda.plan(start.plus_millis(dice.between(HOUR, 44 * HOUR)), Job::HouseList { account });
        }
        awaken(world, agenda, account);
        for person in world.accounts[account].members.clone() {
            visit::plan(world, agenda, start, person, false);
        }
    }
    for (number, at) in (0..).zip(mail::newsletter_times(start, end)) {
        agenda.plan(at, Job::Newsletter { number });
    }
    for seminar in 0..world.seminars.len() {
        for days_before in [21, 8] {
            let day = calendar::day(world.seminars[seminar].starts_at.plus_millis(-days_before * DAY));
            agenda.plan(calendar::moment(calendar::business_day_from(day), 11 * HOUR), Job::Invitation { seminar });
        }
        agenda.plan(world.seminars[seminar].starts_at, Job::Session { seminar });
    }
    agenda.plan(exhibition::file_at(start, end), Job::CardFile);
    agenda.plan(start.plus_millis(HOUR), Job::Passerby);
    agenda.plan(start.plus_millis(5 * HOUR), Job::Crawl);
    agenda.plan(start.plus_millis(30 * HOUR), Job::Student);
}

/// When a company's need will grow, if it will: from latent to emerging to active within weeks, then it passes.
fn awaken(world: &mut World, agenda: &mut Agenda, account: usize) {
    let months = world.end.millis_since(world.start);
    let own = &mut world.accounts[account];
    if own.kind == AccountKind::Competitor {
        return;
    }
    let mut dice = own.dice.split();
    let furthest = dice.weighted(&[(400, Need::None), (230, Need::Latent), (170, Need::Emerging), (200, Need::Active)]);
    // Some are on their way already when the simulation begins.
    let mut at = world.start.plus_millis(dice.between(-50 * DAY, months * 3 / 4));
    for (need, least, most) in [(Need::Latent, 10, 40), (Need::Emerging, 14, 45), (Need::Active, 35, 90)] {
        if need > furthest {
            break;
        }
        agenda.plan(at.max(world.start), Job::Need { account, need });
        at = at.plus_millis(dice.between(least * DAY, most * DAY));
    }
    if furthest > Need::None {
        agenda.plan(at.max(world.start).plus_millis(10 * DAY), Job::Need { account, need: Need::Latent });
    }
}

fn act(world: &mut World, agenda: &mut Agenda, at: Timestamp, job: Job) {
    match job {
        // Arrivals are taken by the iterator.
        Job::Send(_) => {}
        Job::Need { account, need } => need_changes(world, agenda, at, account, need),
        Job::Visit { person, plan } => visit::planned(world, agenda, at, person, plan),
        Job::Passerby => strays::passerby(world, agenda, at),
        Job::Crawl => strays::crawl(world, agenda, at),
        Job::Student => strays::student(world, agenda, at),
        Job::HouseList { account } => profile::house_list(world, agenda, at, account),
        Job::Enrich { person } => profile::enrich(world, agenda, at, person),
        Job::Newsletter { number } => {
            let everybody: Vec<usize> = (0..world.people.len()).collect();
            mail::send(world, agenda, at, mail::newsletter(number), &everybody);
            cool_down(world);
        }
        Job::Invitation { seminar } => seminar::invite(world, agenda, at, seminar),
        Job::Session { seminar } => seminar::hold(world, agenda, seminar),
        Job::CardFile => exhibition::tell(world, agenda, at),
        Job::Call { person, reason, attempt } => call::outbound(world, agenda, at, person, reason, attempt),
        Job::CreateLead { person } => sales::create_lead(world, agenda, at, person),
        Job::Judge { person, again } => sales::judge(world, agenda, at, person, again),
        Job::Convert { person } => deal::convert(world, agenda, at, person),
        Job::Deal { deal } => deal::step(world, agenda, at, deal),
    }
}

fn need_changes(world: &mut World, agenda: &mut Agenda, at: Timestamp, account: usize, need: Need) {
    let own = &mut world.accounts[account];
    let grows = need > own.need;
    // While a deal runs, nothing else counts; a customer has what it needs.
    if own.deal_open || (own.kind == AccountKind::Customer && need > Need::Latent) {
        return;
    }
    own.need = need;
    let mut dice = own.dice.split();
    for person in own.members.clone() {
        if grows && dice.chance(600) {
            let at = office_time(at, &mut dice);
            visit::plan(world, agenda, at, person, true);
        }
    }
}

/// What somebody did weeks ago impresses inside sales less.
fn cool_down(world: &mut World) {
    for person in &mut world.people {
        person.warmth = person.warmth * 7 / 10;
    }
}
