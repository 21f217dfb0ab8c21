//! Seminars on Zoom: invited by mail, registered, joined or not, asked afterwards.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, HOUR, MINUTE, SECOND, business_day_from, business_days_later, day, moment};
use super::call::Reason;
use super::dice::Dice;
use super::mail::{self, Mailing};
use super::record::Happening;
use super::sales;
use super::site::Sight;
use super::tool::canonical::Told;
use super::tool::zoom::seconds;
use super::town::{AccountKind, Need, Sales, Solution, TOPICS, World};
use serde_json::{Value as Json, json};
use touchpoint::{Date, Timestamp};

/// One session.
pub(super) struct Seminar {
    pub(super) solution: Solution,
    /// Zoom's id of the webinar.
    pub(super) webinar: u64,
    pub(super) uuid: String,
    pub(super) starts_at: Timestamp,
    pub(super) minutes: i64,
    registrants: Vec<Registrant>,
}

#[derive(Clone)]
struct Registrant {
    person: usize,
    id: String,
    cancelled: bool,
}

/// Webinar ids begin here; the n-th seminar of a market has the n-th.
const WEBINARS_FROM: u64 = 98_700_000_000;

impl Seminar {
    /// The campaign of the playbook that it belongs to; also its asset.
    pub(super) const fn campaign(&self) -> &'static str {
        match self.solution {
            Solution::Maintenance => "sem-maint",
            Solution::Planning => "sem-plan",
        }
    }

    pub(super) const fn title(&self) -> &'static str {
        match self.solution {
            Solution::Maintenance => "予知保全入門セミナー",
            Solution::Planning => "生産計画DXセミナー",
        }
    }

    fn ends_at(&self) -> Timestamp {
        self.starts_at.plus_millis(self.minutes * MINUTE)
    }
}

/// Every three weeks one, by turns on the two solutions; the first leaves time to invite.
pub(super) fn programme(start: Timestamp, end: Timestamp) -> Vec<Seminar> {
    let mut seminars = Vec::new();
    let mut at = start.plus_millis(24 * DAY);
    while at < end {
        let number = seminars.len() as u64;
        // Thursdays are when people find an hour.
        let today = day(at).as_days();
        let thursday = Date::from_days(today - (today + 4).rem_euclid(7) + 4);
        seminars.push(Seminar {
            solution: if number.is_multiple_of(2) { Solution::Maintenance } else { Solution::Planning },
            webinar: webinar(number),
            uuid: Dice::new(webinar(number)).hex(22),
            starts_at: moment(business_day_from(thursday), 15 * HOUR),
            minutes: 60,
            registrants: Vec::new(),
        });
        at = at.plus_millis(21 * DAY);
    }
    seminars
}

/// The webinars that a market may hold, with their campaigns: what the company writes into its settings.
pub(super) fn campaigns() -> impl Iterator<Item = (u64, &'static str)> {
    const WEBINARS_MAX: u64 = 200;
    (0..WEBINARS_MAX).map(|number| (webinar(number), if number.is_multiple_of(2) { "sem-maint" } else { "sem-plan" }))
}

const fn webinar(number: u64) -> u64 {
    WEBINARS_FROM + number
}

pub(super) fn invite(world: &mut World, agenda: &mut Agenda, at: Timestamp, number: usize) {
    let seminar = &world.seminars[number];
    let mailing = Mailing {
        campaign: seminar.campaign(),
        content: seminar.campaign(),
        page: Sight::Seminars.page(TOPICS[0]),
        invites_to: Some(number),
    };
    let registered: Vec<usize> = seminar.registrants.iter().map(|registrant| registrant.person).collect();
    let mut to: Vec<usize> = (0..world.people.len()).filter(|person| world.people[*person].subscribed).collect();
    to.retain(|person| !registered.contains(person));
    mail::send(world, agenda, at, mailing, &to);
}

/// Somebody followed the link of an invitation. True when they registered.
pub(super) fn register_from_mail(
    world: &mut World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    number: usize,
) -> bool {
    let mut dice = world.throw(person);
    let account = world.account_of(person);
    let fitting = account.topic.solution == world.seminars[number].solution;
    let willing = match account.need {
        Need::None => 220,
        Need::Latent => 420,
        Need::Emerging | Need::Active => 620,
    };
    let registers = dice.chance(if fitting { willing } else { willing / 3 });
    if registers {
        register(world, agenda, at.plus_millis(dice.between(40 * SECOND, 5 * MINUTE)), person, number, "newsletter");
    }
    registers
}

