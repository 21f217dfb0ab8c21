//! The cases that the router is built for, and the interleavings that broke it on the way, one by one.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use identity::{Counter, KeyKind};
use network::{Network, hash, identifier, in_any_order, joined, touch, version};
use touchpoint::IdentifierKind::{self, Badge, Card, Contact, Cookie, CrmId, Email, Phone};
use touchpoint::{ContactId, Identifier, Touchpoint};

#[test]
fn anonymous_history_joins_at_identification() {
    let mut network = Network::new(false, 1);
    network.send(&touch("page", 1, &[(Cookie, 1)], None));
    network.settle();
    network.send(&touch("form", 5, &[(Email, 1), (Cookie, 1)], Some(true)));
    network.settle();
    joined(&network, &[&["page", "form"]]);
}

#[test]
fn without_consent_the_cookie_stays_anonymous_and_the_form_counts() {
    let mut network = Network::new(false, 1);
    network.send(&touch("page", 1, &[(Cookie, 1)], None));
    network.send(&touch("form", 5, &[(Email, 1), (Cookie, 1)], Some(false)));
    network.settle();
    joined(&network, &[&["page"], &["form"]]);
}

#[test]
fn consent_taken_back_takes_the_pages_back() {
    let mut network = Network::new(false, 1);
    network.send(&touch("page", 1, &[(Cookie, 1)], None));
    network.send(&touch("form", 5, &[(Email, 1), (Cookie, 1)], Some(true)));
    network.settle();
    network.send(&touch("refusal", 8, &[(Email, 1)], Some(false)));
    network.settle();
    joined(&network, &[&["page"], &["form", "refusal"]]);
}

#[test]
fn two_people_on_one_cookie_have_it_by_turns_however_late_the_binding() {
    let inputs = [
        touch("before", 0, &[(Cookie, 1)], None),
        touch("ann", 2, &[(Email, 1), (Cookie, 1)], Some(true)),
        touch("between", 3, &[(Cookie, 1)], None),
        touch("bob", 4, &[(Email, 2), (Cookie, 1)], Some(true)),
        touch("after", 6, &[(Cookie, 1)], None),
    ];
    for order in 0..120 {
        let mut inputs = inputs.clone();
        network::shuffle(&mut inputs, order);
        let mut network = Network::new(false, order);
        inputs.iter().for_each(|input| network.send(input));
        network.settle();
        joined(&network, &[&["before", "ann", "between"], &["bob", "after"]]);
    }
}

#[test]
fn a_crm_record_joins_the_address_that_it_was_made_from() {
    for seed in 0..20 {
        let mut network = Network::new(true, seed);
        network.send(&touch("form", 1, &[(Email, 1)], None));
        network.settle();
        let before = network.homes();
        network.send(&touch("lead", 2, &[(CrmId, 1), (Email, 1)], None));
        network.send(&touch("call", 3, &[(CrmId, 1)], None));
        network.settle();
        joined(&network, &[&["form", "lead", "call"]]);
        assert_eq!(network.homes()["form"], before["form"], "the contact keeps the id that it was born with");
    }
}

#[test]
fn a_second_record_on_a_claimed_address_adopts_nothing() {
    for seed in 0..20 {
        let mut network = Network::new(true, seed);
        network.send(&touch("one", 1, &[(CrmId, 1), (Email, 1)], None));
        network.send(&touch("two", 2, &[(CrmId, 2), (Email, 1)], None));
        network.send(&touch("mail", 3, &[(Email, 1)], None));
        network.settle();
        joined(&network, &[&["one", "mail"], &["two"]]);
    }
}

#[test]
fn a_converted_lead_is_the_contact_whichever_is_heard_of_first() {
    for seed in 0..40 {
        let mut inputs = [
            touch("lead", 1, &[(CrmId, 1), (Email, 1)], None),
            touch("contact", 4, &[(CrmId, 2), (Email, 1)], None),
            touch("converted", 4, &[(CrmId, 2), (CrmId, 1)], None),
            touch("won", 6, &[(CrmId, 2)], None),
            touch("mail", 7, &[(Email, 1)], None),
        ];
        network::shuffle(&mut inputs, seed);
        let mut network = Network::new(true, seed);
        inputs.iter().for_each(|input| network.send(input));
        network.settle();
        joined(&network, &[&["lead", "contact", "converted", "won", "mail"]]);
    }
}

#[test]
fn a_call_back_form_with_phone_and_cookie_joins_the_call_and_the_pages() {
    for seed in 0..20 {
        let mut network = Network::new(true, seed);
        network.send(&touch("page", 1, &[(Cookie, 1)], None));
        network.send(&touch("call-back", 2, &[(Phone, 1), (Cookie, 1)], None));
        network.send(&touch("call", 3, &[(Phone, 1)], None));
        network.settle();
        joined(&network, &[&["page", "call-back", "call"]]);
        network.send(&touch("form", 5, &[(Email, 1), (Phone, 1)], None));
        network.settle();
        joined(&network, &[&["page", "call-back", "call", "form"]]);
    }
}

