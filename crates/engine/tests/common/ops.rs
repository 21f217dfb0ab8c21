//! What can happen to a contact, and touchpoints of every kind that the small playbook knows.

use super::DAY;
use super::history::{ACCOUNTS, CONTACTS};
use proptest::prelude::*;
use touchpoint::{AttributeChanges, Text, Timestamp, Touchpoint, Value};

/// One thing that happens to the partition. Small numbers, so that a shrunk counter-example can be read.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Place {
        contact: u8,
        id: u8,
        at: i64,
        what: u8,
        via: u8,
        known: bool,
        account: Option<u8>,
        version: Option<u8>,
    },
    /// The n-th touchpoint delivered so far, once more.
    Again(usize),
    /// A new version of the n-th versioned input.
    Replace {
        n: usize,
        at: i64,
        what: u8,
    },
    Void(usize),
    /// The rows of a contact that came by an identifier go back and are delivered to (perhaps) another contact.
    Recall {
        contact: u8,
        via: u8,
        from: i64,
        until: Option<i64>,
        to: u8,
    },
    /// Time passes by so many half hours (and perhaps a millisecond).
    Tick(i64, bool),
    Activate {
        version: u8,
        effective: i64,
    },
    /// The transaction ends; what it sent to the accounts arrives there, the first `n` in turned order.
    Publish(usize),
}

/// Of the first contact, who is known by it.
pub(crate) fn place(id: u8, at: i64, what: u8) -> Op {
    Op::Place { contact: 0, id, at, what, via: 0, known: true, account: None, version: None }
}

pub(crate) const LAST: i64 = 600;

pub(crate) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => placed(0.3),
        1 => any::<prop::sample::Index>().prop_map(|n| Op::Again(n.index(1_000))),
        2 => (any::<prop::sample::Index>(), 0..LAST, 0..KINDS).prop_map(|(n, at, what)| Op::Replace { n: n.index(1_000), at, what }),
        1 => any::<prop::sample::Index>().prop_map(|n| Op::Void(n.index(1_000))),
        1 => (0..CONTACTS, 0..3_u8, 0..LAST, proptest::option::of(0..LAST), 0..CONTACTS)
            .prop_map(|(contact, via, from, until, to)| Op::Recall { contact, via, from, until, to }),
        6 => (0..120_i64, any::<bool>()).prop_map(|(by, odd)| Op::Tick(by, odd)),
        1 => (0..3_u8, -20..LAST).prop_map(|(version, effective)| Op::Activate { version, effective }),
        4 => (0..4_usize).prop_map(Op::Publish),
    ]
}

/// A touchpoint; so many of them with a version.
pub(crate) fn placed(versioned: f64) -> impl Strategy<Value = Op> {
    let who = (0..CONTACTS, 0..40_u8, 0..LAST, 0..KINDS);
    let how =
        (0..3_u8, any::<bool>(), proptest::option::of(0..ACCOUNTS), proptest::option::weighted(versioned, 1..4_u8));
    (who, how).prop_map(|((contact, id, at, what), (via, known, account, version))| Op::Place {
        contact,
        id,
        at,
        what,
        via,
        known,
        account,
        version,
    })
}

const KINDS: u8 = 32;

