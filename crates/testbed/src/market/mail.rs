//! Mailings: who gets them, who reads them, and the machines that read them first.

use super::agenda::Agenda;
use super::calendar::{DAY, HOUR, MINUTE, SECOND, office_time};
use super::dice::Dice;
use super::record::Happening;
use super::site::{Page, Sight};
use super::tool::segment::Arrival;
use super::tool::sendgrid::{Message, posted};
use super::town::{Need, PHONE_AGENT, Solution, TOPICS, World};
use super::{seminar, visit};
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// What a mailing is about, and where its link leads.
#[derive(Clone, Copy)]
pub(super) struct Mailing {
    pub(super) campaign: &'static str,
    pub(super) content: &'static str,
    pub(super) page: Page,
    /// The seminar that it invites to.
    pub(super) invites_to: Option<usize>,
}

const NEWSLETTERS: &[(&str, &str, Sight, usize)] = &[
    ("news-downtime", "art-stop", Sight::Article, 0),
    ("news-planning", "art-plan", Sight::Article, 2),
    ("news-cases-m", "case-mid", Sight::Case, 0),
    ("news-cases-p", "case-mid", Sight::Case, 2),
    ("news-services", "services", Sight::Services, 0),
    ("news-materials", "wp-skill", Sight::Material, 0),
];

/// The newsletter of the month's `number`-th sending.
pub(super) fn newsletter(number: u32) -> Mailing {
    let (campaign, content, sight, topic) = NEWSLETTERS[number as usize % NEWSLETTERS.len()];
    Mailing { campaign, content, page: sight.page(TOPICS[topic]), invites_to: None }
}

/// Sends a mailing to all of `to` who may be written to, and plays what follows.
pub(super) fn send(world: &mut World, agenda: &mut Agenda, at: Timestamp, mailing: Mailing, to: &[usize]) {
    const POST_EVENTS_MAX: usize = 60;
    let mut dice = world.dice.split();
    let mut gathered = Vec::new();
    let mut now = at;
    for &person in to {
        if !world.people[person].subscribed {
            continue;
        }
        now = now.plus_millis(dice.between(100, 900));
        let message = Message {
            email: world.people[person].email.clone(),
            id: format!("{}.recvd-{}", dice.hex(22), dice.hex(8)),
            campaign: mailing.campaign,
            content: mailing.content,
        };
        gathered.push(message.event(now, "processed", json!({}), &mut dice));
        if dice.chance(8) {
            let refused = json!({"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown user"});
            gathered.push(message.event(now.plus_millis(2 * SECOND), "bounce", refused, &mut dice));
            world.people[person].subscribed = false;
        } else {
            let response = json!({"response": "250 OK", "tls": 1});
            gathered.push(message.event(now.plus_millis(2 * SECOND), "delivered", response, &mut dice));
            read(world, agenda, now.plus_millis(2 * SECOND), person, &message, mailing);
        }
        if gathered.len() >= POST_EVENTS_MAX {
            agenda.send(posted(now.plus_millis(8 * SECOND), std::mem::take(&mut gathered)));
        }
    }
    if !gathered.is_empty() {
        agenda.send(posted(now.plus_millis(8 * SECOND), gathered));
    }
}

