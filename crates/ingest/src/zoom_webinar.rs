//! Zoom Webinar webhooks: registered, joined, left.
//! <https://developers.zoom.us/docs/api/meetings/events/>
//!
//! An event has no id of its own: a hash of its content is one, and Zoom's repeats are equal. A registration carries
//! `starts_at` and `ends_at`, a joining and a leaving their times; minutes attended and no-shows are derived from these
//! later. `webinar.ended` names nobody and is dropped: what happens at the end hangs on the registration's `ends_at`.

use crate::decoder::{Context, too_many};
use crate::fields::{Fields, Place};
use crate::outcomes::Outcomes;
use crate::registry::{self, Becomes, Coded, SourceInfo, line};
use crate::settings::{SettingsError, check_names, loose, loosen, table};
use crate::{IGNORED_BY_SETTING, flatten, ids};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use touchpoint::{
    AccountRef, AttributeChanges, Decimal, Direction, DropReason, Identifier, IdentifierKind, Origin, Outcome, Person,
    PersonPhone, Properties, Rejection, Text, Timestamp, Touchpoint, Value, limits,
};

const SETUP: &[Becomes] = &[Becomes::Drop(DropReason("zoom-webinar.setup"))];
const DURING: &[Becomes] = &[Becomes::Drop(DropReason("zoom-webinar.during"))];
const HOST: DropReason = DropReason("zoom-webinar.host");
const GUEST: DropReason = DropReason("zoom-webinar.unidentified_guest");
const OTHER_PRODUCT: DropReason = DropReason("zoom-webinar.other_product");

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "zoom-webinar",
        aliases: &[],
        channel: Some("event"),
        format: "https://developers.zoom.us/docs/api/meetings/events/",
        summary: "Id: a hash of the content. Person: e-mail and the badge `zoom:<registrant id>`. Campaign: by the \
                  settings' table, else `zoom:<webinar id>`. Events that are not `webinar.` are dropped as \
                  `zoom-webinar.other_product`.",
        events: &[
            line(
                "webinar.registration_created",
                &[Becomes::Kind("registered"), Becomes::Kind("waitlisted")],
                "`waitlisted` while the host has to approve; one a session of a series",
            ),
            line("webinar.registration_approved", &[Becomes::Kind("registered")], ""),
            line("webinar.registration_cancelled", &[Becomes::Kind("cancelled")], ""),
            line(
                "webinar.registration_denied",
                &[Becomes::Kind("denied")],
                "by us, so no `cancelled`; scores nothing until a rule names it",
            ),
            line(
                "webinar.participant_joined",
                &[Becomes::Kind("joined"), Becomes::Drop(HOST), Becomes::Drop(GUEST)],
                "a guest without e-mail, registration and number is dropped",
            ),
            line("webinar.participant_left", &[Becomes::Kind("left"), Becomes::Drop(HOST), Becomes::Drop(GUEST)], ""),
            line(
                "webinar.ended",
                &[Becomes::Drop(DropReason("zoom-webinar.ended"))],
                "names nobody; the registration carries `ends_at`",
            ),
            line("webinar.started", &[Becomes::Drop(DropReason("zoom-webinar.started"))], "names nobody"),
            line("webinar.created", SETUP, ""),
            line("webinar.updated", SETUP, ""),
            line("webinar.deleted", SETUP, ""),
            line("webinar.recovered", SETUP, ""),
            line("webinar.permanently_deleted", SETUP, ""),
            line("webinar.converted_to_meeting", SETUP, ""),
            line("webinar.alert", DURING, ""),
            line("webinar.sharing_started", DURING, ""),
            line("webinar.sharing_ended", DURING, ""),
            line("webinar.participant_role_changed", DURING, ""),
            line("webinar.participant_bind", DURING, ""),
            line("webinar.participant_feedback", DURING, ""),
            line("webinar.chat_message_sent", DURING, ""),
            line("webinar.chat_message_file_sent", DURING, ""),
            line("webinar.chat_message_file_downloaded", DURING, ""),
            line("webinar.participant_data_connection_established", DURING, ""),
            line(
                "endpoint.url_validation",
                &[Becomes::Drop(DropReason("zoom-webinar.url_validation"))],
                "a question to the receiver of the webhook",
            ),
        ],
    },
    batch_field: None,
    decode,
};

