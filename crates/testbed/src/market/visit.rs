//! On the web site: who comes, what they read, which form they send.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, HOUR, MINUTE, SECOND, office_time};
use super::dice::Dice;
use super::record::Happening;
use super::site::{Form, Page, Sight};
use super::tool::segment::{Arrival, Browser};
use super::town::{AccountKind, Need, Sales, Solution, World};
use super::{call, sales, seminar};
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// Plans somebody's next visit; what they planned before is void.
pub(super) fn plan(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, soon: bool) {
    let mut dice = world.throw(person);
    let account = world.account_of(person);
    let mean_days = match account.need {
        _ if account.kind == AccountKind::Competitor => 12,
        Need::None => 130,
        Need::Latent => 38,
        Need::Emerging => 13,
        Need::Active => 6,
    };
    let mean = mean_days * DAY * 100 / world.people[person].eagerness;
    let wait = if soon { dice.between(HOUR, 4 * DAY) } else { dice.between(mean / 8, mean * 15 / 8) };
    world.people[person].plan += 1;
    let next = office_time(at.plus_millis(wait), &mut dice);
    agenda.plan(next, Job::Visit { person, plan: world.people[person].plan });
}

/// A visit that was planned, and the plan for the next.
pub(super) fn planned(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, plan_number: u32) {
    if world.people[person].plan != plan_number {
        return;
    }
    let mut dice = world.throw(person);
    let maintenance = world.account_of(person).topic.solution == Solution::Maintenance;
    let ad = match maintenance {
        true => Arrival::Ad { campaign: "ads-maintenance", term: "予知保全" },
        false => Arrival::Ad { campaign: "ads-planning", term: "生産計画 システム" },
    };
    let arrival = dice.weighted(&[(45, Arrival::Search), (35, Arrival::Direct), (20, ad)]);
    visit(world, agenda, at, person, arrival, None);
    plan(world, agenda, at, person, false);
}

/// A visit from arrival to whatever it ends with.
pub(super) fn visit(
    world: &mut World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    arrival: Arrival,
    landing: Option<Page>,
) {
    let mut dice = world.throw(person);
    let (account, who) = (world.account_of(person), &world.people[person]);
    let (need, topic) = (account.need, account.topic);
    let (mut cookie, mut agent) = dice.pick_ref(&who.devices).clone();
    if let Some(shared) = account.shared_device.as_ref().filter(|_| dice.chance(250)) {
        cookie.clone_from(shared);
        agent = super::town::AGENTS[0].1;
    }
    // Advertisements lead to landing pages, which another tracker watches with cookies of its own.
    let on_landing_page = matches!(arrival, Arrival::Ad { .. });
    if on_landing_page {
        cookie = format!("lp-{cookie}");
    }
    let source = if on_landing_page { "rudderstack" } else { "segment" };
    let browser = Browser { source, cookie: &cookie, agent, tracking: Some(who.tracking), arrival };

    let pages = match need {
        Need::None => dice.between(1, 3),
        Need::Latent => dice.between(1, 5),
        Need::Emerging => dice.between(2, 7),
        Need::Active => dice.between(2, 8),
    };
    let (mut now, mut warmth, mut last) = (at, 0, Sight::Home.page(topic));
    for number in 0..pages {
        let mut topic = topic;
        if dice.chance(120) {
            topic = dice.pick(super::town::TOPICS);
        }
        last = landing.filter(|_| number == 0).unwrap_or_else(|| Sight::choose(need, &mut dice).page(topic));
        warmth += last.warmth;
        agenda.send(browser.page(now, last, number == 0, &mut dice));
        now = now.plus_millis(dice.between(12 * SECOND, 4 * MINUTE));
    }
    if need >= Need::Latent {
        for event in aside(&browser, now, last, topic.solution, &mut dice) {
            agenda.send(event);
        }
    }
    world.people[person].warmth += warmth;
    now = now.plus_millis(dice.between(20 * SECOND, 3 * MINUTE));
    if let Some(form) = tempted(world, now, person, &mut dice) {
        submit(world, agenda, now, person, form, &browser);
    } else if last == Sight::Seminars.page(topic) && dice.chance(400) {
        seminar::register_from_site(world, agenda, now, person);
    } else if need == Need::Active && dice.chance(7) {
        call::inbound(world, agenda, now.plus_millis(10 * MINUTE), person);
    }
    sales::notice_warmth(world, agenda, now, person);
}

/// Searching, watching, asking.
fn aside(
    browser: &Browser<'_>,
    at: Timestamp,
    page: Page,
    solution: Solution,
    dice: &mut Dice,
) -> Vec<super::record::RawEvent> {
    let mut events = Vec::new();
    if dice.chance(60) {
        let query = if solution == Solution::Maintenance { "設備保全 故障予兆" } else { "生産計画 納期" };
        events.push(browser.track(at, page, "Site Searched", json!({"query": query}), dice));
    }
    if dice.chance(50) {
        let (length, seen) = (180, dice.between(10, 180));
        let video = if solution == Solution::Maintenance { "tour-maintenance" } else { "tour-planning" };
        let properties = json!({"content_asset_id": video, "position": seen, "total_length": length});
        let event = if seen > 170 { "Video Playback Completed" } else { "Video Playback Paused" };
        events.push(browser.track(at.plus_millis(seen * SECOND / 10), page, event, properties, dice));
    }
    if dice.chance(10) {
        let properties = json!({"question": dice.chance(700), "agent_id": "chat-1"});
        events.push(browser.track(
            at.plus_millis(20 * SECOND),
            page,
            "Live Chat Conversation Started",
            properties,
            dice,
        ));
    }
    events
}

