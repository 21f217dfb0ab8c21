//! Merges and their taking back, as CRMs and people tell them, in any order.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use network::{Network, hash, identifier, in_any_order, joined, touch, version};
use touchpoint::IdentifierKind::{self, Card, Contact, CrmId, Email, Phone};
use touchpoint::{AccountRef, ContactId, Identifier, SubjectId, Touchpoint};

fn merged(id: &str, time: i64, identifiers: &[(IdentifierKind, u8)]) -> Touchpoint {
    Touchpoint { channel: "crm".into(), kind: "merged".into(), ..touch(id, time, identifiers, None) }
}

fn unmerged(id: &str, time: i64, identifiers: &[(IdentifierKind, u8)]) -> Touchpoint {
    Touchpoint { kind: "unmerged".into(), ..merged(id, time, identifiers) }
}

/// Hands back our own id of the contact that was born from an identifier.
fn contact_born_from(touchpoint: &mut Touchpoint, kind: IdentifierKind, number: u8) {
    let key = hash().key(identity::KeyKind::of_identifier(kind).unwrap(), &identifier(kind, number).value);
    touchpoint.identify(Identifier::new(Contact, ContactId(key.0).to_string()));
}

fn born_from(kind: IdentifierKind, number: u8) -> SubjectId {
    let kind_of_key = identity::KeyKind::of_identifier(kind).unwrap();
    identity::subject(hash().key(kind_of_key, &identifier(kind, number).value)).unwrap()
}

#[test]
fn a_record_that_another_took_in_brings_all_that_is_its_own() {
    let inputs = [
        touch("taro", 1, &[(CrmId, 1), (Email, 1)], None),
        touch("taro again", 2, &[(CrmId, 2), (Email, 2), (Phone, 2)], None),
        touch("mail", 3, &[(Email, 2)], None),
        touch("call", 4, &[(Phone, 2)], None),
        merged("merge", 9, &[(CrmId, 1), (CrmId, 2)]),
    ];
    in_any_order(&inputs, &[&["taro", "taro again", "mail", "call", "merge"]]);
    let mut network = Network::new(true, 1);
    inputs.iter().for_each(|input| network.send(input));
    network.settle();
    assert_eq!(network.homes()["mail"], born_from(Email, 1), "who remains keeps the id");
}

#[test]
fn who_takes_in_another_keeps_its_own_id_though_it_has_no_address() {
    let mut network = Network::new(true, 1);
    network.send(&touch("one", 1, &[(CrmId, 1)], None));
    network.send(&touch("two", 2, &[(CrmId, 2), (Email, 2)], None));
    network.send(&merged("merge", 3, &[(CrmId, 1), (CrmId, 2)]));
    network.settle();
    joined(&network, &[&["one", "two", "merge"]]);
    assert_eq!(network.homes()["two"], born_from(CrmId, 1));
}

#[test]
fn of_merge_unmerge_and_merge_back_the_last_word_counts_in_whichever_order_they_come() {
    let people = [touch("one", 1, &[(CrmId, 1), (Email, 1)], None), touch("two", 1, &[(CrmId, 2), (Email, 2)], None)];
    let merge = merged("merge", 10, &[(CrmId, 1), (CrmId, 2)]);
    let unmerge = unmerged("unmerge", 20, &[(CrmId, 1), (CrmId, 2)]);
    let back = merged("back", 30, &[(CrmId, 2), (CrmId, 1)]);
    let [one, two] = people.clone();
    in_any_order(&[one, two, merge.clone(), unmerge.clone()], &[&["merge", "one", "unmerge"], &["two"]]);
    let [one, two] = people;
    in_any_order(&[one, two, merge, unmerge, back], &[&["back", "merge", "one", "two", "unmerge"]]);
}

#[test]
fn a_merge_that_is_taken_back_by_its_source_never_was() {
    let inputs = [
        touch("one", 1, &[(CrmId, 1)], None),
        touch("two", 1, &[(CrmId, 2)], None),
        version(1, merged("merge", 10, &[(CrmId, 1), (CrmId, 2)])),
        version(2, merged("merge", 10, &[(CrmId, 1), (CrmId, 3)])),
        touch("three", 1, &[(CrmId, 3)], None),
    ];
    in_any_order(&inputs, &[&["merge", "one", "three"], &["two"]]);
}