/// How Zoom's webinar events are read. Titles and answers are compared without case, spaces and marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZoomWebinarSettings {
    /// Webinar id -> campaign.
    pub campaigns: BTreeMap<String, String>,
    /// Title of a custom question -> name of the answer. Others are properties, `question.<title>`.
    pub questions: BTreeMap<String, String>,
    /// Zoom's choices for "purchasing time frame" -> `timeframe`.
    pub timeframes: BTreeMap<String, String>,
    /// Zoom's choices for "role in purchase process" -> `authority`.
    pub authorities: BTreeMap<String, String>,
    /// Zoom's choices for "number of employees" -> the attribute `employees`: the least number of the range.
    pub employees: BTreeMap<String, u32>,
}

impl Default for ZoomWebinarSettings {
    fn default() -> Self {
        let employees = [
            ("1-20", 1),
            ("21-50", 21),
            ("51-100", 51),
            ("101-250", 101),
            ("101-500", 101),
            ("251-500", 251),
            ("500-1,000", 500),
            ("501-1,000", 501),
            ("1,001-5,000", 1_001),
            ("5,001-10,000", 5_001),
            ("More than 10,000", 10_001),
        ];
        Self {
            campaigns: BTreeMap::new(),
            questions: BTreeMap::new(),
            timeframes: table(&[
                ("Within a month", "3m"),
                ("1-3 months", "3m"),
                ("4-6 months", "6m"),
                ("More than 6 months", "12m"),
                ("No timeframe", "unknown"),
            ]),
            authorities: table(&[
                ("Decision Maker", "decision_maker"),
                ("Evaluator/Recommender", "champion"),
                ("Influencer", "champion"),
                ("Not involved", "unknown"),
            ]),
            employees: employees.map(|(range, least)| (String::from(range), least)).into(),
        }
    }
}

impl ZoomWebinarSettings {
    pub(crate) fn compile(&mut self) -> Result<(), SettingsError> {
        check_names("zoom_webinar.campaigns", self.campaigns.values())?;
        check_names("zoom_webinar.questions", self.questions.values())?;
        loosen("zoom_webinar.questions", &mut self.questions)?;
        loosen("zoom_webinar.timeframes", &mut self.timeframes)?;
        loosen("zoom_webinar.authorities", &mut self.authorities)?;
        loosen("zoom_webinar.employees", &mut self.employees)
    }
}

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let webhook = Fields::new(element, context.place)?;
    let event = webhook.need_text("event", "a webhook needs its type")?;
    if context.ignores(event) {
        out.push(Outcome::Dropped(IGNORED_BY_SETTING));
        return Ok(());
    }
    let line = match registry::event(&SOURCE.info, event, |message| webhook.invalid("event", message)) {
        Ok(line) => line,
        // One subscription of an app may hold meetings, telephony and recordings too.
        Err(_) if !event.starts_with("webinar.") => {
            out.push(Outcome::Dropped(OTHER_PRODUCT));
            return Ok(());
        }
        Err(rejection) => return Err(rejection),
    };
    let kind = match line.becomes.first() {
        Some(Becomes::Kind(kind)) => *kind,
        Some(Becomes::Drop(reason)) => {
            out.push(Outcome::Dropped(*reason));
            return Ok(());
        }
        Some(Becomes::OwnKind) | None => event,
    };
    let told_at = webhook.epoch("event_ts", 1)?;
    let told_at = told_at.ok_or_else(|| webhook.missing("event_ts", "a webhook needs its time, in milliseconds"))?;
    let id = ids::content_id(element, &[]);
    let Some(payload) = webhook.object("payload")? else { return Err(webhook.missing("payload", "is needed")) };
    let Some(webinar) = payload.object("object")? else { return Err(payload.missing("object", "the webinar")) };
    let touchpoint = Touchpoint::new(context.source, id, told_at, context.tool_channel(), kind);
    if kind == "joined" || kind == "left" {
        participant(touchpoint, context, &webinar, out)
    } else {
        registrant(touchpoint, context, &webinar, out)
    }
}

