//! What random playbooks speak of, and the touchpoints that random histories consist of: few words, so that they meet.

use touchpoint::{AttributeChanges, Date, Decimal, Direction, Text, Timestamp, Touchpoint, Value};

/// Patterns, as they stand in a playbook.
pub(crate) const PATTERNS: &[&str] = &[
    "{channel: web, kind: page_view}",
    "{channel: web, kind: page_view, page: pricing}",
    "{channel: web, kind: page_view, page_not: pricing}",
    "{channel: web, kind: [download, search]}",
    "{channel: web, kind: form_submit}",
    "{channel: web, kind: form_submit, purpose: inquiry}",
    "{channel: email, kind: open}",
    "{channel: email, kind: click}",
    "{channel: email}",
    "{channel: call, kind: connected}",
    "{channel: call, direction: in}",
    "{channel: call, disposition: [interested, callback]}",
    "{channel: call, disposition_not: no_need}",
    "{channel: event, kind: booth_visit}",
    "{channel: event, kind: booth_visit, properties: {rank: A}}",
    "{properties: {rank: {present: true}}}",
    "{content_type: case}",
    "{content: [a, b]}",
    "{campaign: k1}",
    "{kind: [page_view, open]}",
    "{channel: event, answers: {timeframe: [3m, 6m]}}",
    "{answers: {budget: {present: true}}}",
    "{channel: crm, reason: [q0, q1]}",
    "{channel: crm}",
    "{channel: crm, kind: won}",
    "{channel: profile}",
    "{properties: {percent: {at_least: 50}}}",
    "{channel: store, kind: visited}",
    "{answers: {timeframe: {is_not: later}}}",
    "{channel: web}",
];

/// Tests on an attribute, as conditions.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "{contact: {rank: [manager, director]}}",
    "{contact: {rank: {present: false}}}",
    "{contact: {exclude: {present: true}}}",
    "{account: {employees: {at_least: 300}}}",
    "{account: {employees: {below: 300}, fiscal_year_end: {present: true}}}",
];

/// Tests on answers, without their braces.
pub(crate) const ANSWERS: &[&str] = &[
    "answer: {timeframe: [3m, 6m]}",
    "answer: {timeframe: {present: true}}",
    "answer: {timeframe: {present: false}}",
    "answer: {budget: planned}",
    "answer: {budget: {is_not: none}, timeframe: 3m}",
];

/// Touchpoints: channel, kind, and what else is said.
pub(crate) const TOUCHPOINTS: &[&str] = &[
    "web page_view content=a",
    "web page_view content=a",
    "web page_view content=b",
    "web page_view content=c campaign=k1",
    "web page_view url=https://www.example.jp/pricing",
    "web page_view url=/pricing/plans?from=mail",
    "web page_view url=/about campaign=k2",
    "web page_view url=/about/case",
    "web page_view",
    "web page_view content=a property.machine=true",
    "web page_view answer.solution=y",
    "web search",
    "web download content=b",
    "web download content=unheard_of",
    "web form_submit property.purpose=inquiry",
    "web form_submit property.purpose=inquiry",
    "web form_submit property.purpose=inquiry property.machine=true",
    "web form_submit property.purpose=download content=a answer.timeframe=3m",
    "web video_view content=a property.percent=#80",
    "web video_view content=c property.percent=#20",
    "email open property.message_id=m1",
    "email open property.message_id=m2",
    "email open content=a",
    "email click property.message_id=m1",
    "email click",
    "email unsubscribe",
    "call connected direction=out disposition=interested",
    "call connected direction=out disposition=no_need",
    "call connected direction=in",
    "call connected answer.timeframe=later",
    "call connected answer.timeframe=6m answer.budget=planned",
    "call connected answer.budget=none",
    "call connected answer.contract_end=2026-04-20",
    "call connected answer.contract_end=2026年10月",
    "call connected answer.contract_end=soon",
    "event booth_visit property.rank=A property.event_id=e1",
    "event booth_visit property.rank=B campaign=k1",
    "event booth_visit property.rank=C property.event_id=e1 property.starts_at=2026-04-02T10:00:00+09:00",
    "event booth_visit",
    "event survey answer.timeframe=3m",
    "event survey answer.budget=secured campaign=k1",
    "event card_scan campaign=k2 contact.rank=manager",
    "store visited",
    "store visited property.rank=A",
    "crm note",
    "crm note property.machine=true",
    "crm accepted",
    "crm accepted property.machine=true",
    "crm held",
    "crm held until=3",
    "crm held until=-1",
    "crm held until=20 reason=q1",
    "crm meeting_booked",
    "crm qualified",
    "crm opportunity_created",
    "crm opportunity_stage",
    "crm won",
    "crm won reason=q0",
    "crm lost",
    "crm lost reason=q0",
    "crm lost reason=q1 until=6",
    "crm lost reason=q2 until=2",
    "crm lost reason=q3",
    "crm lost reason=unheard_of until=4",
    "crm rejected",
    "crm rejected reason=q0 until=5",
    "crm rejected reason=q1",
    "crm rejected reason=q2",
    "crm rejected reason=q4",
    "crm churned reason=q3 until=30",
    "crm stage_set property.stage=s1",
    "crm stage_set property.stage=s2 property.life_cycle=first",
    "crm stage_set property.stage=s3 property.life_cycle=second reason=q1",
    "crm stage_set property.stage=s0",
    "crm stage_set property.stage=unheard_of",
    "web accepted",
    "profile updated contact.rank=manager",
    "profile updated contact.rank=staff",
    "profile updated contact.rank=",
    "profile updated contact.exclude=competitor",
    "profile updated contact.exclude=",
    "profile updated account.employees=#400",
    "profile updated account.employees=#40 contact.employees=#500",
    "profile updated account.fiscal_year_end=#3 account.contract_ends=2026-04-25",
    "profile updated account.fiscal_year_end=6月 contact.contract_ends=2026/5/4",
];

