//! Salesforce Change Data Capture: Lead with conversion, Contact, Account, Opportunity, OpportunityContactRole.
//! <https://developer.salesforce.com/docs/platform/change-data-capture/guide/cdc-message-structure.html>
//!
//! One event may be about many records and becomes one touchpoint each. Its id is the record's, with commit number,
//! sequence number and transaction key. The kind is the weightiest thing that the change says; everything else that it
//! says rides along.

mod change;
mod opportunity;
mod person;
mod settings;

pub use settings::SalesforceSettings;

use crate::decoder::{Context, too_many};
use crate::fields::{Fields, Place};
use crate::outcomes::Outcomes;
use crate::registry::{self, Becomes, Coded, SourceInfo, line};
use crate::{IGNORED_BY_SETTING, ids};
use change::Change;
use serde_json::Value as Json;
use touchpoint::{Actor, DropReason, Outcome, Rejection, Text, Touchpoint, Value, limits};

const NOTHING: DropReason = DropReason("salesforce-cdc.nothing_mapped");
const OWN: DropReason = DropReason("salesforce-cdc.own_change");
const DELETED: DropReason = DropReason("salesforce-cdc.deleted");
const GAP: DropReason = DropReason("salesforce-cdc.gap");
const WILDCARD: DropReason = DropReason("salesforce-cdc.wildcard");
const OTHER: DropReason = DropReason("salesforce-cdc.other_entity");
const SNAPSHOT: DropReason = DropReason("salesforce-cdc.snapshot");
const ROLE: DropReason = DropReason("salesforce-cdc.role_without_opportunity");

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "salesforce-cdc",
        aliases: &[],
        channel: Some("crm"),
        format: "https://developer.salesforce.com/docs/platform/change-data-capture/guide/cdc-message-structure.html",
        summary: "The event type is entity and change. Id: record id, commit number, sequence number, transaction key. \
                  Person: `salesforce:<18-character id>`, e-mail, mobile. Dropped besides: our own changes \
                  (`salesforce-cdc.own_change`), entities that are not listed (`salesforce-cdc.other_entity`), \
                  changes of a type's whole column (`salesforce-cdc.wildcard`).",
        events: &[
            line(
                "Lead CREATE",
                &[
                    Becomes::Kind("updated"),
                    Becomes::Kind("accepted"),
                    Becomes::Kind("held"),
                    Becomes::Kind("qualified"),
                    Becomes::Kind("rejected"),
                ],
                "by `status_kinds`",
            ),
            line(
                "Lead UPDATE",
                &[
                    Becomes::Kind("updated"),
                    Becomes::Kind("converted"),
                    Becomes::Kind("accepted"),
                    Becomes::Kind("held"),
                    Becomes::Kind("qualified"),
                    Becomes::Kind("rejected"),
                    Becomes::Kind("owner_changed"),
                    Becomes::Drop(NOTHING),
                ],
                "`IsConverted`, else `status_kinds`, else the owner",
            ),
            line("Lead UNDELETE", &[Becomes::Kind("updated")], ""),
            line("Contact CREATE", &[Becomes::Kind("updated")], ""),
            line(
                "Contact UPDATE",
                &[Becomes::Kind("updated"), Becomes::Kind("owner_changed"), Becomes::Drop(NOTHING)],
                "",
            ),
            line("Contact UNDELETE", &[Becomes::Kind("updated")], ""),
            line("Account CREATE", &[Becomes::Kind("updated")], "about the account alone"),
            line(
                "Account UPDATE",
                &[Becomes::Kind("updated"), Becomes::Kind("owner_changed"), Becomes::Drop(NOTHING)],
                "",
            ),
            line("Account UNDELETE", &[Becomes::Kind("updated")], ""),
            line(
                "Opportunity CREATE",
                &[Becomes::Kind("opportunity_created"), Becomes::Kind("won"), Becomes::Kind("lost")],
                "closed from the start: `won` or `lost`",
            ),
            line(
                "Opportunity UPDATE",
                &[
                    Becomes::Kind("opportunity_stage"),
                    Becomes::Kind("won"),
                    Becomes::Kind("lost"),
                    Becomes::Kind("owner_changed"),
                    Becomes::Kind("updated"),
                    Becomes::Drop(NOTHING),
                ],
                "`updated`: amount or date alone",
            ),
            line("Opportunity UNDELETE", &[Becomes::Kind("updated")], ""),
            line(
                "OpportunityContactRole CREATE",
                &[Becomes::Kind("opportunity_contact")],
                "the contact and the opportunity it has a role in",
            ),
            line(
                "OpportunityContactRole UPDATE",
                &[Becomes::Kind("opportunity_contact"), Becomes::Drop(ROLE)],
                "an update brings its changed fields alone: without both ids it names nobody. Enrich the channel \
                 with them",
            ),
            line("OpportunityContactRole UNDELETE", &[Becomes::Kind("opportunity_contact")], ""),
            line(
                "DELETE",
                &[Becomes::Drop(DELETED)],
                "no erasure: that is a request of its own. The loser of a merge is deleted too, and nothing tells \
                 the two apart; send `merged` as a canonical record",
            ),
            line("SNAPSHOT", &[Becomes::Drop(SNAPSHOT)], "reserved by Salesforce"),
            line(
                "GAP_CREATE",
                &[Becomes::Drop(GAP)],
                "Salesforce could not tell the change: read the record again and send it canonical",
            ),
            line("GAP_UPDATE", &[Becomes::Drop(GAP)], "as GAP_CREATE"),
            line("GAP_DELETE", &[Becomes::Drop(GAP)], "as GAP_CREATE"),
            line("GAP_UNDELETE", &[Becomes::Drop(GAP)], "as GAP_CREATE"),
            line("GAP_OVERFLOW", &[Becomes::Drop(GAP)], "as GAP_CREATE, of many records"),
        ],
    },
    batch_field: None,
    decode,
};