#[test]
fn a_second_version_of_a_call_may_name_another_person() {
    let mut network = Network::new(true, 3);
    let mut first = touch("call", 2, &[(Phone, 1)], None);
    first.version = Some(1);
    network.send(&first);
    network.settle();
    let mut second = touch("call", 2, &[(Phone, 2)], None);
    second.version = Some(2);
    network.send(&second);
    network.send(&touch("other", 3, &[(Phone, 1)], None));
    network.send(&first);
    network.settle();
    joined(&network, &[&["call"], &["other"]]);
    assert_eq!(network.versions()["call"], Some(2));
}

#[test]
fn what_a_void_takes_back_no_late_version_brings_again() {
    let mut network = Network::new(true, 3);
    let mut form = touch("form", 2, &[(Email, 1), (Cookie, 1)], None);
    form.version = Some(1);
    network.send(&touch("page", 1, &[(Cookie, 1)], None));
    network.send(&form);
    network.settle();
    let mut void = touch("form", 2, &[], None);
    void.version = Some(2);
    void.void = true;
    network.send(&void);
    network.settle();
    network.send(&form);
    network.send(&touch("mail", 3, &[(Email, 1)], None));
    network.settle();
    joined(&network, &[&["page"], &["mail"]]);
}

fn void(number: i64, id: &str) -> Touchpoint {
    Touchpoint { version: Some(number), void: true, ..touch(id, 0, &[], None) }
}

/// The id of the contact that was born from an identifier, as a system stored it and hands it back.
fn handed_back(kind: IdentifierKind, number: u8) -> Identifier {
    let key = hash().key(KeyKind::of_identifier(kind).unwrap(), &identifier(kind, number).value);
    Identifier::new(Contact, ContactId(key.0).to_string())
}

#[test]
fn one_cookie_that_two_people_used_joins_neither_to_the_other() {
    in_any_order(
        &[
            touch("ann", 2, &[(Email, 1), (Cookie, 1)], None),
            touch("bob", 4, &[(Email, 2), (Cookie, 1)], None),
            touch("mail-ann", 5, &[(Email, 1)], None),
            touch("mail-bob", 1, &[(Email, 2)], None),
        ],
        &[&["ann", "mail-ann"], &["bob", "mail-bob"]],
    );
}

#[test]
fn two_browsers_of_one_person_are_one() {
    in_any_order(
        &[
            touch("office", 1, &[(Cookie, 1)], None),
            touch("home", 2, &[(Cookie, 2)], None),
            touch("form", 3, &[(Email, 1), (Cookie, 1)], None),
            touch("click", 4, &[(Email, 1), (Cookie, 2)], None),
        ],
        &[&["office", "home", "form", "click"]],
    );
}

#[test]
fn a_card_without_an_address_joins_when_somebody_types_it_in() {
    in_any_order(
        &[
            touch("scan", 1, &[(Card, 1), (Phone, 1), (Badge, 1)], None),
            touch("stand", 1, &[(Badge, 1)], None),
            touch("call", 2, &[(Phone, 1)], None),
            touch("typed", 9, &[(Email, 1), (Card, 1)], None),
        ],
        &[&["scan", "stand", "call", "typed"]],
    );
}

#[test]
fn a_call_back_form_joins_the_call_to_whom_the_cookie_knows() {
    in_any_order(
        &[
            touch("form", 1, &[(Email, 1), (Cookie, 1)], None),
            touch("call-back", 5, &[(Phone, 1), (Cookie, 1)], None),
            touch("call", 6, &[(Phone, 1)], None),
        ],
        &[&["form", "call-back", "call"]],
    );
}

#[test]
fn a_browser_that_refused_tracking_joins_nobody_by_any_way() {
    for seed in 0..40 {
        let mut inputs = [
            touch("page", 1, &[(Cookie, 1)], None),
            touch("refusal", 2, &[(Cookie, 1)], Some(false)),
            touch("form", 3, &[(Email, 1), (Cookie, 1)], None),
            touch("call-back", 4, &[(Phone, 1), (Cookie, 1)], None),
            touch("call", 5, &[(Phone, 1), (Email, 1)], None),
        ];
        network::shuffle(&mut inputs, seed);
        let mut network = Network::new(true, seed);
        inputs.iter().for_each(|input| network.send(input));
        network.settle();
        joined(&network, &[&["page", "refusal"], &["form", "call-back", "call"]]);
        // Who later agrees, agrees to all of it.
        network.send(&touch("agreed", 9, &[(Email, 1)], Some(true)));
        network.settle();
        joined(&network, &[&["page", "refusal", "form", "call-back", "call", "agreed"]]);
    }
}

