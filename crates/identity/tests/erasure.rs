//! Who was erased stays erased: through late inputs, copies, merges and whatever order messages come in.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use network::{Network, hash, identifier, joined, shuffle, touch, version};
use proptest::prelude::*;
use touchpoint::IdentifierKind::{self, Badge, Contact, Cookie, CrmId, Email, Phone};
use touchpoint::{Consent, ConsentState, ContactId, Identifier, SubjectId, Touchpoint};

fn erased(id: &str, time: i64, identifiers: &[(IdentifierKind, u8)]) -> Touchpoint {
    Touchpoint { channel: "crm".into(), kind: "erased".into(), ..touch(id, time, identifiers, None) }
}

fn merged(id: &str, time: i64, identifiers: &[(IdentifierKind, u8)]) -> Touchpoint {
    Touchpoint { channel: "crm".into(), kind: "merged".into(), ..touch(id, time, identifiers, None) }
}

fn play(inputs: &[Touchpoint], seed: u64) -> Network {
    let mut network = Network::new(true, seed);
    for input in inputs {
        network.send(input);
    }
    network.settle();
    network
}

/// Ann by her record, address, browser and phone; Bob, who uses her browser for a time.
fn ann_and_bob() -> Vec<Touchpoint> {
    vec![
        touch("ann page", 1, &[(Cookie, 1)], None),
        touch("ann form", 2, &[(Email, 1), (Cookie, 1)], Some(true)),
        touch("ann record", 3, &[(CrmId, 1), (Email, 1)], None),
        touch("ann call", 4, &[(Phone, 1), (Cookie, 1)], None),
        touch("ann note", 5, &[(CrmId, 1)], None),
        touch("bob form", 24, &[(Email, 2), (Cookie, 1)], Some(true)),
        touch("bob page", 25, &[(Cookie, 1)], None),
        touch("bob mail", 26, &[(Email, 2)], None),
    ]
}

#[test]
fn who_is_erased_by_any_of_their_identifiers_goes_with_all_and_nobody_else_does() {
    for seed in 0..60 {
        for by in [(CrmId, 1), (Email, 1)] {
            let mut inputs = ann_and_bob();
            shuffle(&mut inputs, seed);
            let mut network = play(&inputs, seed);
            network.send(&erased("erased", 100, &[by]));
            network.settle();
            joined(&network, &[&["bob form", "bob mail", "bob page"]]);
            // All of it again, as after a replay; and a browser of hers that was not known yet.
            inputs.iter().for_each(|input| network.send(input));
            network.send(&touch("late", 3, &[(Email, 1), (Cookie, 7)], None));
            network.send(&touch("late page", 3, &[(Cookie, 7)], None));
            network.settle();
            joined(&network, &[&["bob form", "bob mail", "bob page"]]);
        }
    }
}

#[test]
fn who_comes_back_after_an_erasure_is_another_contact_without_a_past() {
    for seed in 0..30 {
        let mut network = play(&ann_and_bob(), seed);
        let before = network.homes()["ann form"];
        network.send(&erased("erased", 100, &[(CrmId, 1)]));
        network.settle();
        network.send(&touch("page", 110, &[(Cookie, 1)], None));
        network.settle();
        joined(&network, &[&["bob form", "bob mail", "bob page", "page"]]);
        network.send(&touch("form", 120, &[(Email, 1)], None));
        network.send(&touch("record", 121, &[(CrmId, 1), (Email, 1)], None));
        network.send(&touch("call", 122, &[(Phone, 1)], None));
        network.settle();
        joined(&network, &[&["bob form", "bob mail", "bob page", "page"], &["form", "record"], &["call"]]);
        let after = network.homes()["form"];
        assert_ne!(before, after, "the id of who was erased is nobody's");
        // A CRM hands the new id back.
        let SubjectId::Contact(id) = after else { panic!("a contact") };
        let mut won = touch("won", 130, &[], None);
        won.identify(Identifier::new(Contact, id.to_string()));
        network.send(&won);
        network.settle();
        assert_eq!(network.homes()["won"], after);
    }
}

#[test]
fn the_last_who_had_a_shared_browser_is_erased_and_it_is_nobodys_then() {
    for seed in 0..30 {
        let mut network = play(&ann_and_bob(), seed);
        network.send(&erased("erased", 100, &[(Email, 2)]));
        network.settle();
        network.send(&touch("page", 110, &[(Cookie, 1)], None));
        network.settle();
        joined(&network, &[&["ann call", "ann form", "ann note", "ann page", "ann record"], &["page"]]);
    }
}

