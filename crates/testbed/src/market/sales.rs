//! Marketing and sales of the company, with their own idea of who is worth a call: forms, and those who do much. The
//! pipeline's scores know nothing of it, and it nothing of them.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, HOUR, MINUTE, SECOND, business_days_later, day, office_time};
use super::call::Reason;
use super::crm::{Entity, inside_sales, salesperson};
use super::record::Happening;
use super::tool::canonical::Told;
use super::tool::salesforce::Transaction;
use super::town::{AccountKind, Need, Sales, World};
use serde_json::{Value as Json, json};
use touchpoint::{Date, Timestamp};

/// Somebody gave an address; `leave` names the form on which they allowed mails.
pub(super) fn becomes_known(
    world: &mut World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    leave: Option<&'static str>,
) {
    let mut dice = world.throw(person);
    if let Some(form) = leave.filter(|_| !world.people[person].subscribed) {
        world.people[person].subscribed = true;
        let occurred_at = at.plus_millis(2 * SECOND);
        let statement = json!({
            "purpose": "marketing",
            "channel": "email",
            "state": "granted",
            "basis": "opt_in",
            "at": occurred_at.to_string(),
            "evidence": form,
        });
        let told = Told {
            source: "consent-desk",
            id: format!("consent-{}", dice.hex(16)),
            occurred_at,
            channel: "profile",
            kind: "consent",
            touchpoint: json!({"identifiers": {"email": world.people[person].email}, "consent": [statement]}),
        };
        agenda.send(told.cloud_event());
    }
    let who = &mut world.people[person];
    who.known = true;
    if !std::mem::replace(&mut who.enriched, true) {
        agenda.plan(business_days_later(at, dice.between(2, 8), &mut dice), Job::Enrich { person });
    }
}

/// A form makes a lead within minutes; whoever has a record in the CRM keeps it.
pub(super) fn lead_from_form(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let mut dice = world.throw(person);
    agenda.plan(at.plus_millis(dice.between(MINUTE, 10 * MINUTE)), Job::CreateLead { person });
}

pub(super) fn create_lead(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    if world.people[person].lead.is_some() || world.people[person].contact.is_some() {
        return;
    }
    let id = world.crm.id(Entity::Lead);
    let index = world.people[person].account;
    let (user, _) = inside_sales(index);
    let (who, account) = (&world.people[person], &world.accounts[index]);
    let fields = json!({
        "Name": {"LastName": who.family.kanji, "FirstName": who.given.kanji},
        "Company": world.company_as_written(person),
        "Title": who.rank,
        "Email": who.email,
        "Phone": account.switchboard,
        "MobilePhone": who.mobile,
        "LeadSource": "Web",
        "Status": "Open - Not Contacted",
        "Industry": account.industry,
        "NumberOfEmployees": account.employees,
        "OwnerId": user,
        "HasOptedOutOfEmail": false,
        "IsConverted": false,
        "CreatedDate": at.as_millis(),
    });
    let mut transaction = Transaction::begin(&mut world.crm, at, user);
    transaction.create(Entity::Lead, &id, fields).happening = Some(Happening::LeadCreated);
    transaction.events().into_iter().for_each(|event| agenda.send(event));
    world.people[person].lead = Some(id);
}

/// Whoever asks is called on the same or the next business day.
pub(super) fn hand_raised(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let who = &mut world.people[person];
    if matches!(who.sales, Sales::Calling | Sales::Working | Sales::InDeal) {
        return;
    }
    who.sales = Sales::Calling;
    who.warmth = 0;
    let mut dice = world.throw(person);
    let wait = dice.between(HOUR, 7 * HOUR);
    let then = office_time(at.plus_millis(wait), &mut dice);
    agenda.plan(then, Job::Call { person, reason: Reason::Hand, attempt: 1 });
}

