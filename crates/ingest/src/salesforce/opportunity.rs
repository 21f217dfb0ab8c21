//! Opportunity and OpportunityContactRole: the deal, its stage and end, and who has which part in it.

use super::change::Change;
use super::person::{day, owner, reason};
use super::settings::SalesforceSettings;
use crate::canonical::amount;
use crate::settings::loose;
use serde_json::Value as Json;
use touchpoint::{
    AccountRef, Identifier, IdentifierKind, Opportunity, OpportunityContact, Rejection, Text, Touchpoint, Value,
};

/// An opportunity: created, moved, won, lost, handed over, or updated. False when the change says nothing mapped.
pub(super) fn opportunity(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
    id: Text,
) -> Result<bool, Rejection> {
    let mut deal = Opportunity { id, kind: change.text("Type"), stage: change.text("StageName"), ..Default::default() };
    if change.said("Amount").flatten().is_some() {
        deal.amount = amount(change.fields(), "Amount")?;
        deal.currency =
            change.value("CurrencyIsoCode").and_then(Json::as_str).or(settings.currency.as_deref()).map(Text::new);
    }
    if let Some(text) = change.text("CloseDate") {
        let close_on = day(&text).ok_or_else(|| change.place().key("CloseDate").invalid("is no day"))?;
        deal.close_on = Some(close_on);
    }
    if let Some(crm_id) = change.reference("ContactId", &settings.scope)? {
        deal.contacts.push(OpportunityContact { crm_id, role: None });
    }
    let mut said = deal.kind.is_some() || deal.stage.is_some() || deal.amount.is_some() || deal.close_on.is_some();
    said |= change.said("ContactId").is_some();
    // An opportunity that comes back from the bin repeats what it was.
    let news = change.change_type != "UNDELETE";
    let end = end(settings, change, deal.stage.as_deref()).filter(|_| news);
    let moved = news && deal.stage.is_some();
    touchpoint.opportunity = Some(Box::new(deal));
    if let Some(account) = change.reference("AccountId", &settings.scope)? {
        touchpoint.account = Some(Box::new(AccountRef { ids: vec![account], ..AccountRef::default() }));
        said |= change.said("AccountId").is_some();
    }
    if let Some(campaign) = change.reference("CampaignId", &settings.scope)? {
        touchpoint.campaign = Some(campaign);
    }
    if let Some(name) = change.text("Name") {
        touchpoint.properties.set("name", Value::Text(name));
    }
    let otherwise = match (change.is_new(), moved) {
        (true, _) => Some("opportunity_created"),
        (false, true) => Some("opportunity_stage"),
        (false, false) => None,
    };
    if let Some(kind) = end.or(otherwise) {
        touchpoint.kind = Text::new(kind);
    }
    if touchpoint.kind == "lost" {
        touchpoint.reason = reason(settings, change);
    }
    said |= owner(touchpoint, settings, change)?;
    Ok(said || end.is_some())
}

/// Won or lost: as the flags say where the event has them, else by the stage's name.
fn end(settings: &SalesforceSettings, change: &Change<'_>, stage: Option<&str>) -> Option<&'static str> {
    if change.is_true("IsWon") {
        return Some("won");
    }
    // An update tells what changed: of a deal that is lost `IsWon` was false before.
    if change.is_true("IsClosed") {
        return Some("lost");
    }
    let stage = loose(stage?);
    if settings.won_stages.contains(&stage) {
        Some("won")
    } else if settings.lost_stages.contains(&stage) {
        Some("lost")
    } else {
        None
    }
}

/// A contact's part in an opportunity. False when the event does not name both.
pub(super) fn role(
    touchpoint: &mut Touchpoint,
    settings: &SalesforceSettings,
    change: &Change<'_>,
) -> Result<bool, Rejection> {
    let contact = change.reference("ContactId", &settings.scope)?;
    let opportunity = change.reference("OpportunityId", &settings.scope)?;
    let (Some(crm_id), Some(id)) = (contact, opportunity) else { return Ok(false) };
    touchpoint.kind = Text::new("opportunity_contact");
    touchpoint.identify(Identifier::new(IdentifierKind::CrmId, &crm_id));
    let role = change.text("Role").map(|role| settings.roles.get(&loose(&role)).map_or(role, Text::new));
    let contacts = vec![OpportunityContact { crm_id, role }];
    touchpoint.opportunity = Some(Box::new(Opportunity { id, contacts, ..Opportunity::default() }));
    if change.is_true("IsPrimary") {
        touchpoint.properties.set("primary", Value::Bool(true));
    }
    Ok(true)
}