#[test]
fn an_erasure_that_comes_before_what_it_erases_erases_it() {
    for seed in 0..60 {
        let mut inputs = ann_and_bob();
        inputs.retain(|input| input.input.id.starts_with("ann"));
        inputs.push(erased("erased", 100, &[(CrmId, 1), (Email, 1)]));
        shuffle(&mut inputs, seed);
        let network = play(&inputs, seed);
        let left = network.homes();
        // A browser that was never named with her in what came later is a stranger's; nothing of hers is left.
        assert!(left.keys().all(|id| id == "ann call" || id == "ann page"), "{left:?}");
    }
}

#[test]
fn who_took_in_the_erased_after_it_keeps_the_own_history() {
    for seed in 0..30 {
        let mut network = play(
            &[touch("one", 1, &[(CrmId, 1), (Email, 1)], None), touch("two", 2, &[(CrmId, 2), (Email, 2)], None)],
            seed,
        );
        network.send(&erased("erased", 10, &[(CrmId, 2)]));
        network.settle();
        network.send(&merged("merge", 20, &[(CrmId, 1), (CrmId, 2)]));
        network.send(&touch("two", 2, &[(CrmId, 2), (Email, 2)], None));
        network.settle();
        joined(&network, &[&["merge", "one"]]);
    }
}

#[test]
fn who_was_taken_in_before_is_erased_with_who_remains() {
    for seed in 0..30 {
        let inputs = [
            touch("one", 1, &[(CrmId, 1), (Email, 1)], None),
            touch("two", 2, &[(CrmId, 2), (Email, 2)], None),
            merged("merge", 5, &[(CrmId, 1), (CrmId, 2)]),
        ];
        for by in [(CrmId, 1), (Email, 2)] {
            let mut network = play(&inputs, seed);
            network.send(&erased("erased", 10, &[by]));
            network.settle();
            joined(&network, &[]);
        }
    }
}

#[test]
fn a_visitor_who_never_gave_a_name_is_erased_by_the_browser() {
    let mut network = play(&[touch("page", 1, &[(Cookie, 1)], None), touch("other", 1, &[(Cookie, 2)], None)], 1);
    let before = network.homes()["page"];
    network.send(&erased("erased", 10, &[(Cookie, 1)]));
    network.settle();
    joined(&network, &[&["other"]]);
    network.send(&touch("page again", 20, &[(Cookie, 1)], None));
    network.settle();
    assert_ne!(network.homes()["page again"], before);
}

#[test]
fn what_was_refused_outlives_the_erasure_and_nothing_else_does() {
    for seed in 0..30 {
        let mut left = touch("left", 5, &[(Email, 1)], None);
        (left.channel, left.kind) = ("email".into(), "unsubscribe".into());
        let mut refused = touch("refused", 6, &[(CrmId, 1)], None);
        refused.consent = vec![Consent {
            purpose: "profiling".into(),
            channel: None,
            state: ConsentState::Denied,
            basis: None,
            at: None,
            evidence: Some("said on the phone to Hanako".into()),
        }];
        let inputs = [touch("record", 1, &[(CrmId, 1), (Email, 1)], None), left, refused];
        let mut network = play(&inputs, seed);
        network.send(&erased("erased", 10, &[(CrmId, 1)]));
        network.settle();
        joined(&network, &[]);
        network.send(&touch("form", 20, &[(Email, 1)], None));
        network.send(&touch("call", 21, &[(CrmId, 1), (Email, 1)], None));
        network.settle();
        let contents = network.contents();
        let homes = network.homes();
        let told: Vec<&Touchpoint> = contents.values().filter(|t| t.input.id.starts_with("refused:")).collect();
        let said: Vec<_> = told.iter().flat_map(|t| &t.consent).map(|c| (&*c.purpose, c.channel.as_deref())).collect();
        assert!(said.contains(&("marketing", Some("email"))) && said.contains(&("profiling", None)), "{said:?}");
        assert!(told.iter().all(|t| t.consent.iter().all(|consent| consent.evidence.is_none())));
        assert!(told.iter().all(|t| homes[&*t.input.id] == homes["form"]));
        // And a second erasure.
        network.send(&erased("erased again", 30, &[(Email, 1)]));
        network.send(&touch("form again", 40, &[(Email, 1)], None));
        network.settle();
        let homes = network.homes();
        let again: Vec<_> = homes.keys().filter(|id| id.starts_with("refused:")).collect();
        assert!(!again.is_empty() && again.iter().all(|id| homes[*id] == homes["form again"]), "{homes:?}");
    }
}