/// Somebody found the next seminar on the site.
pub(super) fn register_from_site(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let solution = world.account_of(person).topic.solution;
    let next = world
        .seminars
        .iter()
        .position(|seminar| seminar.solution == solution && seminar.starts_at > at.plus_millis(HOUR));
    if let Some(number) = next {
        register(world, agenda, at, person, number, "website");
    }
}

fn register(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, number: usize, found: &str) {
    let seminar = &world.seminars[number];
    let too_late = at.plus_millis(10 * MINUTE) > seminar.starts_at;
    if too_late || seminar.registrants.iter().any(|registrant| registrant.person == person) {
        return;
    }
    let mut dice = world.throw(person);
    let seminar = &world.seminars[number];
    let (who, account) = (&world.people[person], world.account_of(person));
    let id = dice.hex(22);
    let mut questions = vec![json!({"title": "参加のきっかけ", "value": "業務の参考"})];
    if dice.chance(if account.need >= Need::Emerging { 700 } else { 300 }) {
        questions.push(json!({"title": "課題は何ですか", "value": account.topic.issue}));
    }
    let timeframe = match account.need {
        Need::Active => dice.pick(&["1-3 months", "4-6 months"]),
        Need::Emerging => dice.pick(&["4-6 months", "More than 6 months"]),
        _ => "No timeframe",
    };
    let mut registrant = json!({
        "id": id,
        "first_name": who.given.kanji,
        "last_name": who.family.kanji,
        "email": who.email,
        "phone": account.switchboard,
        "country": "JP",
        "industry": account.industry,
        "org": world.company_as_written(person),
        "job_title": who.rank,
        "no_of_employees": employees_range(account.employees),
        "custom_questions": questions,
        "status": "approved",
        "tracking_source": {"id": found, "source_name": found, "tracking_url": "https://zoom.us/webinar/register"},
    });
    if dice.chance(450) {
        registrant["purchasing_time_frame"] = json!(timeframe);
    }
    let told = seminar.registration("webinar.registration_created", at, &registrant);
    agenda.send(told.telling(Happening::Registered));
    let cancels_at = seminar.starts_at.plus_millis(-dice.between(2 * HOUR, 3 * DAY));
    let cancelled = dice.chance(50) && cancels_at > at.plus_millis(HOUR);
    if cancelled {
        let registrant =
            json!({"id": id, "first_name": who.given.kanji, "last_name": who.family.kanji, "email": who.email});
        agenda.send(seminar.registration("webinar.registration_cancelled", cancels_at, &registrant));
    }
    world.seminars[number].registrants.push(Registrant { person, id, cancelled });
    world.people[person].warmth += 8;
    let leave = dice.chance(600).then_some("セミナー申込");
    sales::becomes_known(world, agenda, at, person, leave);
    sales::lead_from_form(world, agenda, at, person);
}

/// The hour itself: begins when the webinar starts, and is told as it goes.
pub(super) fn hold(world: &mut World, agenda: &mut Agenda, number: usize) {
    let mut dice = world.dice.split();
    let seminar = &world.seminars[number];
    agenda.send(seminar.itself("webinar.started", seminar.starts_at));
    agenda.send(seminar.itself("webinar.ended", seminar.ends_at()));
    for Registrant { person, id, cancelled } in seminar.registrants.clone() {
        if cancelled {
            continue;
        }
        let need = world.account_of(person).need;
        let comes = dice.chance(if need >= Need::Emerging { 720 } else { 560 });
        if comes {
            attend(world, agenda, number, person, &id, &mut dice);
        } else if dice.chance(250) {
            watch_recording(world, agenda, number, person, &mut dice);
        }
    }
}

