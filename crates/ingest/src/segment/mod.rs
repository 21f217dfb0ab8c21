//! Segment and RudderStack: the calls `track`, `page`, `screen`, `identify`, `group` of the common spec.
//! <https://www.twilio.com/docs/segment/connections/spec/common>
//! <https://www.rudderstack.com/docs/event-spec/standard-events/common-fields/>
//!
//! The visitor is the cookie `segment:<anonymousId>`; a `userId` names a person (`crm_id`, `segment:<userId>`), or is
//! an e-mail address where it looks like one. RudderStack's are scoped `rudderstack:`.

mod person;
mod settings;
mod track;

pub(crate) use settings::ignored_by_default;
pub use settings::{EventRule, SegmentSettings};

use crate::decoder::Context;
use crate::fields::{Fields, Place, scalar};
use crate::outcomes::Outcomes;
use crate::registry::{self, Becomes, Coded, SourceInfo, line};
use crate::{check, flatten, ids, machine};
use serde_json::Value as Json;
use touchpoint::{
    Consent, ConsentState, Direction, DropReason, Identifier, IdentifierKind, Origin, Outcome, Properties, Rejection,
    RejectionCode, Text, Timestamp, Touchpoint, Value,
};

pub(crate) const SOURCE: Coded = Coded {
    info: SourceInfo {
        name: "segment",
        aliases: &["rudderstack"],
        channel: Some("web"),
        format: "https://www.twilio.com/docs/segment/connections/spec/common",
        summary: "Id: `messageId`, else a hash of the content. Person: `userId`, `anonymousId`, e-mail in traits or in \
                  a sent form. Consent: `context.consent.categoryPreferences`.",
        events: &[
            line("page", &[Becomes::Kind("page_view")], ""),
            line("screen", &[Becomes::Kind("screen")], "of an app; scores nothing until a rule names it"),
            line(
                "track",
                &[Becomes::OwnKind],
                "by the table `sources.segment.events` of `config show`; an event that is not in it keeps its name in lower case with `_`",
            ),
            line("identify", &[Becomes::Kind("updated")], "traits become identifiers, person and attributes"),
            line("group", &[Becomes::Kind("updated")], "the account and its attributes"),
            line(
                "alias",
                &[Becomes::Drop(ALIAS)],
                "joining is decided by identifiers, consent and the CRM, not by a tracker",
            ),
        ],
    },
    batch_field: Some("batch"),
    decode,
};

const ALIAS: DropReason = DropReason("segment.alias");
const IGNORED: DropReason = crate::IGNORED_BY_SETTING;

fn decode(context: &Context<'_>, element: &Json, out: &mut Outcomes) -> Result<(), Rejection> {
    let call = Fields::new(element, context.place)?;
    let kind = call.need_text("type", "say `track`, `page`, `identify`, `group` or `screen`")?;
    let line = registry::event(&SOURCE.info, kind, |message| call.invalid("type", message))?;
    let name = call.text("event")?;
    if context.ignores(name.filter(|_| kind == "track").unwrap_or(kind)) {
        out.push(Outcome::Dropped(IGNORED));
        return Ok(());
    }
    if let Some(Becomes::Drop(reason)) = line.becomes.first() {
        out.push(Outcome::Dropped(*reason));
        return Ok(());
    }

    let id = match call.own("messageId")? {
        Some(id) => id,
        None => ids::content_id(element, &["sentAt", "receivedAt"]),
    };
    let (at, time_field) = occurred_at(&call)?;
    let mut touchpoint = Touchpoint::new(context.source, id, at, context.tool_channel(), kind);
    identify(&mut touchpoint, context.source, &call)?;
    let around = call.object("context")?;
    match kind {
        "page" => page(&mut touchpoint, "page_view", &call)?,
        "screen" => page(&mut touchpoint, "screen", &call)?,
        "track" => track::track(&mut touchpoint, context, &call)?,
        "identify" => {
            touchpoint.kind = Text::new(UPDATED);
            // RudderStack's libraries keep them with the call's context.
            let kept = || around.as_ref().map_or(Ok(None), |around| around.object("traits"));
            if let Some(traits) = call.object("traits")?.map_or_else(kept, |traits| Ok(Some(traits)))? {
                person::traits(&mut touchpoint, context, &traits)?;
            }
        }
        _ => {
            touchpoint.kind = Text::new(UPDATED);
            person::group(&mut touchpoint, context, &call)?;
        }
    }
    if let Some(around) = around {
        surroundings(&mut touchpoint, context, &around)?;
    }
    campaign_keys(&mut touchpoint, context);
    if touchpoint.kind != UPDATED {
        touchpoint.direction = Some(Direction::In);
    }
    context.finish(touchpoint, time_field, out)
}