/// Inside sales looks through the most active ones that have an address.
pub(super) fn notice_warmth(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    const WARM: i64 = 58;
    let who = &world.people[person];
    let account = world.account_of(person);
    if who.warmth < WARM
        || who.lead.is_none()
        || who.sales != Sales::Idle
        || account.deal_open
        || account.kind != AccountKind::Prospect
    {
        return;
    }
    let who = &mut world.people[person];
    who.sales = Sales::Calling;
    who.warmth = 0;
    let mut dice = world.throw(person);
    let then = business_days_later(at, dice.between(1, 4), &mut dice);
    agenda.plan(then, Job::Call { person, reason: Reason::Activity, attempt: 1 });
}

/// A word of sales on a lead, written into the CRM.
pub(super) fn set_status(
    world: &mut World,
    agenda: &mut Agenda,
    at: Timestamp,
    person: usize,
    fields: Json,
    happening: Happening,
) {
    let Some(lead) = world.people[person].lead.clone() else { return };
    let (user, _) = inside_sales(world.people[person].account);
    let mut transaction = Transaction::begin(&mut world.crm, at, user);
    transaction.update(Entity::Lead, &lead, fields).happening = Some(happening);
    transaction.events().into_iter().for_each(|event| agenda.send(event));
}

pub(super) fn accept(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    set_status(world, agenda, at, person, json!({"Status": "Working - Contacted"}), Happening::Accepted);
    world.people[person].sales = Sales::Working;
    let mut dice = world.throw(person);
    let then = business_days_later(at, dice.between(3, 9), &mut dice);
    agenda.plan(then, Job::Judge { person, again: false });
}

pub(super) fn reject(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, reason: &str) {
    let fields = json!({"Status": "Unqualified", "Unqualified_Reason__c": reason});
    set_status(world, agenda, at, person, fields, Happening::Rejected);
    world.people[person].sales = Sales::Closed;
}

/// Sales has spoken with them and says what it is worth.
pub(super) fn judge(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize, again: bool) {
    #[derive(Clone, Copy)]
    enum Verdict {
        Qualified,
        Held,
        Rejected(&'static str),
    }
    let mut dice = world.throw(person);
    let account = world.account_of(person);
    if world.people[person].lead.is_none() || world.people[person].sales != Sales::Working {
        return;
    }
    use Verdict::{Held, Qualified, Rejected};
    let verdict = if account.deal_open {
        Rejected("existing_deal")
    } else {
        dice.weighted(match account.need {
            Need::Active => &[
                (66, Qualified),
                (14, Held),
                (8, Rejected("budget")),
                (6, Rejected("later")),
                (6, Rejected("gathering")),
            ],
            Need::Emerging => &[
                (24, Qualified),
                (26, Held),
                (20, Rejected("gathering")),
                (18, Rejected("later")),
                (12, Rejected("budget")),
            ],
            Need::Latent | Need::None => &[
                (4, Qualified),
                (12, Held),
                (36, Rejected("no_need")),
                (34, Rejected("gathering")),
                (14, Rejected("wrong_person")),
            ],
        })
    };
    match verdict {
        Qualified => {
            set_status(world, agenda, at, person, json!({"Status": "Qualified"}), Happening::Qualified);
            let then = business_days_later(at, dice.between(1, 5), &mut dice);
            agenda.plan(then, Job::Convert { person });
        }
        Held if !again => {
            let until = Date::from_days(day(at).as_days() + i32::try_from(dice.between(14, 45)).unwrap_or(30));
            let fields = json!({"Status": "Nurturing - Hold", "Hold_Until__c": until.to_string()});
            set_status(world, agenda, at, person, fields, Happening::Held);
            // Now and then nobody comes back to it, and the hold runs out.
            if dice.chance(750) {
                let then = super::calendar::moment(until, 10 * HOUR).plus_millis(-2 * DAY);
                agenda.plan(office_time(then, &mut dice), Job::Judge { person, again: true });
            }
        }
        Held => reject(world, agenda, at, person, "later"),
        Rejected(reason) => reject(world, agenda, at, person, reason),
    }
}

/// The person of sales who keeps the company.
pub(super) fn owner(world: &World, person: usize) -> &'static str {
    salesperson(world.people[person].account)
}
