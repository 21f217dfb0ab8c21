//! What the common cases cost: messages on `demand.touchpoints` (the source's own among them), deliveries on
//! `demand.inbox`, and bytes remembered. A change of these numbers is a change of what an installation can carry.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use network::{Network, hash, identifier, touch};
use touchpoint::IdentifierKind::{self, Cookie, CrmId, Email, Phone};
use touchpoint::{AccountRef, Touchpoint};

/// Messages and deliveries that one more input costs when all before is at rest.
fn cost(network: &mut Network, touchpoint: &Touchpoint) -> (usize, usize) {
    let before = (network.messages, network.deliveries);
    network.send(touchpoint);
    network.settle();
    (network.messages - before.0, network.deliveries - before.1)
}

fn bytes_of(network: &Network, kind: IdentifierKind, number: u8) -> usize {
    let key = hash().key(identity::KeyKind::of_identifier(kind).unwrap(), &identifier(kind, number).value);
    network.rows().get(&key).map_or(0, Vec::len)
}

#[test]
fn a_page_seen_by_somebody_unknown_is_one_hop_and_nothing_to_remember() {
    let mut network = Network::new(true, 1);
    for page in 0..3 {
        assert_eq!(cost(&mut network, &touch(&format!("page{page}"), page, &[(Cookie, 1)], None)), (1, 1));
    }
    assert_eq!(network.rows().len(), 0);
}

#[test]
fn a_mail_opened_and_a_record_changed_are_one_hop_and_nothing_to_remember() {
    let mut network = Network::new(true, 1);
    assert_eq!(cost(&mut network, &touch("open", 1, &[(Email, 1)], None)), (1, 1));
    assert_eq!(cost(&mut network, &touch("note", 1, &[(CrmId, 1)], None)), (1, 1));
    assert_eq!(network.rows().len(), 0);
}

#[test]
fn a_visitor_who_gives_an_address_costs_a_binding_and_a_recall() {
    let mut network = Network::new(true, 1);
    for page in 0..10 {
        network.send(&touch(&format!("page{page}"), page, &[(Cookie, 1)], None));
    }
    network.settle();
    // The form, the binding, and each page back to its owner; the form, the recall, and each page to its new home.
    assert_eq!(cost(&mut network, &touch("form", 10, &[(Email, 1), (Cookie, 1)], None)), (1 + 1 + 10, 1 + 1 + 10));
    assert_eq!(cost(&mut network, &touch("page", 11, &[(Cookie, 1)], None)), (1, 1));
    assert_eq!(cost(&mut network, &touch("same day", 12, &[(Email, 1), (Cookie, 1)], None)), (1, 1));
    assert_eq!(cost(&mut network, &touch("next day", 30, &[(Email, 1), (Cookie, 1)], None)), (2, 1));
    assert_eq!((bytes_of(&network, Email, 1), bytes_of(&network, Cookie, 1)), (46, 59));
}

#[test]
fn a_record_with_an_address_costs_a_question_once() {
    let mut network = Network::new(true, 1);
    network.send(&touch("form", 1, &[(Email, 1)], None));
    network.settle();
    // Visit, claim, answer, follow; the touchpoint, and the recall of what the record may have had by itself.
    assert_eq!(cost(&mut network, &touch("record", 2, &[(CrmId, 1), (Email, 1)], None)), (4, 2));
    assert_eq!(cost(&mut network, &touch("note", 3, &[(CrmId, 1)], None)), (1, 1));
    assert_eq!(cost(&mut network, &touch("again", 4, &[(CrmId, 1), (Email, 1)], None)), (1, 1));
    assert_eq!(cost(&mut network, &touch("open", 5, &[(Email, 1)], None)), (1, 1));
    assert_eq!((bytes_of(&network, CrmId, 1), bytes_of(&network, Email, 1)), (59, 72));
}

#[test]
fn a_revised_input_costs_one_more_hop() {
    let mut network = Network::new(true, 1);
    let mut call = touch("call", 1, &[(Phone, 1)], None);
    call.version = Some(1);
    assert_eq!(cost(&mut network, &call), (2, 1));
    assert_eq!(cost(&mut network, &call), (1, 0), "a copy ends at its input's owner");
    call.version = Some(2);
    assert_eq!(cost(&mut network, &call), (2, 1));
    let row = network.rows().values().next().unwrap();
    assert_eq!((network.rows().len(), row.len()), (1, 38));
}

#[test]
fn what_a_record_says_of_its_company_is_told_once() {
    let mut network = Network::new(true, 1);
    let of_company = |id: &str, time| {
        let mut touchpoint = touch(id, time, &[(CrmId, 1)], None);
        let account =
            AccountRef { ids: vec!["crm:a1".into()], domain: Some("acme.example".into()), ..AccountRef::default() };
        touchpoint.account = Some(Box::new(account));
        touchpoint
    };
    // The note; what it says of the company; claim, answer and follow between the account and the domain.
    assert_eq!(cost(&mut network, &of_company("first", 1)), (5, 2));
    assert_eq!(cost(&mut network, &of_company("second", 2)), (1, 1));
}