/// Attributes changed, and nobody did anything: the kind for that, on every channel.
const UPDATED: &str = "updated";

/// `timestamp` is the server's correction of the client's clock: `receivedAt - (sentAt - originalTimestamp)`. It
/// differs by the network's mood when a client sends a message again, and an input must occur at one time. So the
/// client's own time is taken where both agree within the skew that is borne anyhow.
fn occurred_at(call: &Fields<'_>) -> Result<(Timestamp, &'static str), Rejection> {
    let own = call.time("originalTimestamp")?;
    let corrected = match call.time("timestamp")? {
        Some(corrected) => Some(corrected),
        None => match (own, call.time("sentAt")?, call.time("receivedAt")?) {
            (Some(own), Some(sent), Some(received)) => Some(received.plus_millis(-sent.millis_since(own))),
            (Some(_), _, _) => None,
            (None, sent, received) => sent.or(received),
        },
    };
    match (own, corrected) {
        (Some(own), Some(corrected)) if corrected.millis_since(own).abs() > check::CLOCK_SKEW_MAX_MILLIS => {
            Ok((corrected, "timestamp"))
        }
        (Some(own), _) => Ok((own, "originalTimestamp")),
        (None, Some(corrected)) => Ok((corrected, "timestamp")),
        (None, None) => Err(call.missing("timestamp", "a call needs the time it was made")),
    }
}

/// What scripts send where they have no id: taken for one, each of these would make one contact of all its visitors.
const NO_IDS: &[&str] = &[
    "null",
    "undefined",
    "none",
    "nil",
    "nan",
    "0",
    "true",
    "false",
    "anonymous",
    "guest",
    "unknown",
    "[object object]",
    "not_authenticated",
    "userid",
    "user_id",
    "anonymousid",
    "anonymous_id",
];

fn identify(touchpoint: &mut Touchpoint, scope: &str, call: &Fields<'_>) -> Result<(), Rejection> {
    let real = |id: &std::borrow::Cow<'_, str>| !NO_IDS.contains(&id.to_ascii_lowercase().as_str());
    let anonymous = call.scalar("anonymousId")?.filter(real);
    let user = call.scalar("userId")?.filter(real);
    if anonymous.is_none() && user.is_none() {
        return Err(call
            .place()
            .reject(RejectionCode::MissingIdentifier, "a call needs a `userId` or an `anonymousId`"));
    }
    if let Some(user) = user {
        if ids::looks_like_email(&user) {
            touchpoint.identify(Identifier::new(IdentifierKind::Email, &user));
        } else {
            touchpoint.identify(Identifier::new(IdentifierKind::CrmId, ids::scope_id(scope, &user)));
        }
    }
    if let Some(anonymous) = anonymous {
        touchpoint.identify(Identifier::new(IdentifierKind::Cookie, ids::scope_id(scope, &anonymous)));
    }
    Ok(())
}

fn page(touchpoint: &mut Touchpoint, kind: &str, call: &Fields<'_>) -> Result<(), Rejection> {
    touchpoint.kind = Text::new(kind);
    if let Some(properties) = call.object("properties")? {
        flatten::add_properties(&mut touchpoint.properties, &properties)?;
    }
    for name in ["name", "category"] {
        if let Some(text) = call.own_scalar(name)? {
            touchpoint.properties.set(name, Value::Text(text));
        }
    }
    Ok(())
}