/// The webinar: its campaign, its session, when it starts and is to end.
fn session(touchpoint: &mut Touchpoint, context: &Context<'_>, webinar: &Fields<'_>) -> Result<(), Rejection> {
    // A number in registrations, text in participants.
    let id = webinar.scalar("id")?.ok_or_else(|| webinar.missing("id", "a webinar needs its id"))?;
    let event = ids::scope_id("zoom", &id);
    let campaigns = &context.settings().zoom_webinar.campaigns;
    touchpoint.campaign = Some(campaigns.get(id.as_ref()).map_or_else(|| event.clone(), Text::new));
    touchpoint.properties.set("event_id", Value::Text(event));
    for (name, field) in [("session", "uuid"), ("topic", "topic")] {
        if let Some(text) = webinar.own(field)? {
            touchpoint.properties.set(name, Value::Text(text));
        }
    }
    Ok(())
}

/// `starts_at`, and `ends_at` after the planned minutes.
fn times(touchpoint: &mut Touchpoint, start: Option<Timestamp>, minutes: Option<i64>) {
    let Some(start) = start else { return };
    touchpoint.properties.set("starts_at", Value::text(start.to_string()));
    if let Some(minutes) = minutes.filter(|minutes| (1..=MINUTES_MAX).contains(minutes)) {
        touchpoint.properties.set("ends_at", Value::text(start.plus_millis(minutes * 60_000).to_string()));
    }
}

/// A webinar of more than a month is a slip of the pen.
const MINUTES_MAX: i64 = 31 * 24 * 60;

fn registrant(
    mut touchpoint: Touchpoint,
    context: &Context<'_>,
    webinar: &Fields<'_>,
    out: &mut Outcomes,
) -> Result<(), Rejection> {
    touchpoint.direction = Some(Direction::In);
    session(&mut touchpoint, context, webinar)?;
    let Some(registrant) = webinar.object("registrant")? else {
        return Err(webinar.missing("registrant", "a registration names who registered"));
    };
    if touchpoint.kind == "registered" && registrant.text("status")? == Some("pending") {
        touchpoint.kind = Text::new("waitlisted");
    }
    if touchpoint.kind == "denied" {
        touchpoint.direction = Some(Direction::Out);
    }
    if let Some(email) = registrant.text("email")? {
        let value = ids::email(email, registrant.place().key("email"))?;
        touchpoint.identify(Identifier { kind: IdentifierKind::Email, value });
    }
    if let Some(id) = registrant.scalar("id")? {
        touchpoint.identify(Identifier { kind: IdentifierKind::Badge, value: ids::scope_id("zoom", &id) });
    }
    who(&mut touchpoint, &registrant)?;
    said(&mut touchpoint, &context.settings().zoom_webinar, &registrant)?;
    sessions(touchpoint, context, webinar, out)
}