#[test]
fn what_was_said_at_one_address_holds_for_the_whole_person() {
    in_any_order(
        &[
            touch("record", 1, &[(CrmId, 1), (Email, 1)], None),
            touch("form", 2, &[(CrmId, 1), (Cookie, 1)], None),
            touch("page", 3, &[(Cookie, 1)], None),
            touch("refusal", 4, &[(Email, 1)], Some(false)),
        ],
        &[&["record", "form", "refusal"], &["page"]],
    );
}

#[test]
fn a_mailbox_that_several_read_joins_nobody() {
    let shared = |mut touchpoint: Touchpoint| {
        touchpoint.identify(Identifier::new(Email, "info@acme.example"));
        touchpoint
    };
    in_any_order(
        &[
            shared(touch("ann", 1, &[(CrmId, 1)], None)),
            shared(touch("bob", 2, &[(CrmId, 2)], None)),
            shared(touch("mail", 3, &[], None)),
        ],
        &[&["ann"], &["bob"], &["mail"]],
    );
}

#[test]
fn evidence_that_a_later_version_no_longer_gives_is_withdrawn() {
    in_any_order(
        &[
            touch("page", 1, &[(Cookie, 1)], None),
            version(1, touch("form", 2, &[(CrmId, 1), (Email, 1), (Cookie, 1)], None)),
            touch("mail", 3, &[(Email, 1)], None),
            version(2, touch("form", 2, &[(CrmId, 1)], None)),
        ],
        &[&["page"], &["form"], &["mail"]],
    );
}

#[test]
fn the_earliest_claim_wins_and_when_it_is_taken_back_the_next() {
    let inputs = [
        touch("mail", 1, &[(Email, 1)], None),
        version(1, touch("first", 2, &[(CrmId, 1), (Email, 1)], None)),
        touch("second", 3, &[(CrmId, 2), (Email, 1)], None),
    ];
    in_any_order(&inputs, &[&["mail", "first"], &["second"]]);
    let mut more = inputs.to_vec();
    more.push(void(2, "first"));
    in_any_order(&more, &[&["mail", "second"]]);
}

/// With the contact id as a name of its own, C would be a ghost here: the CRM got C when the address made it, then the
/// address joined an older record's contact. Since an id is the key of what it was born from, C leads there.
#[test]
fn an_id_handed_back_leads_to_whom_it_was_born_as_wherever_that_is_now() {
    let mut call = touch("call", 9, &[], None);
    call.identify(handed_back(Email, 2));
    let inputs = [
        touch("mail", 5, &[(Email, 2)], None),
        touch("old", 1, &[(CrmId, 1), (Email, 1)], None),
        touch("new-address", 6, &[(CrmId, 1), (Email, 2)], None),
        call,
    ];
    in_any_order(&inputs, &[&["mail", "old", "new-address", "call"]]);
}

#[test]
fn an_id_handed_back_beside_its_own_address_is_no_second_parent() {
    let mut record = touch("record", 2, &[(CrmId, 1), (Email, 1)], None);
    record.identify(handed_back(Email, 1));
    in_any_order(&[touch("mail", 1, &[(Email, 1)], None), record], &[&["mail", "record"]]);
}

#[test]
fn a_visitors_id_handed_back_points_and_does_not_name() {
    let mut chat = touch("chat", 4, &[(Email, 1)], None);
    chat.identify(handed_back(Cookie, 1));
    let mut other = touch("other", 6, &[(Email, 2)], None);
    other.identify(handed_back(Cookie, 1));
    in_any_order(
        &[touch("page", 1, &[(Cookie, 1)], None), chat, other, touch("late", 7, &[(Cookie, 1)], None)],
        &[&["page", "chat"], &["other", "late"]],
    );
}

/// Three records, each said to have become the next: nobody is at the end of it, and messages could go round for ever.
#[test]
fn claims_in_a_ring_come_to_rest_as_one_person() {
    in_any_order(
        &[
            touch("ab", 1, &[(CrmId, 1), (CrmId, 2)], None),
            touch("bc", 2, &[(CrmId, 2), (CrmId, 3)], None),
            touch("ca", 3, &[(CrmId, 3), (CrmId, 1)], None),
            touch("mail", 4, &[(Email, 1)], None),
            touch("address", 5, &[(CrmId, 2), (Email, 1)], None),
        ],
        &[&["ab", "bc", "ca", "mail", "address"]],
    );
}