/// One of [`TOUCHPOINTS`], as it occurs.
pub(crate) fn touchpoint(id: &str, at: Timestamp, what: u8) -> Touchpoint {
    said(id, at, TOUCHPOINTS[usize::from(what) % TOUCHPOINTS.len()])
}

/// A touchpoint in the words of that list.
pub(crate) fn said(id: &str, at: Timestamp, text: &str) -> Touchpoint {
    let mut words = text.split(' ');
    let (channel, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut touchpoint = Touchpoint::new("s", id, at, channel, kind);
    let mut changes = AttributeChanges::default();
    for word in words {
        let (name, value) = word.split_once('=').expect("name=value");
        match name.split_once('.') {
            Some(("property", name)) => touchpoint.properties.set(name, typed(value)),
            Some(("answer", name)) => touchpoint.answers.set(name, typed(value)),
            Some(("contact", name)) => changes.contact.push((Text::new(name), value_or_none(value))),
            Some((_, name)) => changes.account.push((Text::new(name), value_or_none(value))),
            None => set(&mut touchpoint, name, value),
        }
    }
    if !changes.contact.is_empty() || !changes.account.is_empty() {
        touchpoint.attributes = Some(Box::new(changes));
    }
    touchpoint
}

fn set(touchpoint: &mut Touchpoint, name: &str, value: &str) {
    let text = Some(Text::new(value));
    match name {
        "content" => touchpoint.content = text,
        "campaign" => touchpoint.campaign = text,
        "disposition" => touchpoint.disposition = text,
        "reason" => touchpoint.reason = text,
        "direction" => {
            touchpoint.direction = Some(if value == "in" { Direction::In } else { Direction::Out });
        }
        // Days from the day of the touchpoint on.
        "until" => {
            let days = touchpoint.occurred_at.as_millis().div_euclid(86_400_000) + value.parse::<i64>().expect("days");
            touchpoint.until = Some(Date::from_days(days as i32));
        }
        "url" => touchpoint.properties.set("url", Value::text(value)),
        _ => panic!("a touchpoint has no {name}"),
    }
}

fn value_or_none(value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| typed(value))
}

/// `#3` is a number.
fn typed(value: &str) -> Value {
    match (value.strip_prefix('#').and_then(Decimal::parse), value) {
        (Some(number), _) => Value::Number(number),
        (None, "true") => Value::Bool(true),
        (None, text) => Value::text(text),
    }
}