fn attend(world: &mut World, agenda: &mut Agenda, number: usize, person: usize, id: &str, dice: &mut Dice) {
    let seminar = &world.seminars[number];
    let who = &world.people[person];
    let mut joined_at = seminar.starts_at.plus_millis(dice.between(0, 14 * MINUTE));
    let leaves_at = seminar
        .starts_at
        .plus_millis(dice.weighted(&[(12, 15), (18, 40), (70, 60)]) * MINUTE + dice.between(0, 4 * MINUTE));
    let parts = if dice.chance(130) { 2 } else { 1 };
    for part in 1..=parts {
        let left_at = if part < parts {
            joined_at.plus_millis(dice.between(MINUTE, 9 * MINUTE))
        } else {
            leaves_at.max(joined_at.plus_millis(MINUTE))
        };
        let mut participant = json!({
            "user_id": (16_778_240 + person).to_string(),
            "user_name": format!("{} {}", who.family.kanji, who.given.kanji),
            "id": "",
            "email": who.email,
            "registrant_id": id,
            "participant_uuid": dice.hex(22),
            "join_time": seconds(joined_at),
        });
        agenda.send(seminar.participation("webinar.participant_joined", joined_at, &participant));
        participant["leave_time"] = json!(seconds(left_at));
        participant["leave_reason"] = json!("left the webinar.<br>Reason: left the webinar.");
        agenda.send(seminar.participation("webinar.participant_left", left_at, &participant));
        joined_at = left_at.plus_millis(dice.between(20 * SECOND, 3 * MINUTE));
    }
    if dice.chance(350) {
        answer(world, agenda, number, person, dice);
    }
    let who = &mut world.people[person];
    who.warmth += 16;
    if world.account_of(person).need >= Need::Emerging && dice.chance(300) {
        called_afterwards(world, agenda, number, person, dice);
    }
}

/// The questionnaire at the end.
fn answer(world: &World, agenda: &mut Agenda, number: usize, person: usize, dice: &mut Dice) {
    let (seminar, account) = (&world.seminars[number], world.account_of(person));
    let at = seminar.ends_at().plus_millis(dice.between(MINUTE, 30 * MINUTE));
    let timeframe = match account.need {
        Need::Active => dice.pick(&["3m", "6m"]),
        Need::Emerging => dice.pick(&["6m", "12m"]),
        _ => "unknown",
    };
    let touchpoint = json!({
        "direction": "in",
        "identifiers": {"email": world.people[person].email},
        "campaign": seminar.campaign(),
        "answers": {"issue": account.topic.issue, "timeframe": timeframe},
        "properties": {"event": format!("zoom:{}", seminar.webinar), "satisfaction": dice.between(2, 5)},
    });
    agenda.send(event_told(seminar, at, "survey", person, touchpoint).plain(at.plus_millis(20 * SECOND)));
}

/// The recording, the day after.
fn watch_recording(world: &World, agenda: &mut Agenda, number: usize, person: usize, dice: &mut Dice) {
    let seminar = &world.seminars[number];
    let at = business_days_later(seminar.ends_at(), dice.between(1, 4), dice);
    let touchpoint = json!({
        "direction": "in",
        "identifiers": {"email": world.people[person].email},
        "campaign": seminar.campaign(),
        "properties": {"event": format!("zoom:{}", seminar.webinar), "percent": dice.between(5, 100)},
    });
    agenda.send(event_told(seminar, at, "on_demand_viewed", person, touchpoint).plain(at.plus_millis(30 * SECOND)));
}

fn event_told<'a>(seminar: &Seminar, at: Timestamp, kind: &'a str, person: usize, touchpoint: Json) -> Told<'a> {
    let id = format!("{}-{kind}-{person}", seminar.webinar);
    Told { source: "seminar-desk", id, occurred_at: at, channel: "event", kind, touchpoint }
}

fn called_afterwards(world: &mut World, agenda: &mut Agenda, number: usize, person: usize, dice: &mut Dice) {
    let account = world.account_of(person);
    if account.kind != AccountKind::Prospect || account.deal_open || world.people[person].sales != Sales::Idle {
        return;
    }
    world.people[person].sales = Sales::Calling;
    let then = business_days_later(world.seminars[number].ends_at(), dice.between(1, 3), dice);
    agenda.plan(then, Job::Call { person, reason: Reason::Seminar, attempt: 1 });
}

/// Zoom's choices.
const fn employees_range(employees: i64) -> &'static str {
    match employees {
        ..=20 => "1-20",
        21..=50 => "21-50",
        51..=100 => "51-100",
        101..=500 => "101-500",
        501..=1000 => "501-1,000",
        1001..=5000 => "1,001-5,000",
        _ => "5,001-10,000",
    }
}
