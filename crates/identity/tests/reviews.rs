//! What the router leaves to people, and what becomes of their decision.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use identity::{KeyKind, Likeness, Review};
use network::{Network, hash, identifier, joined, shuffle, touch};
use touchpoint::IdentifierKind::{self, Card, Contact, Cookie, CrmId, Email};
use touchpoint::{AccountRef, Identifier, Person, SubjectId, Touchpoint};

fn called(mut touchpoint: Touchpoint, name: &str, company: &str) -> Touchpoint {
    touchpoint.person = Some(Box::new(Person { name: Some(name.into()), ..Person::default() }));
    touchpoint.account = Some(Box::new(AccountRef { name: Some(company.into()), ..AccountRef::default() }));
    touchpoint
}

fn decided(kind: &str, time: i64, pair: (SubjectId, SubjectId)) -> Touchpoint {
    let mut decision = touch(kind, time, &[], None);
    (decision.channel, decision.kind) = ("crm".into(), kind.into());
    for subject in [pair.0, pair.1] {
        decision.identify(Identifier::new(Contact, subject.to_string()));
    }
    decision
}

fn play(inputs: &[Touchpoint], seed: u64) -> Network {
    let mut inputs = inputs.to_vec();
    shuffle(&mut inputs, seed);
    let mut network = Network::new(true, seed);
    inputs.iter().for_each(|input| network.send(input));
    network.settle();
    network
}

/// The only pair to look at.
fn pair(network: &Network, why: Likeness) -> (SubjectId, SubjectId) {
    assert_eq!(network.reviews.len(), 1, "{:?}", network.reviews);
    match network.reviews.first() {
        Some(Review::SameAs { one, other, because }) if *because == why => (*one, *other),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_name_at_one_company_is_looked_at_and_joined_by_a_person_only() {
    // A card without an address, and a form without a card.
    let inputs = [
        called(touch("card", 1, &[(Card, 1)], None), "山田 花子", "株式会社アクメ"),
        called(touch("form", 2, &[(Email, 1)], None), "山田花子", "アクメ㈱ 名古屋工場"),
        called(touch("other", 3, &[(Email, 2)], None), "山田 太郎", "アクメ"),
        called(touch("elsewhere", 3, &[(Email, 3)], None), "山田 花子", "アクメ商事"),
    ];
    for seed in 0..30 {
        let mut network = play(&inputs, seed);
        joined(&network, &[&["card"], &["elsewhere"], &["form"], &["other"]]);
        let found = pair(&network, Likeness::NameAndCompany);
        network.send(&decided("merged", 9, found));
        network.settle();
        joined(&network, &[&["card", "form", "merged"], &["elsewhere"], &["other"]]);
        assert_eq!(network.reviews.len(), 0, "there is nothing to decide any more");
        network.send(&decided("unmerged", 19, found));
        network.settle();
        assert_ne!(network.homes()["card"], network.homes()["form"]);
    }
}

#[test]
fn two_records_of_one_address_are_looked_at_until_they_are_one() {
    let inputs = [
        touch("lead", 1, &[(CrmId, 1), (Email, 1)], None),
        touch("contact", 2, &[(CrmId, 2), (Email, 1)], None),
        touch("note", 3, &[(CrmId, 2)], None),
    ];
    for seed in 0..30 {
        let mut network = play(&inputs, seed);
        let (one, other) = pair(&network, Likeness::Identifier);
        let homes = network.homes();
        let mut known = [homes["lead"], homes["contact"]];
        known.sort();
        assert_eq!([one, other], known, "the contacts as they stand");
        network.send(&decided("merged", 9, (one, other)));
        network.settle();
        joined(&network, &[&["contact", "lead", "merged", "note"]]);
        assert_eq!(network.reviews.len(), 0);
    }
}

#[test]
fn so_common_a_name_is_no_reason() {
    let inputs: Vec<_> =
        (0..12).map(|n| called(touch(&format!("p{n}"), 1, &[(Email, n)], None), "佐藤 誠", "アクメ")).collect();
    assert_eq!(play(&inputs, 1).reviews.len(), 0);
}

#[test]
fn a_shared_browser_is_shown_and_begins_anew_when_a_person_says_so() {
    let form = |n: u8| touch(&format!("form{n}"), i64::from(n) * 24, &[(Email, n % 60), (Cookie, 0)], None);
    let inputs: Vec<_> = (0..60).map(form).collect();
    let mut network = play(&inputs, 1);
    let key = hash().key(KeyKind::Cookie, &identifier(Cookie, 0).value);
    assert_eq!(network.reviews.iter().collect::<Vec<_>>(), [&Review::Shared { key }]);
    network.release(key);
    network.settle();
    assert_eq!(network.reviews.len(), 0);
    network.send(&touch("form again", 3_000, &[(Email, 1), (Cookie, 0)], None));
    network.send(&touch("page", 3_001, &[(Cookie, 0)], None));
    network.settle();
    assert_eq!(network.homes()["page"], network.homes()["form again"]);
}

#[test]
fn a_pair_is_looked_at_by_the_name_that_each_still_has() {
    let of =
        |id: &str, time, kind: IdentifierKind, n| called(touch(id, time, &[(kind, n)], None), "李 明", "Acme Inc.");
    for seed in 0..30 {
        let inputs = [
            of("a", 1, Email, 1),
            of("b", 1, Email, 2),
            touch("record", 5, &[(CrmId, 1), (Email, 1)], None),
            touch("record 2", 6, &[(CrmId, 1), (Email, 2)], None),
        ];
        let network = play(&inputs, seed);
        joined(&network, &[&["a", "b", "record", "record 2"]]);
        assert_eq!(network.reviews.len(), 0, "one record has both addresses");
    }
}
