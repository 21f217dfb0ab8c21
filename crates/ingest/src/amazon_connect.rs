//! Amazon Connect contact records: one record a call, delivered again whenever something is added to it.
//! <https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html>
//!
//! Id: `ContactId`. Version: `LastUpdateTimestamp`, so that of all copies the latest counts. The caller's number is a
//! pointer; agents and flows say the rest in contact attributes.

use crate::decoder::Context;
use crate::fields::Fields;
use crate::outcomes::Outcomes;
use crate::registry::{self, Becomes, Coded, SourceInfo, line};
use crate::settings::{SettingsError, check_names, loose, loosen, table};
use crate::{IGNORED_BY_SETTING, flatten, ids};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use touchpoint::{
    Actor, Direction, DropReason, Identifier, IdentifierKind, Outcome, Rejection, Text, Touchpoint, Value,
};

const CALL: &[Becomes] = &[
    Becomes::Kind("connected"),
    Becomes::Kind("no_answer"),
    Becomes::Kind("voicemail"),
    Becomes::Kind("wrong_number"),
    Becomes::OwnKind,
    Becomes::Drop(WITHHELD),
];
const WITHHELD: DropReason = DropReason("amazon-connect.number_withheld");

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "amazon-connect",
        aliases: &[],
        channel: Some("call"),
        format: "https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html",
        summary: "Id: `ContactId`; version: `LastUpdateTimestamp` in milliseconds. Person: the customer's number. The \
                  event type is `InitiationMethod`, for other channels than VOICE the `Channel`. Connected: an agent \
                  was; else by the detected answering machine. A result in the attributes overrules both.",
        events: &[
            line("INBOUND", CALL, "`no_answer` with `abandoned`: the customer hung up in the queue"),
            line("OUTBOUND", CALL, ""),
            line("CALLBACK", CALL, "our call back; out"),
            line("API", CALL, "out, as of a dialler or an outbound campaign"),
            line("WEBRTC_API", CALL, "in, from a page or an app"),
            line("TRANSFER", CALL, "a further part of a call, with `transfer` and no direction"),
            line("QUEUE_TRANSFER", CALL, "as TRANSFER"),
            line("MONITOR", &[Becomes::Drop(DropReason("amazon-connect.monitor"))], "a supervisor listens"),
            line("DISCONNECT", &[Becomes::Drop(DropReason("amazon-connect.disconnect_flow"))], "a flow after the call"),
            line(
                "EXTERNAL_OUTBOUND",
                &[Becomes::Drop(DropReason("amazon-connect.external_outbound"))],
                "an agent calls a third party",
            ),
            line("CHAT", &[Becomes::Drop(DropReason("amazon-connect.chat"))], ""),
            line("TASK", &[Becomes::Drop(DropReason("amazon-connect.task"))], ""),
            line("EMAIL", &[Becomes::Drop(DropReason("amazon-connect.email"))], ""),
        ],
    },
    batch_field: None,
    decode,
};

/// How Amazon Connect's contact records are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AmazonConnectSettings {
    /// The contact attribute in which an agent or flow says the call's result.
    pub disposition_attribute: String,
    /// A result as the attribute writes it -> our disposition, or one of the kinds of a call, which then counts.
    /// Written as ours it needs no entry.
    pub dispositions: BTreeMap<String, String>,
    /// Contact attributes that begin so are answers: `answer_timeframe`.
    pub answer_prefix: String,
    /// The role of the agents.
    pub agent_role: String,
}

impl Default for AmazonConnectSettings {
    fn default() -> Self {
        Self {
            disposition_attribute: String::from("disposition"),
            dispositions: table(&[
                ("不在", "absent"),
                ("受付ブロック", "gatekeeper"),
                ("留守電", "voicemail"),
                ("番号違い", "wrong_number"),
                ("折り返し希望", "callback"),
                ("アポ獲得", "appointment"),
                ("興味あり", "interested"),
                ("資料希望", "material_requested"),
                ("ニーズなし", "no_need"),
                ("架電禁止", "do_not_call"),
            ]),
            answer_prefix: String::from("answer_"),
            agent_role: String::from("inside_sales"),
        }
    }
}

