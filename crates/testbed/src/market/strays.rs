//! Visitors who are nobody's demand: those who pass by, who look for work, and machines.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, HOUR, MINUTE, SECOND, business_days_later};
use super::dice::Dice;
use super::names::{FAMILIES, GIVENS};
use super::profile;
use super::site::{Form, Sight};
use super::tool::segment::{Arrival, Browser};
use super::town::{AGENTS, Need, PHONE_AGENT, TOPICS, World};
use serde_json::json;
use touchpoint::Timestamp;

/// Somebody from anywhere, once; then the next.
pub(super) fn passerby(world: &mut World, agenda: &mut Agenda, at: Timestamp) {
    let mut dice = world.dice.split();
    let cookie = dice.hex(12);
    let agent = dice.weighted(&[(60, AGENTS[0].1), (40, PHONE_AGENT)]);
    let tracking = dice.weighted(&[(50, Some(true)), (20, Some(false)), (30, None)]);
    let arrival = dice.pick(&[Arrival::Search, Arrival::Direct]);
    let browser = Browser { source: "segment", cookie: &cookie, agent, tracking, arrival };
    let mut now = at;
    for number in 0..dice.between(1, 3) {
        let page = Sight::choose(Need::None, &mut dice).page(dice.pick(TOPICS));
        agenda.send(browser.page(now, page, number == 0, &mut dice));
        now = now.plus_millis(dice.between(10 * SECOND, 3 * MINUTE));
    }
    // Somewhat fewer than one a day for every fifty companies of the market.
    let mean = (40 * DAY / world.accounts.len().max(1) as i64).max(MINUTE);
    agenda.plan(at.plus_millis(dice.between(mean / 4, mean * 7 / 4)), Job::Passerby);
}

/// A search engine or a checker reads the site from end to end.
pub(super) fn crawl(world: &mut World, agenda: &mut Agenda, at: Timestamp) {
    const AGENTS: [&str; 3] = [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
    ];
    let mut dice = world.dice.split();
    let cookie = dice.hex(12);
    let browser = Browser {
        source: "segment",
        cookie: &cookie,
        agent: dice.pick(&AGENTS),
        tracking: None,
        arrival: Arrival::Direct,
    };
    let mut now = at;
    for _ in 0..dice.between(8, 30) {
        let page = Sight::choose(Need::Active, &mut dice).page(dice.pick(TOPICS));
        agenda.send(browser.page(now, page, false, &mut dice).by_machine());
        now = now.plus_millis(dice.between(300, 4 * SECOND));
    }
    agenda.plan(at.plus_millis(dice.between(20 * HOUR, 4 * DAY)), Job::Crawl);
}

/// Somebody who looks for work: careers pages, now and then an application, and then they are known for what they are.
pub(super) fn student(world: &mut World, agenda: &mut Agenda, at: Timestamp) {
    let mut dice = world.dice.split();
    let cookie = dice.hex(12);
    let browser = Browser {
        source: "segment",
        cookie: &cookie,
        agent: PHONE_AGENT,
        tracking: Some(true),
        arrival: Arrival::Search,
    };
    let mut now = at;
    for number in 0..dice.between(2, 6) {
        let sight = dice.weighted(&[(60, Sight::Careers), (15, Sight::Home), (15, Sight::News), (10, Sight::Product)]);
        agenda.send(browser.page(now, sight.page(TOPICS[0]), number == 0, &mut dice));
        now = now.plus_millis(dice.between(20 * SECOND, 4 * MINUTE));
    }
    if dice.chance(300) {
        apply(agenda, now, &browser, &mut dice);
    }
    agenda.plan(at.plus_millis(dice.between(DAY, 6 * DAY)), Job::Student);
}

fn apply(agenda: &mut Agenda, at: Timestamp, browser: &Browser<'_>, dice: &mut Dice) {
    let (family, given) = (dice.pick(FAMILIES), dice.pick(GIVENS));
    let email = format!("{}.{}{}@students.example", given.latin, family.latin, dice.below(10_000));
    let (event, page, name) = Form::Recruiting.event();
    let properties = json!({
        "form_name": name,
        "purpose": "recruit",
        "email": email,
        "lastName": family.kanji,
        "firstName": given.kanji,
    });
    agenda.send(browser.page(at, page, false, dice));
    let sent_at = at.plus_millis(3 * MINUTE);
    agenda.send(browser.track(sent_at, page, event, properties, dice));
    agenda.send(browser.identify(sent_at.plus_millis(SECOND), page, json!({"email": email}), dice));
    profile::student(agenda, business_days_later(sent_at, 2, dice), &email, dice);
}