#[test]
fn a_version_of_the_time_before_takes_its_predecessor_along() {
    for seed in 0..20 {
        let call = |number, time| version(number, touch("call", time, &[(Email, 1)], None));
        let mut network = play(&[touch("form", 1, &[(Email, 1)], None), call(1, 20)], seed);
        network.send(&erased("erased", 10, &[(Email, 1)]));
        network.settle();
        joined(&network, &[&["call"]]);
        network.send(&call(2, 5));
        network.settle();
        joined(&network, &[]);
    }
}

fn any_inputs() -> impl Strategy<Value = History> {
    const KINDS: [IdentifierKind; 5] = [CrmId, Email, Phone, Badge, Cookie];
    let one = (proptest::collection::vec((0..5_usize, 0..3_u8), 1..4), 0..40_i64, proptest::bool::weighted(0.15));
    proptest::collection::vec(one, 2..12).prop_map(|all| {
        let inputs = all.into_iter().enumerate().map(|(at, (identifiers, time, merge))| {
            let identifiers: Vec<_> = identifiers.into_iter().map(|(kind, number)| (KINDS[kind], number)).collect();
            let id = format!("i{at}");
            match merge {
                true => merged(&id, time, &identifiers),
                false => touch(&id, time, &identifiers, None),
            }
        });
        History(inputs.collect())
    })
}

/// A history that a failed test shows in a few lines.
#[derive(Clone)]
struct History(Vec<Touchpoint>);

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Touchpoint { input, occurred_at, identifiers, kind, .. } in &self.0 {
            let who: Vec<String> = identifiers.iter().map(|i| i.value.to_string()).collect();
            write!(f, "\n  {} {kind} at {occurred_at} {who:?}", input.id)?;
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("IDENTITY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn exactly_one_contact_goes_and_stays_away(
        history in any_inputs(), whom in 0..2_usize, number in 0..3_u8, seed in any::<u64>(),
    ) {
        erase_one(&history.0, [CrmId, Email][whom], number, seed)?;
    }
}

/// Erases the contact of an identifier at the end of a history, and sends all of it again.
fn erase_one(inputs: &[Touchpoint], kind: IdentifierKind, number: u8, seed: u64) -> Result<(), TestCaseError> {
    let mut network = play(inputs, seed);
    let before = network.homes();
    network.send(&touch("probe", 50, &[(kind, number)], None));
    network.settle();
    let home = network.homes()["probe"];
    network.send(&erased("erased", 60, &[(kind, number)]));
    network.settle();
    // What a browser was seen with may have been known by the erased alone; and where pointers stand by each other only,
    // more may go than stood there.
    let is_named = |id: &str| inputs.iter().any(|i| i.input.id == id && i.identifiers[0].kind.names());
    let alone = |input: &Touchpoint| input.identifiers[0].kind.names() || input.identifiers.len() == 1;
    let is_exact = inputs.iter().all(alone);
    let left = network.homes();
    for (id, at) in &before {
        prop_assert!(*at != home || !left.contains_key(id), "{} is still there", id);
        if *at != home && (is_exact || is_named(id)) {
            prop_assert!(left.contains_key(id), "{} went as well", id);
            prop_assert!(left[id] == *at || !is_named(id), "{} stands elsewhere", id);
        }
    }
    // Everything again, in another order: nothing of them comes back, and who was left is left.
    let mut again = inputs.to_vec();
    shuffle(&mut again, seed ^ 1);
    again.iter().for_each(|input| network.send(input));
    network.settle();
    let now = network.homes();
    for (id, at) in &now {
        prop_assert!(*at != home, "{} came back", id);
    }
    for id in left.keys().filter(|id| is_exact || is_named(id)) {
        prop_assert!(now.contains_key(id), "{} went at last", id);
    }
    Ok(())
}

#[test]
fn an_id_that_was_never_given_erases_nobody() {
    let mut network = play(&ann_and_bob(), 3);
    let key = hash().key(identity::KeyKind::Email, &identifier(Email, 9).value);
    let mut nobody = erased("erased", 100, &[]);
    nobody.identify(Identifier::new(Contact, ContactId(key.0).to_string()));
    network.send(&nobody);
    network.settle();
    assert_eq!(network.homes().len(), 8);
}
