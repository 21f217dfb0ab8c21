//! From a lead to a deal, and how it ends.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, SECOND, business_days_later, day};
use super::crm::Entity;
use super::dice::Dice;
use super::profile;
use super::record::Happening;
use super::sales::owner;
use super::tool::salesforce::Transaction;
use super::town::{Need, Person, Sales, World};
use super::visit::solution_name;
use serde_json::{Value as Json, json};
use touchpoint::{Date, Timestamp};

pub(super) struct Deal {
    person: usize,
    id: String,
    account_id: String,
    amount: i64,
    stage: usize,
    dice: Dice,
}

/// The stages of the CRM; the last are asked for by their names.
const STAGES: [&str; 5] = ["ヒアリング", "提案", "見積", "稟議", "最終調整"];

/// A qualified lead becomes a contact of an account with an opportunity: one transaction of the CRM.
pub(super) fn convert(world: &mut World, agenda: &mut Agenda, at: Timestamp, person: usize) {
    let Some(lead) = world.people[person].lead.take() else { return };
    let mut dice = world.throw(person);
    let user = owner(world, person);
    let contact = world.crm.id(Entity::Contact);
    let id = world.crm.id(Entity::Opportunity);
    let index = world.people[person].account;
    let is_new = world.accounts[index].crm_id.is_none();
    let account_id = world.accounts[index].crm_id.clone().unwrap_or_else(|| world.crm.id(Entity::Account));
    let role = world.crm.id(Entity::OpportunityContactRole);
    let (who, account) = (&world.people[person], &world.accounts[index]);
    let amount = (account.employees / 100 + 2) * 400_000 + dice.between(0, 20) * 50_000;
    let close_on = Date::from_days(day(at).as_days() + i32::try_from(dice.between(60, 150)).unwrap_or(90));

    let mut change = Transaction::begin(&mut world.crm, at, user);
    if is_new {
        let fields = json!({
            "Name": format!("株式会社{}", account.name),
            "Website": format!("https://www.{}/", account.domain),
            "Phone": account.switchboard,
            "Industry": account.industry,
            "NumberOfEmployees": account.employees,
            "Type": "Prospect",
            "OwnerId": user,
        });
        change.create(Entity::Account, &account_id, fields);
    }
    change.create(Entity::Contact, &contact, contact_fields(who, &account_id, user));
    let deal = json!({
        "Name": format!("{} {}", account.name, solution_name(account.topic.solution)),
        "AccountId": account_id,
        "ContactId": contact,
        "StageName": STAGES[0],
        "Amount": amount,
        "CloseDate": close_on.to_string(),
        "Type": "New Customer",
        "OwnerId": user,
    });
    change.create(Entity::Opportunity, &id, deal).happening = Some(Happening::OpportunityCreated);
    change.create(Entity::OpportunityContactRole, &role, role_fields(who, &id, &contact, true));
    let converted = json!({
        "Status": "Closed - Converted",
        "IsConverted": true,
        "ConvertedDate": i64::from(day(at).as_days()) * DAY,
        "ConvertedAccountId": account_id,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": id,
    });
    change.update(Entity::Lead, &lead, converted).happening = Some(Happening::Converted);
    change.events().into_iter().for_each(|event| agenda.send(event));

    world.people[person].contact = Some(contact);
    world.people[person].sales = Sales::InDeal;
    world.accounts[index].crm_id = Some(account_id.clone());
    world.accounts[index].deal_open = true;
    let then = business_days_later(at, dice.between(4, 12), &mut dice);
    let deal = Deal { person, id, account_id, amount, stage: 0, dice };
    agenda.plan(then, Job::Deal { deal: Box::new(deal) });
}

/// The next thing that happens to a deal: a stage, a colleague, or its end.
pub(super) fn step(world: &mut World, agenda: &mut Agenda, at: Timestamp, mut deal: Box<Deal>) {
    let person = deal.person;
    let last = deal.stage + 1 == STAGES.len();
    let lost = deal.dice.chance(if last { 350 } else { 130 });
    if lost || last {
        return end(world, agenda, at, &mut deal, !lost);
    }
    deal.stage += 1;
    let mut fields = json!({"StageName": STAGES[deal.stage]});
    if deal.stage == 2 {
        deal.amount += deal.amount * deal.dice.between(-2, 4) / 10;
        fields["Amount"] = json!(deal.amount);
    }
    let user = owner(world, person);
    let mut change = Transaction::begin(&mut world.crm, at, user);
    change.update(Entity::Opportunity, &deal.id, fields);
    change.events().into_iter().for_each(|event| agenda.send(event));
    if deal.stage <= 2 {
        colleague(world, agenda, at.plus_millis(90 * SECOND), &deal);
    }
    let then = business_days_later(at, deal.dice.between(5, 14), &mut deal.dice);
    agenda.plan(then, Job::Deal { deal });
}