/// One touchpoint, or one for each session of a series that the registration is for.
fn sessions(
    mut touchpoint: Touchpoint,
    context: &Context<'_>,
    webinar: &Fields<'_>,
    out: &mut Outcomes,
) -> Result<(), Rejection> {
    let minutes = webinar.integer("duration")?;
    let occurrences = webinar.list("occurrences")?.unwrap_or_default();
    if occurrences.is_empty() {
        times(&mut touchpoint, webinar.time("start_time")?, minutes);
        return context.finish(touchpoint, "event_ts", out);
    }
    if occurrences.len() > limits::ENTRIES_MAX {
        return Err(too_many());
    }
    let place = webinar.place().key("occurrences");
    for (index, occurrence) in occurrences.iter().enumerate() {
        let occurrence = Fields::new(occurrence, Place::Index(&place, index))?;
        let number = occurrence.scalar("occurrence_id")?;
        let number = number.ok_or_else(|| occurrence.missing("occurrence_id", "a session of a series needs its id"))?;
        let mut one = touchpoint.clone();
        one.input.id = ids::scope_id(&touchpoint.input.id, &number);
        one.properties.set("occurrence", Value::text(&number));
        let own = occurrence.integer("duration")?;
        times(&mut one, occurrence.time("start_time")?, own.or(minutes));
        context.finish(one, "event_ts", out)?;
    }
    Ok(())
}

fn who(touchpoint: &mut Touchpoint, registrant: &Fields<'_>) -> Result<(), Rejection> {
    let mut person = Person {
        family_name: registrant.own("last_name")?,
        given_name: registrant.own("first_name")?,
        company: registrant.own("org")?,
        title: registrant.own("job_title")?,
        ..Person::default()
    };
    if let Some(number) = registrant.own_scalar("phone")? {
        person.phones.push(PersonPhone { kind: Text::new("unspecified"), number });
    }
    if let Some(name) = person.company.clone() {
        touchpoint.account = Some(Box::new(AccountRef { name: Some(name), ..AccountRef::default() }));
    }
    if person != Person::default() {
        touchpoint.person = Some(Box::new(person));
    }
    Ok(())
}

/// What the registration form asked: firmographics, purchase, own questions.
fn said(touchpoint: &mut Touchpoint, settings: &ZoomWebinarSettings, registrant: &Fields<'_>) -> Result<(), Rejection> {
    let mut attributes = AttributeChanges::default();
    for name in ["city", "country", "state"] {
        if let Some(text) = registrant.own(name)? {
            attributes.contact.push((Text::new(name), Some(Value::Text(text))));
        }
    }
    if let Some(range) = registrant.scalar("no_of_employees")? {
        let least = settings.employees.get(&loose(&range)).and_then(|least| Decimal::from_int(i64::from(*least)));
        if let Some(least) = least {
            attributes.account.push((Text::new("employees"), Some(Value::Number(least))));
        }
        attributes.account.push((Text::new("employees_range"), Some(Value::text(range))));
    }
    if let Some(industry) = registrant.own("industry")? {
        attributes.account.push((Text::new("industry"), Some(Value::Text(industry))));
    }
    if attributes != AttributeChanges::default() {
        touchpoint.attributes = Some(Box::new(attributes));
    }
    for (answer, field, table) in [
        ("timeframe", "purchasing_time_frame", &settings.timeframes),
        ("authority", "role_in_purchase_process", &settings.authorities),
    ] {
        if let Some(said) = registrant.text(field)? {
            let known = table.get(&loose(said)).map_or(said, String::as_str);
            touchpoint.answers.set(answer, Value::text(known));
        }
    }
    if let Some(comments) = registrant.own("comments")? {
        touchpoint.properties.set("comments", Value::Text(comments));
    }
    if let Some(source) = registrant.object("tracking_source")?
        && let Some(name) = source.own("source_name")?
    {
        touchpoint.origin = Some(Box::new(Origin { source: Some(name), ..Origin::default() }));
    }
    questions(touchpoint, settings, registrant)
}

