//! What holds for every input: nothing panics, every element is accounted for, no touchpoint breaks a limit, and the
#![allow(clippy::unwrap_used)]
//! canonical form is read back as it was written.

mod common;

use common::{Case, cases};
use ingest::{CLOCK_SKEW_MAX_MILLIS, Decoder, Outcomes, RawMeta, Settings, source_names, to_json};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;
use touchpoint::{
    AccountRef, Actor, AttributeChanges, Consent, ConsentState, ContactId, Date, Decimal, Direction, Identifier,
    IdentifierKind, Opportunity, OpportunityContact, Origin, Outcome, Person, PersonPhone, Properties, Text, Timestamp,
    Touchpoint, Value, limits,
};

static DECODER: LazyLock<Decoder> = LazyLock::new(|| Decoder::new(Settings::default()).unwrap());
static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);

const RECEIVED_AT: i64 = 1_798_761_600_000;

fn decode(source: &str, channel: Option<&str>, bytes: &[u8]) -> Vec<Outcome> {
    let received_at = Timestamp::from_millis(RECEIVED_AT);
    let meta = RawMeta { topic_channel: channel, source: Some(source), headers: &[], received_at };
    let mut out = Outcomes::default();
    DECODER.decode(&meta, bytes, &mut out);
    out.into_vec()
}

/// What no outcome may be, whatever came in.
fn holds(outcomes: &[Outcome], received_at: i64) {
    assert!(!outcomes.is_empty(), "a record vanished");
    assert!(outcomes.len() <= limits::RAW_ELEMENTS_MAX);
    for outcome in outcomes {
        match outcome {
            Outcome::Touchpoint(t) => {
                assert!(!t.input.source.is_empty() && !t.input.id.is_empty() && !t.kind.is_empty());
                assert!(t.input.id.len() <= limits::INPUT_ID_BYTES_MAX && t.kind.len() <= limits::NAME_BYTES_MAX);
                let somebody = !t.identifiers.is_empty() || t.account.is_some() || t.opportunity.is_some();
                assert!(somebody || t.void, "{} belongs to nobody", t.input.id);
                assert!(t.occurred_at >= limits::EARLIEST);
                assert!(t.occurred_at.as_millis() <= received_at + CLOCK_SKEW_MAX_MILLIS);
                assert!(t.identifiers.len() <= limits::IDENTIFIERS_MAX);
                assert!(t.properties.len() <= limits::ENTRIES_MAX && t.answers.len() <= limits::ENTRIES_MAX);
                assert!(t.identifiers.windows(2).all(|pair| pair[0].kind <= pair[1].kind));
                let written = to_json(t).to_string();
                assert!(written.len() < 2 * limits::TOUCHPOINT_BYTES_MAX);
            }
            Outcome::Dropped(reason) => assert!(!reason.0.is_empty()),
            Outcome::Rejected(rejection) => assert!(!rejection.message.is_empty()),
        }
    }
}

fn any_source() -> impl Strategy<Value = (&'static str, Option<&'static str>)> {
    let names: Vec<&'static str> = source_names().collect();
    (
        prop::sample::select(names),
        prop::option::of(prop::sample::select(vec!["web", "email", "call", "event", "crm", "product"])),
    )
}