/// Sales gets to know one more of the buying group.
fn colleague(world: &mut World, agenda: &mut Agenda, at: Timestamp, deal: &Deal) {
    let members = world.account_of(deal.person).members.clone();
    let Some(person) = members.into_iter().find(|&member| world.people[member].contact.is_none()) else { return };
    let user = owner(world, person);
    let contact = world.crm.id(Entity::Contact);
    let role = world.crm.id(Entity::OpportunityContactRole);
    let lead = world.people[person].lead.take();
    let mut change = Transaction::begin(&mut world.crm, at, user);
    let who = &world.people[person];
    change.create(Entity::Contact, &contact, contact_fields(who, &deal.account_id, user));
    change.create(Entity::OpportunityContactRole, &role, role_fields(who, &deal.id, &contact, false));
    // Where a lead exists, it is converted into the account that is there, without a deal of its own.
    if let Some(lead) = lead {
        let converted = json!({
            "Status": "Closed - Converted",
            "IsConverted": true,
            "ConvertedAccountId": deal.account_id,
            "ConvertedContactId": contact,
        });
        change.update(Entity::Lead, &lead, converted).happening = Some(Happening::Converted);
    }
    change.events().into_iter().for_each(|event| agenda.send(event));
    let who = &mut world.people[person];
    (who.contact, who.sales, who.known) = (Some(contact), Sales::InDeal, true);
}

fn end(world: &mut World, agenda: &mut Agenda, at: Timestamp, deal: &mut Deal, won: bool) {
    let user = owner(world, deal.person);
    let mut change = Transaction::begin(&mut world.crm, at, user);
    if won {
        let fields = json!({"StageName": "Closed Won", "IsClosed": true, "IsWon": true, "Amount": deal.amount});
        change.update(Entity::Opportunity, &deal.id, fields).happening = Some(Happening::Won);
    } else {
        let reason = deal.dice.weighted(&[
            (20, "price"),
            (18, "budget"),
            (18, "competitor"),
            (14, "status_quo"),
            (10, "later"),
            (8, "approval"),
            (6, "feature"),
            (4, "in_house"),
            (2, "cancelled"),
        ]);
        let fields = json!({"StageName": "Closed Lost", "IsClosed": true, "IsWon": false, "Loss_Reason__c": reason});
        change.update(Entity::Opportunity, &deal.id, fields).happening = Some(Happening::Lost);
    }
    change.events().into_iter().for_each(|event| agenda.send(event));

    let index = world.people[deal.person].account;
    world.accounts[index].deal_open = false;
    for member in world.accounts[index].members.clone() {
        if world.people[member].sales == Sales::InDeal {
            world.people[member].sales = Sales::Closed;
        }
    }
    let calmed = if won { Need::None } else { Need::Latent };
    agenda.plan(at, Job::Need { account: index, need: calmed });
    if won {
        world.accounts[index].kind = super::town::AccountKind::Customer;
        profile::contract(world, agenda, at.plus_millis(2 * DAY), deal.person);
    }
}

fn contact_fields(who: &Person, account_id: &str, user: &str) -> Json {
    json!({
        "AccountId": account_id,
        "Name": {"LastName": who.family.kanji, "FirstName": who.given.kanji},
        "Title": who.rank,
        "Department": format!("{}部", who.function),
        "Email": who.email,
        "MobilePhone": who.mobile,
        "OwnerId": user,
    })
}

fn role_fields(who: &Person, deal: &str, contact: &str, primary: bool) -> Json {
    let role = match who.rank {
        "役員" => "Economic Buyer",
        "部長" => "Decision Maker",
        "課長" => "Evaluator",
        _ => "Business User",
    };
    json!({"OpportunityId": deal, "ContactId": contact, "Role": role, "IsPrimary": primary})
}