fn questions(
    touchpoint: &mut Touchpoint,
    settings: &ZoomWebinarSettings,
    registrant: &Fields<'_>,
) -> Result<(), Rejection> {
    let place = registrant.place().key("custom_questions");
    for (index, question) in registrant.list("custom_questions")?.unwrap_or_default().iter().enumerate() {
        let question = Fields::new(question, Place::Index(&place, index))?;
        let (Some(title), Some(answer)) = (question.text("title")?, question.get("value")) else { continue };
        if answer.as_str().is_some_and(str::is_empty) {
            continue;
        }
        match settings.questions.get(&loose(title)) {
            Some(name) => flatten::add_property(&mut touchpoint.answers, name, answer, question.place())?,
            None => {
                let name = question_name(title, &touchpoint.properties);
                flatten::add_property(&mut touchpoint.properties, &name, answer, question.place())?;
            }
        }
    }
    Ok(())
}

/// The property of a question that the settings do not name: its title, as far as a name may be long, and told apart from
/// others that begin alike.
fn question_name(title: &str, taken: &Properties) -> String {
    const MARK_BYTES: usize = 9;
    let mut name = format!("question.{title}");
    if name.len() > limits::NAME_BYTES_MAX {
        let mark = ids::content_id(&Json::from(title), &[]);
        let mut end = limits::NAME_BYTES_MAX - MARK_BYTES;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        name.push('~');
        name.extend(mark.chars().rev().take(MARK_BYTES - 1));
    }
    let alone = name.len();
    for number in 2.. {
        if taken.get(&name).is_none() {
            break;
        }
        name.truncate(alone);
        name = format!("{name}~{number}");
    }
    name
}

fn participant(
    mut touchpoint: Touchpoint,
    context: &Context<'_>,
    webinar: &Fields<'_>,
    out: &mut Outcomes,
) -> Result<(), Rejection> {
    touchpoint.direction = Some(Direction::In);
    session(&mut touchpoint, context, webinar)?;
    times(&mut touchpoint, webinar.time("start_time")?, webinar.integer("duration")?);
    let Some(participant) = webinar.object("participant")? else {
        return Err(webinar.missing("participant", "the one who joined or left"));
    };
    let host = webinar.text("host_id")?;
    if host.is_some() && participant.text("id")? == host {
        out.push(Outcome::Dropped(HOST));
        return Ok(());
    }
    if let Some(email) = participant.text("email")? {
        let value = ids::email(email, participant.place().key("email"))?;
        touchpoint.identify(Identifier { kind: IdentifierKind::Email, value });
    }
    if let Some(id) = participant.scalar("registrant_id")? {
        touchpoint.identify(Identifier { kind: IdentifierKind::Badge, value: ids::scope_id("zoom", &id) });
    }
    if let Some(number) = participant.scalar("phone_number")?
        && ids::looks_like_phone(&number)
    {
        touchpoint.identify(Identifier::new(IdentifierKind::Phone, &number));
    }
    if touchpoint.identifiers.is_empty() {
        out.push(Outcome::Dropped(GUEST));
        return Ok(());
    }
    if let Some(name) = participant.own("user_name")? {
        touchpoint.person = Some(Box::new(Person { name: Some(name), ..Person::default() }));
    }
    if let Some(uuid) = participant.own("participant_uuid")? {
        touchpoint.properties.set("participant", Value::Text(uuid));
    }
    // `<name> left the webinar.<br>Reason: left the webinar.`: the name is no property's business.
    if let Some((_, reason)) = participant.text("leave_reason")?.and_then(|reason| reason.split_once("Reason:")) {
        touchpoint.properties.set("leave_reason", Value::text(reason.trim()));
    }
    // The interval: each end has its own event, and what one event tells of the other end is kept too.
    let (joined, left) = (participant.time("join_time")?, participant.time("leave_time")?);
    for (name, at) in [("joined_at", joined), ("left_at", left)] {
        if let Some(at) = at {
            touchpoint.properties.set(name, Value::text(at.to_string()));
        }
    }
    let (at, field) = if touchpoint.kind == "joined" { (joined, "join_time") } else { (left, "leave_time") };
    if let Some(at) = at {
        touchpoint.occurred_at = at;
    }
    context.finish(touchpoint, if at.is_some() { field } else { "event_ts" }, out)
}