/// What the library adds to every call: page, campaign, user agent, session, group, consent.
fn surroundings(touchpoint: &mut Touchpoint, context: &Context<'_>, around: &Fields<'_>) -> Result<(), Rejection> {
    let properties = &mut touchpoint.properties;
    if let Some(page) = around.object("page")? {
        for name in ["url", "path", "title", "referrer", "search"] {
            keep(properties, name, &page, name);
        }
    }
    keep(properties, "locale", around, "locale");
    keep(properties, "session_id", around, "sessionId");
    if let Some(agent) = around.text("userAgent")? {
        machine::mark(properties, context.settings(), agent);
    }
    if let Some(campaign) = around.object("campaign")? {
        touchpoint.campaign = campaign.own_scalar("name")?;
        let origin = Origin {
            source: campaign.own_scalar("source")?,
            medium: campaign.own_scalar("medium")?,
            term: campaign.own_scalar("term")?,
            partner: None,
        };
        if origin != Origin::default() {
            touchpoint.origin = Some(Box::new(origin));
        }
        keep(&mut touchpoint.properties, "utm_content", &campaign, "content");
    }
    if let Some(group) = around.scalar("groupId")? {
        person::account_id(touchpoint, ids::scope_id(context.source, &group));
    }
    if let Some(traits) = around.object("traits")? {
        person::identifiers(touchpoint, context.settings(), &traits)?;
    }
    consent(touchpoint, context, around)
}

/// Keeps a scalar under `name` unless the call's own properties say it already.
fn keep(properties: &mut Properties, name: &str, fields: &Fields<'_>, field: &str) {
    if properties.get(name).is_none()
        && let Some(text) = fields.get(field).and_then(scalar).filter(|text| !text.is_empty())
    {
        properties.set(name, Value::text(text));
    }
}

/// Consent as the visitor's choice of categories stands at this call. A category counts for the purpose that the
/// settings give it; by default only those that mean tracking: what a cookie banner calls "marketing" is no leave to
/// send mail.
fn consent(touchpoint: &mut Touchpoint, context: &Context<'_>, around: &Fields<'_>) -> Result<(), Rejection> {
    let Some(consent) = around.object("consent")? else { return Ok(()) };
    let Some(categories) = consent.object("categoryPreferences")? else { return Ok(()) };
    for (category, granted) in categories.iter() {
        let Some(purpose) = context.settings().segment.consent_categories.get(&crate::settings::loose(category)) else {
            continue;
        };
        let Json::Bool(granted) = granted else { return Err(categories.invalid(category, "must be true or false")) };
        touchpoint.consent.push(Consent {
            purpose: Text::new(purpose),
            channel: None,
            state: if *granted { ConsentState::Granted } else { ConsentState::Denied },
            basis: granted.then(|| Text::new("opt_in")),
            at: Some(touchpoint.occurred_at),
            evidence: Some(Text::new("context.consent")),
        });
    }
    Ok(())
}

/// Our own ids, as the call's properties or the link's query carry them.
fn campaign_keys(touchpoint: &mut Touchpoint, context: &Context<'_>) {
    let keys = &context.settings().keys;
    let find = |key: &str| {
        let properties = &touchpoint.properties;
        if let Some(Value::Text(own)) = properties.get(key) {
            return Some(own.clone()).filter(|own| !own.is_empty());
        }
        let url = properties.get("url").and_then(Value::as_text)?;
        query_value(url, key).map(Text::new)
    };
    let (action, content, campaign) = (find(&keys.action), find(&keys.content), find(&keys.campaign));
    touchpoint.action = action;
    touchpoint.content = content;
    if campaign.is_some() {
        touchpoint.campaign = campaign;
    }
}

/// The value of a parameter of a URL's query. Our ids need no escaping; a value that is escaped is none of ours.
fn query_value<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let query = url.split_once('?')?.1;
    let query = query.split('#').next().unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(have, value)| *have == name && !value.is_empty() && !value.contains(['%', '+']))
        .map(|(_, value)| value)
}

/// A place below a free object, for the rejections of its parts.
fn below<'p>(fields: &'p Fields<'p>, name: &'p str) -> Place<'p> {
    fields.place().key(name)
}

#[cfg(test)]
mod tests {
    use super::query_value;

    #[test]
    fn our_ids_are_found_in_a_link() {
        let url = "https://www.example.co.jp/price?utm_source=x&dc_action=act-9f31#top?dc_action=no";
        assert_eq!(query_value(url, "dc_action"), Some("act-9f31"));
        assert_eq!(query_value(url, "dc_content"), None);
        assert_eq!(query_value("https://x/?dc_action=a%20b", "dc_action"), None);
        assert_eq!(query_value("https://x/", "dc_action"), None);
    }
}