/// JSON with the names that the decoders look for, so that they are led far in before something is wrong.
fn any_json() -> impl Strategy<Value = Json> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut names = std::collections::BTreeSet::new();
        for case in CASES.iter() {
            if let Ok(json) = serde_json::from_slice(&case.bytes) {
                collect(&json, &mut names);
            }
        }
        names.into_iter().collect()
    });
    fn collect(json: &Json, names: &mut std::collections::BTreeSet<String>) {
        match json {
            Json::Object(map) => map.iter().for_each(|(name, json)| {
                names.insert(name.clone());
                collect(json, names);
            }),
            Json::Array(items) => items.iter().for_each(|item| collect(item, names)),
            Json::String(text) if text.len() < 40 => drop(names.insert(text.clone())),
            _ => {}
        }
    }
    let word = prop::sample::select(NAMES.clone());
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        Just(Json::from(1_791_900_240)),
        "[0-9]{1,30}(\\.[0-9]{1,9})?(e-?[0-9]{1,3})?".prop_map(|n| serde_json::from_str(&n).unwrap_or(Json::Null)),
        word.clone().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        Just(Json::from("2026-10-14T10:04:00+09:00")),
        Just(Json::from("hanako@acme.example")),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((word.clone(), inner), 0..8)
                .prop_map(|fields| Json::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// One thing in a payload is taken away or replaced: `steps` leads there.
fn mutate(json: &mut Json, steps: u64, with: &Json) {
    let index = |length: usize| usize::try_from(steps % length as u64).unwrap_or(0);
    match json {
        _ if steps.is_multiple_of(11) => *json = with.clone(),
        Json::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(index(map.len())).cloned().unwrap_or_default();
            if steps.is_multiple_of(7) {
                map.remove(&key);
            } else if let Some(inner) = map.get_mut(&key) {
                mutate(inner, steps / 3 + 1, with);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            let index = index(items.len());
            mutate(&mut items[index], steps / 3 + 1, with);
        }
        leaf => *leaf = with.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_are_accounted_for(source in any_source(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds(&decode(source.0, source.1, &bytes), RECEIVED_AT);
    }

    #[test]
    fn random_json_is_accounted_for(source in any_source(), json in any_json()) {
        holds(&decode(source.0, source.1, json.to_string().as_bytes()), RECEIVED_AT);
        let mut by_value = Outcomes::default();
        let received_at = Timestamp::from_millis(RECEIVED_AT);
        let meta = RawMeta { topic_channel: source.1, source: Some(source.0), headers: &[], received_at };
        DECODER.decode_value(&meta, &json, &mut by_value);
        holds(&by_value, RECEIVED_AT);
    }

    #[test]
    fn changed_payloads_are_accounted_for(case in 0usize..1000, changes in prop::collection::vec((any::<u64>(), any_json()), 1..4)) {
        let case = &CASES[case % CASES.len()];
        if let Ok(mut json) = serde_json::from_slice::<Json>(&case.bytes) {
            // Each element that is an object or anything else gives one outcome at least, in its order.
            let elements = json.as_array().map(Vec::len);
            for (steps, with) in &changes {
                mutate(&mut json, *steps, with);
            }
            let mut out = Outcomes::default();
            case.decode_bytes(json.to_string().as_bytes(), &mut out);
            holds(&out, case.received_at.as_millis());
            if let (Some(elements), Some(left)) = (elements, json.as_array().map(Vec::len)) {
                prop_assert!(out.len() >= left.min(elements), "{} of {left} elements", out.len());
            }
        }
    }

    #[test]
    fn cut_and_flipped_payloads_are_accounted_for(case in 0usize..1000, cut in any::<u16>(), flip in any::<(u16, u8)>()) {
        let case = &CASES[case % CASES.len()];
        let mut bytes = case.bytes.clone();
        let length = bytes.len();
        bytes[usize::from(flip.0) % length] ^= flip.1;
        bytes.truncate(usize::from(cut) % (length + 1));
        let mut out = Outcomes::default();
        case.decode_bytes(&bytes, &mut out);
        holds(&out, case.received_at.as_millis());
    }

    #[test]
    fn the_canonical_form_is_read_as_it_was_written(touchpoint in any_touchpoint()) {
        let json = to_json(&touchpoint);
        let out = decode("canonical", None, json.to_string().as_bytes());
        prop_assert_eq!(out, [Outcome::Touchpoint(Box::new(touchpoint))]);
    }

    #[test]
    fn an_element_is_decoded_the_same_alone_and_in_a_list(touchpoint in any_touchpoint(), copies in 1usize..4) {
        let json = to_json(&touchpoint);
        let list = Json::from(vec![json.clone(); copies]);
        let alone = decode("canonical", None, json.to_string().as_bytes());
        let lines = format!("{json}\n").repeat(copies);
        for many in [decode("canonical", None, list.to_string().as_bytes()), decode("canonical", None, lines.as_bytes())] {
            prop_assert_eq!(many.len(), copies);
            prop_assert!(many.iter().all(|one| *one == alone[0]));
        }
    }
}

fn name() -> impl Strategy<Value = Text> {
    "[a-z][a-z0-9_]{0,20}".prop_map(Text::new)
}

/// Text as people write it: any script, trimmed, not empty.
fn words() -> impl Strategy<Value = Text> {
    "\\PC{1,20}".prop_map(|text| Text::new(text.trim())).prop_filter("empty", |text| !text.is_empty())
}

fn maybe() -> impl Strategy<Value = Option<Text>> {
    prop::option::of(words())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|micros| Value::Number(Decimal::from_micros(micros))),
        "\\PC{0,20}".prop_map(Value::text),
        prop::collection::vec("\\PC{0,10}".prop_map(Text::new), 0..4).prop_map(Value::List),
    ]
}

fn properties() -> impl Strategy<Value = Properties> {
    prop::collection::vec(("\\PC{0,10}", value()), 0..5).prop_map(|pairs| pairs.into_iter().collect())
}

fn changes() -> impl Strategy<Value = Vec<(Text, Option<Value>)>> {
    prop::collection::btree_map(name(), prop::option::of(value()), 0..4).prop_map(|map| map.into_iter().collect())
}

fn scoped() -> impl Strategy<Value = Text> {
    "[a-z]{1,9}:[A-Za-z0-9]{1,12}".prop_map(Text::new)
}

fn identifiers() -> impl Strategy<Value = Vec<Identifier>> {
    let one = prop_oneof![
        any::<[u8; 16]>().prop_map(|id| Identifier::new(IdentifierKind::Contact, ContactId(id).to_string())),
        scoped().prop_map(|value| Identifier { kind: IdentifierKind::CrmId, value }),
        "[a-z]{1,8}@[a-z]{1,8}\\.example".prop_map(|value| Identifier::new(IdentifierKind::Email, value)),
        scoped().prop_map(|value| Identifier { kind: IdentifierKind::Card, value }),
        "\\+[0-9]{8,14}".prop_map(|value| Identifier::new(IdentifierKind::Phone, value)),
        scoped().prop_map(|value| Identifier { kind: IdentifierKind::Badge, value }),
        scoped().prop_map(|value| Identifier { kind: IdentifierKind::Cookie, value }),
    ];
    prop::collection::vec(one, 1..6)
}

fn day() -> impl Strategy<Value = Date> {
    (-3000..40_000i32).prop_map(Date::from_days)
}

fn boxed<T: Default + PartialEq>(value: T) -> Option<Box<T>> {
    (value != T::default()).then(|| Box::new(value))
}

fn account() -> impl Strategy<Value = AccountRef> {
    (prop::collection::btree_set(scoped(), 0..3), maybe(), maybe(), maybe(), maybe(), maybe()).prop_map(
        |(ids, corporate_number, domain, name, unit, phone)| AccountRef {
            ids: ids.into_iter().collect(),
            corporate_number,
            domain,
            name,
            unit,
            phone,
        },
    )
}

fn opportunity() -> impl Strategy<Value = Opportunity> {
    let contacts = prop::collection::btree_map(scoped(), maybe(), 0..3);
    let amount = prop::option::of(any::<i64>().prop_map(Decimal::from_micros));
    let currency = prop::option::of("[A-Z]{3}".prop_map(Text::new));
    let products = prop::collection::vec(words(), 0..3);
    (scoped(), maybe(), maybe(), amount, currency, products, prop::option::of(day()), contacts).prop_map(
        |(id, kind, stage, amount, currency, products, close_on, contacts)| Opportunity {
            id,
            kind,
            stage,
            amount,
            currency,
            products,
            close_on,
            contacts: contacts.into_iter().map(|(crm_id, role)| OpportunityContact { crm_id, role }).collect(),
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    let phones = prop::collection::btree_map(name(), words(), 0..3);
    ([maybe(), maybe(), maybe(), maybe(), maybe()], [maybe(), maybe(), maybe(), maybe()], phones).prop_map(
        |([family_name, given_name, family_kana, given_kana, name], [company, department, title, language], phones)| {
            Person {
                family_name,
                given_name,
                family_kana,
                given_kana,
                name,
                company,
                department,
                title,
                phones: phones.into_iter().map(|(kind, number)| PersonPhone { kind, number }).collect(),
                language,
            }
        },
    )
}

fn consents() -> impl Strategy<Value = Vec<Consent>> {
    let state = prop::sample::select(vec![ConsentState::Granted, ConsentState::Denied]);
    let at = prop::option::of((0..RECEIVED_AT).prop_map(Timestamp::from_millis));
    let one =
        (name(), maybe(), state, maybe(), at, maybe()).prop_map(|(purpose, channel, state, basis, at, evidence)| {
            Consent { purpose, channel, state, basis, at, evidence }
        });
    prop::collection::btree_set(one, 0..3).prop_map(|set| set.into_iter().collect())
}

fn any_touchpoint() -> impl Strategy<Value = Touchpoint> {
    let time = (limits::EARLIEST.as_millis()..RECEIVED_AT).prop_map(Timestamp::from_millis);
    let direction = prop::option::of(prop::sample::select(vec![Direction::In, Direction::Out]));
    let head = (name(), words(), prop::option::of(any::<i64>()), time, name(), name(), direction, identifiers());
    let about = (account(), prop::option::of(opportunity()), person(), consents());
    let texts = [maybe(), maybe(), maybe(), maybe(), maybe()];
    let origin = [maybe(), maybe(), maybe(), maybe(), maybe(), maybe()];
    let free = (prop::option::of(day()), properties(), properties(), changes(), changes());
    (head, about, texts, origin, free).prop_map(|(head, about, texts, origin, free)| {
        let (source, id, version, time, channel, kind, direction, identifiers) = head;
        let mut touchpoint = Touchpoint::new(source, id, time, channel, kind);
        touchpoint.version = version;
        touchpoint.direction = direction;
        identifiers.into_iter().for_each(|identifier| touchpoint.identify(identifier));
        touchpoint.account = boxed(about.0);
        touchpoint.opportunity = about.1.map(Box::new);
        touchpoint.person = boxed(about.2);
        touchpoint.consent = about.3;
        [touchpoint.campaign, touchpoint.content, touchpoint.action, touchpoint.disposition, touchpoint.reason] = texts;
        let [source, medium, term, partner, id, role] = origin;
        touchpoint.origin = boxed(Origin { source, medium, term, partner });
        touchpoint.actor = boxed(Actor { id, role });
        touchpoint.until = free.0;
        touchpoint.answers = free.1;
        touchpoint.properties = free.2;
        touchpoint.attributes = boxed(AttributeChanges { contact: free.3, account: free.4 });
        touchpoint
    })
}