/// One of the things that the small playbook has an opinion on.
pub(crate) fn touchpoint(id: &str, at: Timestamp, what: u8) -> Touchpoint {
    let new = |channel: &str, kind: &str| Touchpoint::new("s", id, at, channel, kind);
    let content = |mut touchpoint: Touchpoint, content: &str| {
        touchpoint.content = Some(Text::new(content));
        touchpoint
    };
    let answer = |mut touchpoint: Touchpoint, question: &str, answer: &str| {
        touchpoint.answers.set(question, Value::text(answer));
        touchpoint
    };
    let property = |mut touchpoint: Touchpoint, name: &str, value: Value| {
        touchpoint.properties.set(name, value);
        touchpoint
    };
    let reason = |mut touchpoint: Touchpoint, reason: &str, until: Option<i64>| {
        touchpoint.reason = Some(Text::new(reason));
        touchpoint.until = until.map(|days| touchpoint::Date::from_days((at.as_millis() / DAY + days) as i32));
        touchpoint
    };
    let attribute = |mut touchpoint: Touchpoint, name: &str, value: Option<Value>| {
        touchpoint.attributes =
            Some(Box::new(AttributeChanges { contact: vec![(Text::new(name), value)], account: Vec::new() }));
        touchpoint
    };
    // One of two events, from two hours before to six hours after the noon that is next to the touchpoint.
    let meeting = |mut touchpoint: Touchpoint, id: &str| {
        let noon = at.as_millis().div_euclid(DAY) * DAY + DAY / 2;
        let event = if id.ends_with(['1', '3', '5', '7', '9']) { "odd" } else { "even" };
        let text = |millis: i64| Value::text(Timestamp::from_millis(millis).to_string());
        touchpoint.campaign = Some(Text::new(event));
        touchpoint.properties.set("starts_at", text(noon - 2 * super::HOUR));
        touchpoint.properties.set("ends_at", text(noon + 6 * super::HOUR));
        touchpoint.properties.set("participant", Value::text(if id.len() > 2 { "a" } else { "b" }));
        touchpoint
    };
    match what {
        0 => content(new("web", "page_view"), "a"),
        1 => content(new("web", "page_view"), "b"),
        2 => content(new("web", "page_view"), "c"),
        3 => new("web", "search"),
        4 => property(new("email", "open"), "message_id", Value::text("m1")),
        5 => property(new("email", "open"), "message_id", Value::text(id)),
        6 => {
            let mut click = property(new("email", "click"), "message_id", Value::text("m1"));
            click.properties.set("url", Value::text(&id[id.len() - 1..]));
            if id.ends_with('9') {
                click.properties.set("machine", Value::Bool(false));
            }
            click
        }
        7 => property(new("web", "page_view"), "careers", Value::Bool(true)),
        8 => answer(content(new("web", "form_submit"), "a"), "timeframe", "3m"),
        9 => answer(new("event", "survey"), "timeframe", "6m"),
        10 => answer(new("call", "connected"), "timeframe", "later"),
        11 => answer(new("call", "connected"), "issue", "downtime"),
        12 => property(new("event", "booth_visit"), "rank", Value::text("A")),
        13 => property(new("event", "booth_visit"), "rank", Value::text("C")),
        14 => new("email", "unsubscribe"),
        15 => new("web", "form_submit"),
        16 => property(content(new("web", "page_view"), "a"), "machine", Value::Bool(true)),
        17 if id.ends_with('7') => answer(new("call", "connected"), "size", "400"),
        17 => new("crm", "accepted"),
        18 => reason(new("crm", "held"), "none", Some(1)),
        19 => reason(new("crm", "lost"), "later", Some(4)),
        20 => reason(new("crm", "rejected"), if id.len().is_multiple_of(2) { "gathering" } else { "no_need" }, None),
        21 => new("crm", "won"),
        22 => attribute(new("profile", "updated"), "exclude", Some(Value::text("competitor"))),
        23 => attribute(new("profile", "updated"), "exclude", None),
        24 => property(
            attribute(
                new("crm", "stage_set"),
                "employees",
                Some(Value::Number(touchpoint::Decimal::from_micros(400_000_000))),
            ),
            "stage",
            Value::text("nurturing"),
        ),
        26 => meeting(new("event", "registered"), id),
        27 => meeting(new("event", "joined"), id),
        28 => meeting(new("event", "left"), id),
        29 => meeting(new("event", if id.len().is_multiple_of(2) { "cancelled" } else { "attended" }), id),
        30 => {
            let day = touchpoint::Date::from_days((at.as_millis() / DAY) as i32 + (id.len() as i32 % 3)).to_string();
            answer(new("call", "connected"), "contract_end", &day)
        }
        31 => {
            let size = if id.len().is_multiple_of(2) { 400_000_000 } else { 40_000_000 };
            let size = Some(Value::Number(touchpoint::Decimal::from_micros(size)));
            let mut touchpoint = new("profile", "account_updated");
            let account = vec![(Text::new("employees"), size)];
            touchpoint.attributes = Some(Box::new(AttributeChanges { contact: Vec::new(), account }));
            touchpoint
        }
        _ => answer(
            new("event", "survey"),
            "authority",
            if id.len().is_multiple_of(2) { "champion" } else { "approver" },
        ),
    }
}
