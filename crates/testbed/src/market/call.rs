//! On the phone: inside sales calls those on its list, and some customers call first.

use super::agenda::{Agenda, Job};
use super::calendar::{HOUR, MINUTE, business_days_later, office_time};
use super::crm::inside_sales;
use super::dice::Dice;
use super::record::Happening;
use super::sales;
use super::tool::amazon_connect::Call;
use super::tool::canonical::Told;
use super::town::{Need, Sales, World};
use serde_json::{Map, Value as Json, json};
use touchpoint::Timestamp;

/// Why inside sales calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// They asked for it.
    Hand,
    /// They did much.
    Activity,
    /// They attended a seminar and put a question.
    Seminar,
}

const ATTEMPTS_MAX: u8 = 3;

pub(super) fn outbound(
    world: &mut World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    reason: Reason,
    attempt: u8,
) {
    if world.people[person].sales != Sales::Calling {
        return;
    }
    let mut dice = world.throw(person);
    let reached = dice.chance(if reason == Reason::Hand { 620 } else { 430 });
    if !reached {
        let disposition = dice.weighted(&[(50, "不在"), (15, "受付ブロック"), (15, "留守電"), (20, "")]);
        let mut written = Map::new();
        if !disposition.is_empty() {
            written.insert(String::from("disposition"), json!(disposition));
        }
        let ended_at = place(world, agenda, at, person, "OUTBOUND", None, written, &mut dice);
        if attempt < ATTEMPTS_MAX {
            let then = business_days_later(at, dice.between(1, 2), &mut dice);
            agenda.plan(then, Job::Call { person, reason, attempt: attempt + 1 });
        } else if reason == Reason::Hand {
            sales::reject(world, agenda, ended_at.plus_millis(HOUR), person, "no_contact");
        } else {
            world.people[person].sales = Sales::Idle;
        }
        return;
    }
    let need = world.account_of(person).need;
    let disposition = dice.weighted(match need {
        Need::Active => &[(48, "興味あり"), (32, "アポ獲得"), (10, "資料希望"), (10, "折り返し希望")],
        Need::Emerging => &[(24, "興味あり"), (8, "アポ獲得"), (32, "資料希望"), (18, "later"), (18, "ニーズなし")],
        Need::Latent | Need::None => &[(4, "興味あり"), (26, "資料希望"), (20, "later"), (50, "ニーズなし")],
    });
    let written = talk(world, person, disposition, &mut dice);
    let talk_millis = Some(dice.between(MINUTE, 14 * MINUTE));
    let ended_at = place(world, agenda, at, person, "OUTBOUND", talk_millis, written, &mut dice);
    let told_at = ended_at.plus_millis(dice.between(MINUTE, 30 * MINUTE));
    match disposition {
        "興味あり" | "アポ獲得" | "折り返し希望" => {
            sales::accept(world, agenda, told_at, person);
            if disposition == "アポ獲得" {
                meeting(world, agenda, told_at, person, &mut dice);
            }
        }
        "資料希望" if reason == Reason::Hand => sales::accept(world, agenda, told_at, person),
        "ニーズなし" if dice.chance(600) => sales::reject(world, agenda, told_at, person, "no_need"),
        _ if reason == Reason::Hand => sales::reject(world, agenda, told_at, person, "gathering"),
        _ => world.people[person].sales = Sales::Idle,
    }
}

/// A customer calls: from a mobile, which says who it is, or from the switchboard, which does not.
pub(super) fn inbound(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let mut dice = world.throw(person);
    let at = office_time(at, &mut dice);
    if world.people[person].sales != Sales::Idle {
        return;
    }
    world.people[person].raised_at = Some(at);
    let answered = dice.chance(800);
    if !answered {
        place(world, agenda, at, person, "INBOUND", None, Map::new(), &mut dice);
        return;
    }
    let written = talk(world, person, "興味あり", &mut dice);
    let talk_millis = Some(dice.between(2 * MINUTE, 12 * MINUTE));
    let ended_at = place(world, agenda, at, person, "INBOUND", talk_millis, written, &mut dice);
    // Who calls leaves name and address, and becomes a lead by hand.
    world.people[person].known = true;
    world.people[person].sales = Sales::Calling;
    sales::create_lead(world, agenda, ended_at.plus_millis(10 * MINUTE), person);
    sales::accept(world, agenda, ended_at.plus_millis(25 * MINUTE), person);
}

