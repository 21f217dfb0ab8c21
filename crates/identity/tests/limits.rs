//! What is shared by too many joins nobody, and no row grows without end.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use identity::{Coded as _, Counter};
use network::{Network, hash, identifier, touch};
use touchpoint::IdentifierKind::{Cookie, CrmId, Email, Phone};
use touchpoint::{Opportunity, Touchpoint, Value};

const DAY: i64 = 24;

/// Plays inputs in three drawn orders and hands each network to a check.
fn in_any_order(inputs: &[Touchpoint], check: impl Fn(&Network)) {
    for seed in 0..3 {
        let mut inputs = inputs.to_vec();
        network::shuffle(&mut inputs, seed);
        let mut network = Network::new(true, seed);
        inputs.iter().for_each(|input| network.send(input));
        network.settle();
        check(&network);
    }
}

/// How many inputs stand together with this one.
fn company_of(network: &Network, id: &str) -> usize {
    let homes = network.homes();
    homes.values().filter(|home| **home == homes[id]).count()
}

fn bytes_of(network: &Network, kind: touchpoint::IdentifierKind, number: u8) -> usize {
    let identifier = identifier(kind, number);
    let key = hash().key(identity::KeyKind::of_identifier(kind).unwrap(), &identifier.value);
    network.rows().get(&key).map_or(0, Vec::len)
}

/// A tablet on a trade fair stand, day after day in other hands.
fn tablet(forms: u8, people: u8) -> Vec<Touchpoint> {
    let form = |n: u8| touch(&format!("form{n}"), i64::from(n) * DAY, &[(Email, n % people), (Cookie, 0)], None);
    let mut inputs: Vec<_> = (0..forms).map(form).collect();
    inputs.push(touch("page", 5 * DAY + 1, &[(Cookie, 0)], None));
    inputs
}

#[test]
fn a_device_that_changes_hands_sixteen_times_still_belongs_to_whoever_had_it() {
    in_any_order(&tablet(17, 2), |network| assert_eq!(network.homes()["page"], network.homes()["form5"]));
}

#[test]
fn a_device_that_changes_hands_more_often_is_shared_and_belongs_to_nobody() {
    in_any_order(&tablet(18, 2), |network| {
        assert_eq!(company_of(network, "page"), 1);
        assert!(network.counted.contains_key(&Counter::Quarantined));
    });
}

#[test]
fn a_device_of_very_many_people_forgets_them_all() {
    in_any_order(&tablet(60, 60), |network| {
        assert_eq!(company_of(network, "page"), 1);
        assert_eq!(bytes_of(network, Cookie, 0), 13, "only that it is closed is remembered");
    });
}

#[test]
fn a_made_up_number_that_everybody_types_joins_nobody() {
    let form = |n: u8| touch(&format!("form{n}"), i64::from(n), &[(Phone, 0), (Cookie, n)], None);
    let page = |n: u8| touch(&format!("page{n}"), 100, &[(Cookie, n)], None);
    let [few, many] = [32, 40].map(|browsers| (0..browsers).flat_map(|n| [form(n), page(n)]).collect::<Vec<_>>());
    in_any_order(&few, |network| assert_eq!(company_of(network, "page7"), 64));
    in_any_order(&many, |network| {
        assert_eq!(company_of(network, "page7"), 1);
        // The forms themselves name the number: that is all there is to place them by.
        assert_eq!(company_of(network, "form7"), 40);
    });
}

#[test]
fn a_browser_seen_with_very_many_numbers_goes_by_none_of_them() {
    let form = |n: u8| touch(&format!("form{n}"), i64::from(n), &[(Phone, n), (Cookie, 0)], None);
    let page = touch("page", 3, &[(Cookie, 0)], None);
    let [few, many] = [16, 25].map(|numbers| (0..numbers).map(form).chain([page.clone()]).collect::<Vec<_>>());
    in_any_order(&few, |network| assert_eq!(network.homes()["page"], network.homes()["form3"]));
    in_any_order(&many, |network| assert_eq!(company_of(network, "page"), 1));
}

#[test]
fn a_record_that_claims_very_many_addresses_is_no_person_and_claims_none() {
    let record = |n: u8| touch(&format!("record{n}"), i64::from(n), &[(CrmId, 0), (Email, n)], None);
    let mail = |n: u8| touch(&format!("mail{n}"), 100, &[(Email, n)], None);
    let [few, many] = [32, 40].map(|addresses| (0..addresses).flat_map(|n| [record(n), mail(n)]).collect::<Vec<_>>());
    in_any_order(&few, |network| assert_eq!(company_of(network, "mail7"), 64));
    in_any_order(&many, |network| {
        assert_eq!(company_of(network, "mail7"), 1);
        assert_eq!(company_of(network, "record7"), 40);
    });
}

#[test]
fn an_address_that_very_many_records_claim_stays_with_the_first_and_its_row_small() {
    let record = |n: u8| touch(&format!("record{n}"), i64::from(n), &[(CrmId, n), (Email, 0)], None);
    let mut inputs: Vec<_> = (0..200).map(record).collect();
    inputs.push(touch("mail", 300, &[(Email, 0)], None));
    in_any_order(&inputs, |network| {
        assert_eq!(network.homes()["mail"], network.homes()["record0"]);
        assert_eq!(company_of(network, "mail"), 2);
        assert_eq!(network.homes().len(), 201, "nobody waits for an answer for ever");
        assert!(bytes_of(network, Email, 0) < 64 * 24 + 80);
    });
}

/// As when somebody pastes the whole tender into every note of the deal.
#[test]
fn a_deal_of_large_touchpoints_keeps_its_row_small() {
    let note = |n: u8| {
        let mut note = large(touch(&format!("note{n}"), i64::from(n), &[], None));
        note.opportunity = Some(Box::new(Opportunity { id: "crm:o1".into(), ..Opportunity::default() }));
        note
    };
    in_any_order(&(0..40).map(note).collect::<Vec<_>>(), |network| {
        let key = hash().key(identity::KeyKind::Opportunity, "crm:o1");
        assert!(network.rows()[&key].len() < ROW_BYTES_MAX, "{}", network.rows()[&key].len());
    });
}

/// The answer that they wait for may be long in coming.
#[test]
fn large_touchpoints_that_wait_keep_the_row_small() {
    let router = identity::Router::new(identity::Settings::new(hash()));
    let (mut row, mut out) = (None, Vec::new());
    for n in 0..30 {
        let input = large(touch(&format!("form{n}"), n, &[(CrmId, 0), (Email, 0)], None));
        let at = input.occurred_at;
        let first = router.first_hop(input, at).unwrap();
        router.route(first.key, &mut row, first.message, &mut out).unwrap();
    }
    let mut bytes = Vec::new();
    row.unwrap().encode(&mut bytes).unwrap();
    assert!(bytes.len() < ROW_BYTES_MAX, "{}", bytes.len());
    let delivered = out.iter().filter(|out| matches!(out, identity::Out::Delivery { .. })).count();
    assert!((1..30).contains(&delivered), "some wait, the others have gone on: {delivered}");
}

/// What a record may have, less its key and headers.
const ROW_BYTES_MAX: usize = 900_000;

fn large(mut touchpoint: Touchpoint) -> Touchpoint {
    touchpoint.properties.set("note", Value::text("x".repeat(120_000)));
    touchpoint
}