/// One reader: first the machines, then perhaps the person.
fn read(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, message: &Message, mailing: Mailing) {
    let mut dice = world.throw(person);
    let account = world.account_of(person);
    let (need, topic) = (account.need, account.topic);
    if account.scans_mail {
        agenda.send(scanned(at, message, mailing, &mut dice));
    }
    // A privacy proxy loads every picture, read or not.
    if dice.chance(180) {
        let proxy = json!({"sg_machine_open": true, "useragent": "Mozilla/5.0"});
        let opened_at = at.plus_millis(dice.between(5 * SECOND, 5 * MINUTE));
        let open = message.event(opened_at, "open", proxy, &mut dice);
        agenda.send(posted(opened_at.plus_millis(10 * SECOND), vec![open]).by_machine());
    }
    let about_their_topic = about(mailing.content).is_none_or(|solution| solution == topic.solution);
    let (opens, clicks) = match (need, about_their_topic) {
        (Need::None, _) => (130, 60),
        (Need::Latent, true) => (260, 140),
        (Need::Emerging, true) => (400, 260),
        (Need::Active, true) => (480, 330),
        (_, false) => (170, 60),
    };
    if !dice.chance(opens) {
        return;
    }
    let opened_at = office_time(
        at.plus_millis(dice.weighted(&[(70, 1), (20, 8), (10, 40)]) * dice.between(5 * MINUTE, HOUR)),
        &mut dice,
    );
    let agent = if dice.chance(200) { PHONE_AGENT } else { super::town::AGENTS[0].1 };
    let reader = json!({"useragent": agent, "sg_machine_open": false});
    let mut events = vec![message.event(opened_at, "open", reader, &mut dice)];
    let mut last = opened_at;
    let mut happening = None;
    if dice.chance(clicks) {
        last = opened_at.plus_millis(dice.between(8 * SECOND, 90 * SECOND));
        events.push(message.event(last, "click", clicked(mailing, agent, 0), &mut dice));
        if mailing.invites_to.is_some_and(|number| seminar::register_from_mail(world, agenda, last, person, number)) {
            // The link led to the registration.
        } else {
            let arrival = Arrival::Mail { campaign: mailing.campaign, content: mailing.content };
            visit::visit(world, agenda, last.plus_millis(2 * SECOND), person, arrival, Some(mailing.page));
        }
    } else if dice.chance(if need == Need::None { 25 } else { 8 }) {
        last = opened_at.plus_millis(dice.between(5 * SECOND, MINUTE));
        let reported = dice.chance(60);
        let event = if reported { "spamreport" } else { "unsubscribe" };
        events.push(message.event(last, event, json!({"useragent": agent}), &mut dice));
        world.people[person].subscribed = false;
        happening = Some(Happening::Unsubscribed);
    }
    world.people[person].warmth += 1;
    let post = posted(last.plus_millis(dice.between(3 * SECOND, 40 * SECOND)), events);
    agenda.send(super::record::RawEvent { happening, ..post });
}

/// A gateway opens every link within a second or two, some under their own name and some as a browser.
fn scanned(at: Timestamp, message: &Message, mailing: Mailing, dice: &mut Dice) -> super::record::RawEvent {
    let agent = dice.pick(&["Barracuda Sentinel (EE)", super::town::AGENTS[0].1]);
    let begins = at.plus_millis(dice.between(4 * SECOND, 40 * SECOND));
    let mut events: Vec<Json> = Vec::new();
    for link in 0..4 {
        let clicked_at = begins.plus_millis(link * 400);
        events.push(message.event(clicked_at, "click", clicked(mailing, agent, link), dice));
    }
    super::tool::sendgrid::posted(begins.plus_millis(6 * SECOND), events).by_machine()
}

fn clicked(mailing: Mailing, agent: &str, link: i64) -> Json {
    let path = if link == 0 { mailing.page.path } else { ["/", "/services", "/unsubscribe"][link as usize % 3] };
    json!({
        "url": format!("https://www.kojo-cloud.example{path}?dc_content={}", mailing.content),
        "url_offset": {"index": link, "type": "html"},
        "useragent": agent,
    })
}

/// The solution that an asset is about.
fn about(content: &str) -> Option<Solution> {
    match content {
        "art-stop" | "wp-skill" | "sem-maint" => Some(Solution::Maintenance),
        "art-plan" | "wp-otd" | "sem-plan" => Some(Solution::Planning),
        _ => None,
    }
}

/// The days on which newsletters go out: the second Tuesday's morning of each month, then two weeks later.
pub(super) fn newsletter_times(start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let mut times = Vec::new();
    let mut at = start.plus_millis(8 * DAY);
    while at < end {
        let day = super::calendar::business_day_from(super::calendar::day(at));
        times.push(super::calendar::moment(day, 10 * HOUR));
        at = at.plus_millis(15 * DAY);
    }
    times
}