const ENTITIES: &[&str] = &["Lead", "Contact", "Account", "Opportunity", "OpportunityContactRole"];

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let outer = Fields::new(element, context.place)?;
    let inner = outer.object("data")?;
    let below = inner.as_ref().unwrap_or(&outer);
    let payload = below.object("payload")?;
    let event = payload.as_ref().unwrap_or(below);
    let Some(header) = event.object("ChangeEventHeader")? else {
        return Err(event.missing("ChangeEventHeader", "a change event needs its header"));
    };
    let change = Change::read(event, &header)?;
    if let Some(reason) = dropped(context, &change, &header)? {
        out.push(Outcome::Dropped(reason));
        return Ok(());
    }
    if change.records.is_empty() {
        return Err(header.missing("recordIds", "a change event needs the ids of its records"));
    }
    if change.records.len() > limits::RAW_ELEMENTS_MAX {
        return Err(too_many());
    }
    let place = header.place().key("recordIds");
    for (index, record) in change.records.iter().enumerate() {
        if let Err(rejection) = one(context, &change, record, Place::Index(&place, index), out) {
            out.push(Outcome::Rejected(rejection));
        }
    }
    Ok(())
}

/// The name under which the event as a whole is dropped, if it is.
fn dropped(context: &Context<'_>, change: &Change<'_>, header: &Fields<'_>) -> Result<Option<DropReason>, Rejection> {
    if is_own(context, change) {
        return Ok(Some(OWN));
    }
    let entity = change.entity;
    let whole = matches!(change.change_type, "DELETE" | "SNAPSHOT") || change.change_type.starts_with("GAP_");
    if context.ignores(entity) {
        return Ok(Some(IGNORED_BY_SETTING));
    }
    if !ENTITIES.contains(&entity) {
        return Ok(Some(OTHER));
    }
    let event = if whole { String::from(change.change_type) } else { format!("{entity} {}", change.change_type) };
    if context.ignores(&event) {
        return Ok(Some(IGNORED_BY_SETTING));
    }
    let line = registry::event(&SOURCE.info, &event, |message| header.invalid("changeType", message))?;
    Ok(match line.becomes.first() {
        Some(Becomes::Drop(reason)) => Some(*reason),
        _ => None,
    })
}

/// A change that we wrote ourselves would come round for ever.
fn is_own(context: &Context<'_>, change: &Change<'_>) -> bool {
    let settings = &context.settings().salesforce;
    let client = change.origin.and_then(|origin| origin.split_once("client=")).map(|(_, client)| client);
    let user = change.user.and_then(ids::salesforce_id);
    client.is_some_and(|client| settings.own_clients.iter().any(|own| own == client))
        || user.is_some_and(|user| settings.own_users.iter().any(|own| *own == user))
}

fn one(
    context: &Context<'_>,
    change: &Change<'_>,
    record: &Json,
    place: Place<'_>,
    out: &mut Outcomes,
) -> Result<(), Rejection> {
    // A change of a whole column names its type with an asterisk and no record.
    if record.as_str().is_some_and(|id| id.ends_with('*')) {
        out.push(Outcome::Dropped(WILDCARD));
        return Ok(());
    }
    let id = change::record_id(record, place)?;
    let commit = change.commit.as_deref().unwrap_or_default();
    let input = format!("{id}:{commit}:{}:{}", change.sequence, change.transaction);
    let mut touchpoint = Touchpoint::new(context.source, input, change.committed_at, context.tool_channel(), "updated");
    let settings = &context.settings().salesforce;
    if let Some(user) = change.user {
        let user = ids::salesforce_id(user).unwrap_or_else(|| Text::new(user));
        let id = Some(ids::scope_id(&settings.scope, &user));
        touchpoint.actor = Some(Box::new(Actor { id, role: Some(Text::new(&settings.actor_role)) }));
    }
    touchpoint.properties.set("entity", Value::text(change.entity));
    touchpoint.properties.set("change", Value::text(change.change_type.to_ascii_lowercase()));
    if let Some(bit_map) = change.unread_clears() {
        touchpoint.properties.set("unread_nulled_fields", Value::text(bit_map));
    }
    let id = ids::scope_id(&settings.scope, &id);
    let said = match change.entity {
        "Lead" => person::lead(&mut touchpoint, settings, change, id)?,
        "Contact" => person::contact(&mut touchpoint, settings, change, id)?,
        "Account" => person::account(&mut touchpoint, settings, change, id)?,
        "Opportunity" => opportunity::opportunity(&mut touchpoint, settings, change, id)?,
        _ => match opportunity::role(&mut touchpoint, settings, change)? {
            true => true,
            false => {
                out.push(Outcome::Dropped(ROLE));
                return Ok(());
            }
        },
    };
    if !said && change.change_type == "UPDATE" {
        out.push(Outcome::Dropped(NOTHING));
        return Ok(());
    }
    context.finish(touchpoint, "commitTimestamp", out)
}
