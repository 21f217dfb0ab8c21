//! SendGrid's event webhook: a list of events, each with the id `sg_event_id`, sent again up to dozens of times.
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>
//!
//! Custom arguments stand flat beside SendGrid's own fields; what is not known here is one and becomes a property.

use crate::decoder::Context;
use crate::fields::Fields;
use crate::outcomes::Outcomes;
use crate::registry::{self, Becomes, Coded, SourceInfo, line};
use crate::settings::Keys;
use crate::{IGNORED_BY_SETTING, flatten, ids, machine};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use touchpoint::{
    Consent, ConsentState, Direction, DropReason, Identifier, IdentifierKind, Outcome, Rejection, Text, Touchpoint,
    Value,
};

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "sendgrid",
        aliases: &[],
        channel: Some("email"),
        format: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event",
        summary: "Id: `sg_event_id`, else a hash of the content. Person: `email`. `sg_machine_open` and the user agent \
                  mark machines. Unknown fields are custom arguments and become properties.",
        events: &[
            line(
                "processed",
                &[Becomes::Drop(DropReason("sendgrid.processed"))],
                "SendGrid took the message; `delivered` tells that it went out",
            ),
            line("delivered", &[Becomes::Kind("delivered")], ""),
            line("deferred", &[Becomes::Kind("deferred")], ""),
            line(
                "dropped",
                &[Becomes::Kind("dropped"), Becomes::Drop(NO_ADDRESS)],
                "not sent: `reason` says why; to what is no address at all, nobody is named",
            ),
            line("bounce", &[Becomes::Kind("bounce")], "`bounce_type` `bounce` is for good, `blocked` for now"),
            line("open", &[Becomes::Kind("open")], ""),
            line("click", &[Becomes::Kind("click")], ""),
            line("spamreport", &[Becomes::Kind("spam_report")], "refuses `marketing` mail"),
            line("unsubscribe", &[Becomes::Kind("unsubscribe")], "refuses `marketing` mail"),
            line(
                "group_unsubscribe",
                &[Becomes::Kind("unsubscribe")],
                "refuses mail for the group's purpose; without one in the settings, `marketing`",
            ),
            line(
                "group_resubscribe",
                &[Becomes::Kind("resubscribe")],
                "allows mail for the group's purpose; without one in the settings it allows nothing",
            ),
            line(
                "account_status_change",
                &[Becomes::Drop(DropReason("sendgrid.account_status_change"))],
                "about our account, not about a person",
            ),
        ],
    },
    batch_field: None,
    decode,
};

/// How SendGrid's events are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendGridSettings {
    /// `asm_group_id` of an unsubscribe group -> the purpose of consent that it stands for.
    pub groups: BTreeMap<String, String>,
}

const NO_ADDRESS: DropReason = DropReason("sendgrid.no_address");
const MARKETING: &str = "marketing";

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let fields = Fields::new(element, context.place)?;
    let event = fields.need_text("event", "an event needs its type")?;
    if context.ignores(event) {
        out.push(Outcome::Dropped(IGNORED_BY_SETTING));
        return Ok(());
    }
    let line = registry::event(&SOURCE.info, event, |message| fields.invalid("event", message))?;
    let kind = match line.becomes.first() {
        Some(Becomes::Kind(kind)) => *kind,
        Some(Becomes::Drop(reason)) => {
            out.push(Outcome::Dropped(*reason));
            return Ok(());
        }
        Some(Becomes::OwnKind) | None => event,
    };

    let id = match fields.own("sg_event_id")? {
        Some(id) => id,
        None => ids::content_id(element, &[]),
    };
    let at = fields.epoch("timestamp", 1000)?;
    let at = at.ok_or_else(|| fields.missing("timestamp", "an event needs its time, in seconds since 1970"))?;
    let mut touchpoint = Touchpoint::new(context.source, id, at, context.tool_channel(), kind);
    touchpoint.direction = Some(match kind {
        "delivered" | "deferred" | "dropped" | "bounce" => Direction::Out,
        _ => Direction::In,
    });
    if let Some(email) = fields.text("email")? {
        // Sent to something that is no address, and not sent therefore: correct, and about nobody.
        if kind == "dropped" && !ids::looks_like_email(email) {
            out.push(Outcome::Dropped(NO_ADDRESS));
            return Ok(());
        }
        let value = ids::email(email, fields.place().key("email"))?;
        touchpoint.identify(Identifier { kind: IdentifierKind::Email, value });
    }
    read(&mut touchpoint, context, &fields)?;
    consent(&mut touchpoint, context, event, &fields)?;
    context.finish(touchpoint, "timestamp", out)
}