/// What the agent writes after a talk.
fn talk(world: &World, person: usize, disposition: &str, dice: &mut Dice) -> Map<String, Json> {
    let (who, account) = (&world.people[person], world.account_of(person));
    let mut written = Map::new();
    let mut write = |name: &str, value: &str| written.insert(String::from(name), json!(value));
    write("disposition", disposition);
    if dice.chance(550) {
        write("answer_issue", account.topic.issue);
    }
    if dice.chance(600) {
        let timeframe = dice.weighted(match account.need {
            Need::Active => &[(45, "3m"), (40, "6m"), (15, "12m")],
            Need::Emerging => &[(5, "3m"), (30, "6m"), (45, "12m"), (20, "later")],
            Need::Latent | Need::None => &[(10, "12m"), (50, "later"), (40, "unknown")],
        });
        write("answer_timeframe", timeframe);
    }
    if dice.chance(350) {
        write(
            "answer_authority",
            match who.rank {
                "役員" => "decision_maker",
                "部長" => "approver",
                "課長" => "champion",
                _ => "user",
            },
        );
    }
    if account.need == Need::Active && dice.chance(300) {
        write("answer_budget", dice.pick(&["secured", "planned", "none"]));
    }
    if account.need >= Need::Emerging && dice.chance(350) {
        write("answer_need", "stated");
    }
    written
}

/// The call itself, and when all was written up.
#[allow(clippy::too_many_arguments)]
fn place(
    world: &World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    initiation: &'static str,
    talk_millis: Option<i64>,
    written: Map<String, Json>,
    dice: &mut Dice,
) -> Timestamp {
    let (who, account) = (&world.people[person], world.account_of(person));
    let out = initiation == "OUTBOUND";
    let number = match &who.mobile {
        Some(mobile) => e164(mobile),
        // A switchboard that calls shows its number or none; whose call it is, neither tells.
        None if !out && dice.chance(500) => String::from("anonymous"),
        None => e164(&account.switchboard),
    };
    let call = Call {
        at,
        initiation,
        number,
        agent: inside_sales(who.account).1,
        talk_millis,
        crm_id: who.contact.clone().or_else(|| who.lead.clone()).filter(|_| out),
        written,
    };
    let (records, ended_at) = call.records(dice);
    for (number, record) in records.into_iter().enumerate() {
        let raised = number == 0 && !out;
        let spoken = number == 0 && out && talk_millis.is_some();
        agenda.send(match (raised, spoken) {
            (true, _) => record.telling(Happening::HandRaised),
            (_, true) => record.telling(Happening::Spoken),
            _ => record,
        });
    }
    ended_at
}

/// A number of this country as the telephone network writes it.
fn e164(number: &str) -> String {
    format!("+81{}", number.trim_start_matches('0').replace('-', ""))
}

/// The appointment, from the calendar of sales: booked now, held some days later.
fn meeting(world: &World, agenda: &mut Agenda, at: Timestamp, person: usize, dice: &mut Dice) {
    let who = &world.people[person];
    let id = dice.hex(10);
    let held_at = business_days_later(at, dice.between(3, 8), dice);
    let cancelled = dice.chance(80);
    let kinds = [("meeting_booked", at), (if cancelled { "meeting_cancelled" } else { "meeting_held" }, held_at)];
    for (kind, occurred_at) in kinds {
        let told = Told {
            source: "sales-calendar",
            id: format!("{id}-{kind}"),
            occurred_at,
            channel: "crm",
            kind,
            touchpoint: json!({
                "direction": "out",
                "identifiers": {"crm_id": who.lead.as_ref().map(|lead| format!("salesforce:{lead}")), "email": who.email},
                "actor": {"id": sales::owner(world, person), "role": "sales"},
            }),
        };
        agenda.send(told.plain(occurred_at.plus_millis(3 * MINUTE)));
    }
}