impl AmazonConnectSettings {
    pub(crate) fn compile(&mut self) -> Result<(), SettingsError> {
        check_names("amazon_connect.dispositions", self.dispositions.values())?;
        check_names("amazon_connect", [&self.disposition_attribute, &self.answer_prefix, &self.agent_role])?;
        loosen("amazon_connect.dispositions", &mut self.dispositions)
    }
}

/// Results that are kinds of their own on the channel call.
const KINDS: &[&str] =
    &["connected", "no_answer", "voicemail", "absent", "gatekeeper", "callback_requested", "wrong_number"];

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let record = Fields::new(element, context.place)?;
    let id = record.need_text("ContactId", "a contact record needs its id")?;
    let voice = record.text("Channel")?.filter(|channel| !channel.eq_ignore_ascii_case("VOICE"));
    let upper = voice.map(str::to_ascii_uppercase);
    let (field, event) = match upper.as_deref() {
        Some(other) => ("Channel", other),
        None => ("InitiationMethod", record.need_text("InitiationMethod", "says who began the call")?),
    };
    if context.ignores(event) {
        out.push(Outcome::Dropped(IGNORED_BY_SETTING));
        return Ok(());
    }
    let line = registry::event(&SOURCE.info, event, |message| record.invalid(field, message))?;
    if let Some(Becomes::Drop(reason)) = line.becomes.first() {
        out.push(Outcome::Dropped(*reason));
        return Ok(());
    }
    let at = record.time("InitiationTimestamp")?;
    let at = at.ok_or_else(|| record.missing("InitiationTimestamp", "a contact record needs the time it began"))?;
    let version = record.time("LastUpdateTimestamp")?;
    let version = version.ok_or_else(|| record.missing("LastUpdateTimestamp", "tells later copies from earlier"))?;
    let agent = record.object("Agent")?;
    let answered = match &agent {
        Some(agent) => agent.time("ConnectedToAgentTimestamp")?.is_some(),
        None => false,
    };
    let mut touchpoint =
        Touchpoint::new(context.source, id, at, context.tool_channel(), kind(&record, event, answered)?);
    touchpoint.version = Some(version.as_millis());
    touchpoint.direction = match event {
        "INBOUND" | "WEBRTC_API" => Some(Direction::In),
        "OUTBOUND" | "CALLBACK" | "API" => Some(Direction::Out),
        _ => None,
    };
    let caller = caller(&record)?;
    if let Caller::Number(number) = &caller {
        touchpoint.identify(Identifier { kind: IdentifierKind::Phone, value: number.clone() });
    }
    if let Some(agent) = &agent {
        let actor =
            Actor { id: agent.own("Username")?, role: Some(Text::new(&context.settings().amazon_connect.agent_role)) };
        touchpoint.actor = Some(Box::new(actor));
        property(&mut touchpoint, "duration_s", agent, "AgentInteractionDuration")?;
    }
    if let Some(campaign) = record.object("Campaign")? {
        touchpoint.campaign = campaign.own("CampaignId")?;
    }
    properties(&mut touchpoint, &record, event, answered)?;
    attributes(&mut touchpoint, context, &record)?;
    // The flow may have found out who calls, whatever the network tells.
    match caller {
        Caller::Withheld if touchpoint.identifiers.is_empty() => {
            out.push(Outcome::Dropped(WITHHELD));
            return Ok(());
        }
        Caller::Unnamed if touchpoint.identifiers.is_empty() => {
            return Err(record.place().key("CustomerEndpoint").reject(
                touchpoint::RejectionCode::MissingIdentifier,
                "a call needs the customer's number, where no attribute names the customer",
            ));
        }
        _ => {}
    }
    context.finish(touchpoint, "InitiationTimestamp", out)
}

/// What the network tells of the customer.
enum Caller {
    Number(Text),
    /// No fault of the record.
    Withheld,
    /// A call by an application, or by an address that is no number.
    Unnamed,
}

fn caller(record: &Fields<'_>) -> Result<Caller, Rejection> {
    let Some(endpoint) = record.object("CustomerEndpoint")? else { return Ok(Caller::Unnamed) };
    if endpoint.text("Type")?.is_some_and(|kind| kind != "TELEPHONE_NUMBER") {
        return Ok(Caller::Unnamed);
    }
    let address = endpoint.need_text("Address", "a call needs the customer's number")?;
    const WITHHELD: [&str; 5] = ["anonymous", "unknown", "restricted", "private", "unavailable"];
    if WITHHELD.contains(&address.to_ascii_lowercase().as_str()) {
        return Ok(Caller::Withheld);
    }
    ids::phone(address, endpoint.place().key("Address")).map(Caller::Number)
}