#[test]
fn contacts_that_a_person_joins_by_their_ids_come_with_their_records() {
    let mut decision = merged("decision", 9, &[]);
    contact_born_from(&mut decision, Email, 1);
    contact_born_from(&mut decision, Email, 2);
    let inputs = [
        touch("one", 1, &[(CrmId, 1), (Email, 1)], None),
        touch("two", 1, &[(CrmId, 2), (Email, 2)], None),
        touch("won", 5, &[(CrmId, 2)], None),
        decision,
    ];
    in_any_order(&inputs, &[&["decision", "one", "two", "won"]]);
}

#[test]
fn records_that_were_joined_in_a_chain_and_from_both_ends_are_one() {
    let inputs = [
        touch("a", 1, &[(CrmId, 1)], None),
        touch("b", 1, &[(CrmId, 2)], None),
        touch("c", 1, &[(CrmId, 3)], None),
        touch("d", 1, &[(CrmId, 4)], None),
        merged("b into a", 10, &[(CrmId, 1), (CrmId, 2)]),
        merged("c into b", 11, &[(CrmId, 2), (CrmId, 3)]),
        merged("a and b into d", 12, &[(CrmId, 4), (CrmId, 1), (CrmId, 2)]),
    ];
    in_any_order(&inputs, &[&["a", "a and b into d", "b", "b into a", "c", "c into b", "d"]]);
}

#[test]
fn two_that_took_each_other_in_are_one_and_nothing_goes_round() {
    let inputs = [
        touch("a", 1, &[(CrmId, 1), (Email, 1)], None),
        touch("b", 1, &[(CrmId, 2), (Email, 2)], None),
        merged("ab", 10, &[(CrmId, 1), (Email, 2), (CrmId, 2)]),
        merged("addresses", 11, &[(Email, 2), (Email, 1)]),
    ];
    in_any_order(&inputs, &[&["a", "ab", "addresses", "b"]]);
}

#[test]
fn an_address_that_was_said_to_be_anothers_is_not_claimed_again() {
    let inputs = [
        touch("record", 1, &[(Email, 1), (Email, 2)], None),
        touch("mail", 2, &[(Email, 2)], None),
        unmerged("decision", 3, &[(Email, 1), (Email, 2)]),
        touch("record again", 4, &[(Email, 1), (Email, 2)], None),
    ];
    in_any_order(&inputs, &[&["decision", "record", "record again"], &["mail"]]);
}

#[test]
fn a_card_without_an_address_is_joined_by_a_person_and_taken_apart_again() {
    let mut join = merged("join", 9, &[]);
    let mut part = unmerged("part", 19, &[]);
    for decision in [&mut join, &mut part] {
        contact_born_from(decision, Email, 1);
        contact_born_from(decision, Card, 1);
    }
    let inputs = [
        touch("card", 1, &[(Card, 1)], None),
        touch("mail", 2, &[(Email, 1)], None),
        touch("met", 5, &[(Card, 1)], None),
    ];
    let [card, mail, met] = inputs.clone();
    in_any_order(&[card, mail, met, join.clone()], &[&["card", "join", "mail", "met"]]);
    let [card, mail, met] = inputs;
    in_any_order(&[card, mail, met, join, part], &[&["card", "met"], &["join", "mail", "part"]]);
}

#[test]
fn companies_whose_records_were_merged_are_one() {
    let company = |id: &str, time, ids: &[&str], domain: Option<&str>| {
        let mut about = touch(id, time, &[], None);
        about.account = Some(Box::new(AccountRef {
            ids: ids.iter().map(|id| (*id).into()).collect(),
            domain: domain.map(Into::into),
            ..AccountRef::default()
        }));
        about
    };
    let mut merge = company("merge", 9, &["crm:a1", "crm:a2"], None);
    (merge.channel, merge.kind) = ("profile".into(), "account_merged".into());
    let inputs = [
        company("first", 1, &["crm:a1"], Some("acme.example")),
        company("second", 2, &["crm:a2"], Some("acme-works.example")),
        company("visit", 3, &[], Some("acme-works.example")),
        merge,
    ];
    in_any_order(&inputs, &[&["first", "merge", "second", "visit"]]);
}

#[test]
fn a_test_record_that_took_in_very_many_stays_a_row() {
    let mut network = Network::new(true, 1);
    for number in 0..250 {
        network.send(&merged(&format!("m{number}"), i64::from(number), &[(CrmId, 255), (CrmId, number)]));
    }
    network.settle();
    assert_eq!(network.groups().len(), 1);
}