/// The form that this visit ends with, if any.
fn tempted(world: &World, at: Timestamp, person: usize, dice: &mut Dice) -> Option<Form> {
    let (account, who) = (world.account_of(person), &world.people[person]);
    if account.deal_open || matches!(who.sales, Sales::InDeal) {
        return None;
    }
    let longer_ago = |then: Option<Timestamp>, days: i64| then.is_none_or(|then| at.millis_since(then) > days * DAY);
    for &(form, per_mille) in Form::tempting(account.need) {
        let open = match form {
            Form::Documents => longer_ago(who.asked_at, 30),
            Form::Inquiry | Form::Quote | Form::Demo => {
                longer_ago(who.raised_at, 60) && account.kind == AccountKind::Prospect
            }
            other => !who.sent.contains(&other),
        };
        if dice.chance(per_mille * who.eagerness.unsigned_abs() / 100) && open {
            return Some(form);
        }
    }
    None
}

/// Sends a form: the tracker's event, who it was, the leave to write, and what sales makes of it.
fn submit(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, form: Form, browser: &Browser<'_>) {
    let mut dice = world.throw(person);
    let (event, page, name) = form.event();
    let topic = world.account_of(person).topic;
    agenda.send(browser.page(at.plus_millis(-10 * SECOND), page, false, &mut dice));
    let mut properties = fields(world, person);
    properties["form_name"] = json!(name);
    if let Some(content) = form.content(topic) {
        properties["dc_content"] = json!(content);
    }
    let solution = solution_name(topic.solution);
    match form {
        Form::Trial => properties["product"] = json!(solution),
        Form::Inquiry | Form::Quote | Form::Demo => {
            properties["message"] = json!(format!("{}についてお話を伺いたいです。", topic.issue_ja));
            properties["product"] = json!(solution);
        }
        _ => {}
    }
    let told = browser.track(at, page, event, properties, &mut dice);
    agenda.send(match form {
        Form::Inquiry | Form::Quote | Form::Demo => told.telling(Happening::HandRaised),
        Form::Documents => told.telling(Happening::DocumentRequested),
        Form::WhitePaper | Form::CaseBook | Form::Comparison => told.telling(Happening::Downloaded),
        Form::Newsletter | Form::Trial | Form::Recruiting => told,
    });
    let at = at.plus_millis(SECOND);
    agenda.send(browser.identify(at, page, traits(world, person, &mut dice), &mut dice));

    let who = &mut world.people[person];
    who.warmth += form.warmth();
    who.sent.push(form);
    match form {
        Form::Documents => who.asked_at = Some(at),
        form if form.raises_hand() => who.raised_at = Some(at),
        _ => {}
    }
    let wants_mail = form == Form::Newsletter || dice.chance(700);
    sales::becomes_known(world, agenda, at, person, wants_mail.then_some(name));
    if form != Form::Newsletter {
        sales::lead_from_form(world, agenda, at, person);
    }
    if form.raises_hand() {
        sales::hand_raised(world, agenda, at, person);
    }
}

/// What people type into a form.
fn fields(world: &World, person: usize) -> Json {
    let who = &world.people[person];
    let mut fields = json!({
        "email": who.email,
        "lastName": who.family.kanji,
        "firstName": who.given.kanji,
        "lastNameKana": who.family.kana,
        "firstNameKana": who.given.kana,
        "company": world.company_as_written(person),
        "department": format!("{}部", who.function),
        "jobTitle": who.rank,
        "phone": world.account_of(person).switchboard,
    });
    if let Some(mobile) = &who.mobile {
        fields["mobile"] = json!(mobile);
    }
    fields
}

/// What the site tells the tracker of somebody who sent a form: its lists ask for job and company, and not all answer.
fn traits(world: &World, person: usize, dice: &mut Dice) -> Json {
    let (who, account) = (&world.people[person], world.account_of(person));
    let mut traits = json!({"email": who.email, "lastName": who.family.kanji, "firstName": who.given.kanji});
    if dice.chance(650) {
        traits["rank"] = json!(who.rank);
        traits["function"] = json!(who.function);
    }
    let mut company = json!({"name": world.company_as_written(person)});
    if dice.chance(500) {
        company["industry"] = json!(account.industry);
        company["employee_count"] = json!(account.employees);
    }
    traits["company"] = company;
    traits
}

pub(super) const fn solution_name(solution: Solution) -> &'static str {
    match solution {
        Solution::Maintenance => "maintenance",
        Solution::Planning => "planning",
    }
}