fn read(touchpoint: &mut Touchpoint, context: &Context<'_>, fields: &Fields<'_>) -> Result<(), Rejection> {
    let keys = &context.settings().keys;
    touchpoint.action = fields.own_scalar(&keys.action)?;
    touchpoint.content = fields.own_scalar(&keys.content)?;
    touchpoint.campaign = campaign(fields, keys)?;
    if let Some(crm_id) = fields.text(&keys.crm_id)? {
        let value = ids::scoped(crm_id, fields.place().key(&keys.crm_id))?;
        touchpoint.identify(Identifier { kind: IdentifierKind::CrmId, value });
    }
    // One message to one person: the same in all its events.
    let message_id = ["sg_message_id", "smtp-id"].into_iter().find(|name| fields.get(name).is_some());
    let renamed = [(message_id.unwrap_or_default(), "message_id"), ("type", "bounce_type"), ("url_offset", "link")];
    for (name, property) in renamed {
        if let Some(value) = fields.get(name) {
            flatten::add_property(&mut touchpoint.properties, property, value, fields.place())?;
        }
    }
    for (name, value) in fields.iter() {
        let ours = [&keys.action, &keys.content, &keys.campaign, &keys.crm_id].into_iter().any(|key| key == name);
        match name {
            _ if ours => {}
            "sg_message_id" | "smtp-id" | "type" | "url_offset" => {}
            // Told by the touchpoint itself; the address of the reader's network is nothing that we need.
            "email" | "event" | "timestamp" | "sg_event_id" | "ip" | "sg_machine_open" | "useragent" => {}
            // A custom argument of the sender's under a name that is taken.
            name if touchpoint.properties.get(name).is_some() => {
                let argument = format!("argument.{name}");
                flatten::add_property(&mut touchpoint.properties, &argument, value, fields.place())?;
            }
            name => flatten::add_property(&mut touchpoint.properties, name, value, fields.place())?,
        }
    }
    if let Some(agent) = fields.text("useragent")? {
        machine::mark(&mut touchpoint.properties, context.settings(), agent);
    }
    if fields.boolean("sg_machine_open")? == Some(true) {
        touchpoint.properties.set(machine::MACHINE, Value::Bool(true));
    }
    Ok(())
}

/// The campaign: as our own argument says, else the single send, else the legacy marketing campaign.
fn campaign(fields: &Fields<'_>, keys: &Keys) -> Result<Option<Text>, Rejection> {
    for name in [keys.campaign.as_str(), "singlesend_id", "marketing_campaign_id"] {
        if let Some(campaign) = fields.own_scalar(name)? {
            return Ok(Some(campaign));
        }
    }
    Ok(None)
}

/// A refusal counts wide, a leave counts narrow: leaving one group without a purpose refuses marketing as a whole,
/// joining one again allows nothing.
fn consent(
    touchpoint: &mut Touchpoint,
    context: &Context<'_>,
    event: &str,
    fields: &Fields<'_>,
) -> Result<(), Rejection> {
    let group = fields.scalar("asm_group_id")?;
    let purpose = group.and_then(|group| context.settings().sendgrid.groups.get(group.as_ref()).map(String::as_str));
    let (purpose, state, basis) = match event {
        "unsubscribe" | "spamreport" => (Some(MARKETING), ConsentState::Denied, None),
        "group_unsubscribe" => (Some(purpose.unwrap_or(MARKETING)), ConsentState::Denied, None),
        "group_resubscribe" => (purpose, ConsentState::Granted, Some(Text::new("opt_in"))),
        _ => return Ok(()),
    };
    if let Some(purpose) = purpose {
        touchpoint.consent.push(Consent {
            purpose: Text::new(purpose),
            channel: Some(Text::new("email")),
            state,
            basis,
            at: Some(touchpoint.occurred_at),
            evidence: Some(Text::new(format!("sendgrid {event}"))),
        });
    }
    Ok(())
}