#[test]
fn a_ring_whose_evidence_is_taken_back_opens_again() {
    in_any_order(
        &[
            touch("ab", 1, &[(CrmId, 1), (CrmId, 2)], None),
            version(1, touch("ba", 2, &[(CrmId, 2), (CrmId, 1)], None)),
            touch("older", 0, &[(CrmId, 3), (CrmId, 1)], None),
            void(2, "ba"),
        ],
        &[&["ab", "older"]],
    );
}

/// A version that makes the same claim again withdrew it and made it in one step: the child, to whom nothing happened,
/// does not answer again, and the record waited for ever.
#[test]
fn a_version_that_says_the_same_again_keeps_the_answer() {
    in_any_order(
        &[
            version(1, touch("record", 1, &[(CrmId, 1), (Email, 1)], None)),
            version(2, touch("record", 1, &[(CrmId, 1), (Email, 1), (Phone, 1)], None)),
            version(3, touch("record", 2, &[(CrmId, 1), (Email, 1)], None)),
            touch("mail", 3, &[(Email, 1)], None),
        ],
        &[&["record", "mail"]],
    );
}

/// Version 2 waits for an answer while version 1 stands at the record's own contact; the void found only the one that
/// waits, and version 1 stood for ever.
#[test]
fn a_void_reaches_what_the_waiting_version_was_to_replace() {
    for seed in 0..150 {
        let mut network = Network::new(true, seed);
        network.send(&version(1, touch("call", 1, &[(CrmId, 1)], None)));
        network.settle();
        network.send(&version(2, touch("call", 1, &[(CrmId, 1), (Email, 1)], None)));
        network.send(&void(3, "call"));
        network.settle();
        joined(&network, &[]);
    }
}

/// The recalled first version came back to its owner after the second had gone elsewhere, and was delivered again. Its
/// input's owner is asked first now.
#[test]
fn a_row_that_was_replaced_while_it_was_called_back_stays_away() {
    for seed in 0..150 {
        let mut network = Network::new(true, seed);
        network.send(&version(1, touch("call", 2, &[(Phone, 1)], None)));
        network.settle();
        network.send(&touch("form", 3, &[(Email, 1), (Phone, 1)], None));
        network.send(&version(2, touch("call", 4, &[(Phone, 2)], None)));
        network.settle();
        joined(&network, &[&["form"], &["call"]]);
        assert_eq!(network.versions()["call"], Some(2));
    }
}

/// Both versions stand at one contact, brought by different identifiers: the withdrawal of the first took the second.
#[test]
fn a_later_version_at_the_same_contact_by_another_way_stays() {
    for seed in 0..150 {
        let mut network = Network::new(true, seed);
        network.send(&touch("record", 1, &[(CrmId, 1), (Email, 1)], None));
        network.settle();
        network.send(&version(1, touch("call", 2, &[(CrmId, 1)], None)));
        network.send(&version(2, touch("call", 2, &[(CrmId, 1), (Phone, 1)], None)));
        network.send(&version(3, touch("call", 2, &[(Email, 1)], None)));
        network.settle();
        joined(&network, &[&["record", "call"]]);
        assert_eq!(network.versions()["call"], Some(3));
    }
}

#[test]
fn a_conflict_is_counted_at_the_one_who_lost() {
    let mut network = Network::new(true, 1);
    network.send(&touch("one", 1, &[(CrmId, 1), (Email, 1)], None));
    network.settle();
    network.send(&touch("two", 2, &[(CrmId, 2), (Email, 1)], None));
    network.settle();
    assert_eq!(network.counted.get(&Counter::Conflict), Some(&1));
    assert_eq!(network.counted.get(&Counter::Adopted), Some(&1));
}

/// Somebody else's key would make two people of everybody, silently.
#[test]
fn a_sender_with_another_hash_key_is_found_out_at_the_first_owner() {
    let ours = identity::Router::new(identity::Settings::new(hash()));
    let theirs = identity::Router::new(identity::Settings::new(identity::HashKey::new([8; 32])));
    let plain = touch("form", 1, &[(Email, 1), (Cookie, 1)], None);
    let page = touch("page", 1, &[(Cookie, 1)], None);
    for touchpoint in [plain.clone(), page, version(2, plain)] {
        let at = touchpoint.occurred_at;
        for (sender, accepted) in [(&ours, true), (&theirs, false)] {
            let first = sender.first_hop(touchpoint.clone(), at).unwrap();
            let (mut row, mut out) = (None, Vec::new());
            let routed = ours.route(first.key, &mut row, first.message, &mut out);
            assert_eq!(routed.is_ok(), accepted, "{touchpoint:?}");
            assert!(accepted || (row.is_none() && out.is_empty()), "nothing was changed or sent");
            if let Err(misrouted) = routed {
                assert!(misrouted.to_string().contains("identity.hash_key_file"), "{misrouted}");
            }
        }
    }
}
