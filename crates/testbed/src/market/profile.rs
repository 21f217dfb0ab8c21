//! What the company's own files know of people and companies: the house list, the master of companies, contracts, and
//! who is out of the question.

use super::agenda::Agenda;
use super::calendar::{DAY, office_time};
use super::crm::Entity;
use super::dice::Dice;
use super::record::Happening;
use super::sales::becomes_known;
use super::tool::canonical::Told;
use super::town::{AccountKind, World};
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// What was known before: the company in the master, and some of its people with cards on file.
pub(super) fn house_list(world: &mut World, agenda: &mut Agenda, at: Timestamp, account: usize) {
    let mut dice = world.accounts[account].dice.split();
    agenda.send(company(world, at, account, &mut dice).cloud_event());
    let customer = world.accounts[account].kind == AccountKind::Customer;
    if customer {
        world.accounts[account].crm_id = Some(world.crm.id(Entity::Account));
    }
    for (number, person) in world.accounts[account].members.clone().enumerate() {
        let first_of_customer = customer && number == 0;
        if !first_of_customer && !dice.chance(if customer { 600 } else { 450 }) {
            continue;
        }
        let who = &mut world.people[person];
        (who.known, who.enriched, who.subscribed) = (true, true, true);
        if customer {
            world.people[person].contact = Some(world.crm.id(Entity::Contact));
        }
        let mut touchpoint = somebody(world, person);
        touchpoint["consent"] = json!([{
            "purpose": "marketing",
            "channel": "email",
            "state": "granted",
            "basis": if customer { "business_relation" } else { "business_card" },
            "at": super::calendar::day(at).to_string(),
            "evidence": "house list",
        }]);
        if first_of_customer {
            touchpoint["attributes"]["contact"]["contract"] = json!("active");
            touchpoint["attributes"]["contact"]["nps"] = json!(dice.between(4, 10));
            if dice.chance(300) {
                touchpoint["attributes"]["contact"]["advocacy"] = json!(dice.pick(&["case", "referral"]));
            }
        }
        agenda.send(told(&mut dice, at, "updated", touchpoint).cloud_event());
    }
}

/// Some days after somebody became known: what research found out, on them and on their company.
pub(super) fn enrich(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let mut dice = world.throw(person);
    let account = world.people[person].account;
    agenda.send(told(&mut dice, at, "updated", somebody(world, person)).cloud_event());
    agenda.send(company(world, at, account, &mut dice).cloud_event());
    if world.accounts[account].kind == AccountKind::Competitor {
        let occurred_at = office_time(at.plus_millis(dice.between(DAY, 8 * DAY)), &mut dice);
        let exclude = json!({
            "account": {"corporate_number": world.accounts[account].corporate_number, "domain": world.accounts[account].domain},
            "attributes": {"account": {"exclude": "competitor"}},
        });
        agenda.send(told(&mut dice, occurred_at, "account_updated", exclude).cloud_event());
        // People leave the funnel one by one: those that are known are told of.
        let exclude = json!({
            "identifiers": {"email": world.people[person].email},
            "attributes": {"contact": {"exclude": "competitor"}},
        });
        agenda.send(told(&mut dice, occurred_at, "updated", exclude).cloud_event().telling(Happening::Excluded));
    }
}

/// A deal was won: the contract is in the books, and the customer is asked how it goes.
pub(super) fn contract(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let mut dice = world.throw(person);
    let identifiers = identifiers(world, person);
    let active = json!({"identifiers": identifiers, "attributes": {"contact": {"contract": "active"}}});
    agenda.send(told(&mut dice, at, "updated", active).cloud_event());
    let asked_at = office_time(at.plus_millis(30 * DAY), &mut dice);
    let nps = json!({"identifiers": identifiers, "attributes": {"contact": {"nps": dice.between(3, 10)}}});
    agenda.send(told(&mut dice, asked_at, "updated", nps).cloud_event());
}

/// Somebody who looks for work and not for software.
pub(super) fn student(agenda: &mut Agenda, at: Timestamp, email: &str, dice: &mut Dice) {
    let exclude = json!({"identifiers": {"email": email}, "attributes": {"contact": {"exclude": "student"}}});
    agenda.send(told(dice, at, "updated", exclude).cloud_event().telling(Happening::Excluded));
}

/// A card or talk that makes somebody known outside the site.
pub(super) fn met(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    world.people[person].subscribed = true;
    becomes_known(world, agenda, at, person, None);
}

pub(super) fn somebody(world: &World, person: usize) -> Json {
    let (who, account) = (&world.people[person], world.account_of(person));
    json!({
        "identifiers": identifiers(world, person),
        "account": {"corporate_number": account.corporate_number, "name": format!("株式会社{}", account.name)},
        "person": {
            "family_name": who.family.kanji,
            "given_name": who.given.kanji,
            "family_kana": who.family.kana,
            "given_kana": who.given.kana,
            "company": format!("株式会社{}", account.name),
            "department": format!("{}部", who.function),
            "title": who.rank,
            "language": "ja",
        },
        "attributes": {"contact": {
            "rank": who.rank,
            "function": who.function,
            "region": account.region,
            "private_mail": who.private_mail,
        }},
    })
}

fn identifiers(world: &World, person: usize) -> Json {
    let who = &world.people[person];
    let mut identifiers = json!({"email": who.email});
    if let Some(contact) = &who.contact {
        identifiers["crm_id"] = json!(format!("salesforce:{contact}"));
    }
    if let Some(mobile) = &who.mobile {
        identifiers["phone"] = json!(mobile);
    }
    identifiers
}

fn company(world: &World, at: Timestamp, account: usize, dice: &mut Dice) -> Told<'static> {
    let account = &world.accounts[account];
    let mut reference = json!({
        "corporate_number": account.corporate_number,
        "domain": account.domain,
        "name": format!("株式会社{}", account.name),
        "phone": account.switchboard,
    });
    if let Some(crm_id) = &account.crm_id {
        reference["ids"] = json!([format!("salesforce:{crm_id}")]);
    }
    let attributes = json!({"account": {
        "industry": account.industry,
        "employees": account.employees,
        "region": account.region,
        "named": account.named,
    }});
    told(dice, at, "account_updated", json!({"account": reference, "attributes": attributes}))
}

fn told(dice: &mut Dice, occurred_at: Timestamp, kind: &'static str, touchpoint: Json) -> Told<'static> {
    Told {
        source: "customer-master",
        id: format!("cm-{}", dice.hex(16)),
        occurred_at,
        channel: "profile",
        kind,
        touchpoint,
    }
}