/// Who answered: an agent and the customer spoke, a machine did, or nobody.
fn kind(record: &Fields<'_>, event: &str, answered: bool) -> Result<&'static str, Rejection> {
    Ok(match record.text("AnsweringMachineDetectionStatus")? {
        Some("VOICEMAIL_BEEP" | "VOICEMAIL_NO_BEEP") => "voicemail",
        Some("SIT_TONE_INVALID_NUMBER" | "FAX_MACHINE_DETECTED") => "wrong_number",
        Some("AMD_UNANSWERED" | "SIT_TONE_BUSY" | "SIT_TONE_DETECTED") => "no_answer",
        // A person answered a dialled call; whether an agent was there in time is ours, not theirs.
        Some("HUMAN_ANSWERED") if event == "API" => "connected",
        _ if answered => "connected",
        _ => "no_answer",
    })
}

fn properties(touchpoint: &mut Touchpoint, record: &Fields<'_>, event: &str, answered: bool) -> Result<(), Rejection> {
    for (name, field) in [
        ("ends_at", "DisconnectTimestamp"),
        ("disconnect_reason", "DisconnectReason"),
        ("answering_machine", "AnsweringMachineDetectionStatus"),
        ("initial_call", "InitialContactId"),
        ("previous_call", "PreviousContactId"),
    ] {
        property(touchpoint, name, record, field)?;
    }
    touchpoint.properties.set("initiation", Value::text(event));
    if matches!(event, "TRANSFER" | "QUEUE_TRANSFER") {
        touchpoint.properties.set("transfer", Value::Bool(true));
    }
    if let Some(queue) = record.object("Queue")? {
        property(touchpoint, "queue", &queue, "Name")?;
        property(touchpoint, "queue_wait_s", &queue, "Duration")?;
        // As the provider defines it: queued, and connected to no agent.
        if event == "INBOUND" && !answered {
            touchpoint.properties.set("abandoned", Value::Bool(true));
        }
    }
    Ok(())
}

fn property(touchpoint: &mut Touchpoint, name: &str, fields: &Fields<'_>, field: &str) -> Result<(), Rejection> {
    fields
        .get(field)
        .map_or(Ok(()), |value| flatten::add_property(&mut touchpoint.properties, name, value, fields.place()))
}

/// What flows and agents wrote: the result, answers, our own ids; the rest as it is.
fn attributes(touchpoint: &mut Touchpoint, context: &Context<'_>, record: &Fields<'_>) -> Result<(), Rejection> {
    let Some(attributes) = record.object("Attributes")? else { return Ok(()) };
    let (settings, keys) = (&context.settings().amazon_connect, &context.settings().keys);
    for (name, value) in attributes.iter() {
        let Some(text) = attributes.scalar(name)? else { continue };
        if name == settings.disposition_attribute {
            let known = settings.dispositions.get(&loose(&text)).map_or_else(|| text.as_ref(), String::as_str);
            match KINDS.iter().find(|kind| **kind == known) {
                Some(kind) => touchpoint.kind = Text::new(kind),
                None => touchpoint.disposition = Some(Text::new(known)),
            }
        } else if name == keys.action {
            touchpoint.action = Some(Text::new(text));
        } else if name == keys.content {
            touchpoint.content = Some(Text::new(text));
        } else if name == keys.campaign {
            touchpoint.campaign = Some(Text::new(text));
        } else if name == keys.crm_id {
            let value = ids::scoped(&text, attributes.place().key(name))?;
            touchpoint.identify(Identifier { kind: IdentifierKind::CrmId, value });
        } else if let Some(question) = name.strip_prefix(&settings.answer_prefix) {
            flatten::add_property(&mut touchpoint.answers, question, value, attributes.place())?;
        } else {
            flatten::add_property(&mut touchpoint.properties, &format!("attribute.{name}"), value, attributes.place())?;
        }
    }
    Ok(())
}
