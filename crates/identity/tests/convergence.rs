//! At rest, which subject each touchpoint stands at is a function of the set of inputs: not of the order of arrival, nor
//! of how the owners' messages interleave. A simulated network of owners and homes comes, for random histories, to what
//! the plain definition (`oracle`) says of the set.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;
mod oracle;

use network::{Network, hash, touch};
use proptest::prelude::*;
use touchpoint::IdentifierKind as Kind;
use touchpoint::{AccountRef, ContactId, Identifier, Opportunity, OpportunityContact, Touchpoint};

/// An identifier by kind and number. `Contact` hands back the id of the contact born from another identifier.
fn identify(touchpoint: &mut Touchpoint, kind: usize, number: u8) {
    const KINDS: [Kind; 5] = [Kind::CrmId, Kind::Email, Kind::Phone, Kind::Badge, Kind::Cookie];
    match KINDS.get(kind) {
        Some(kind) => touchpoint.identify(network::identifier(*kind, number)),
        None => {
            let of = network::identifier(KINDS[usize::from(number) % 5], number % 2);
            let born = identity::KeyKind::of_identifier(of.kind).map(|kind| hash().key(kind, &of.value));
            let id = ContactId(born.unwrap().0).to_string();
            touchpoint.identify(Identifier::new(Kind::Contact, id));
        }
    }
}

/// An input that may come in versions that share its id: (id, version, void).
type Revision = Option<(u8, i64, bool)>;

fn revision() -> impl Strategy<Value = Revision> {
    proptest::option::weighted(0.35, (0..3_u8, 1..4_i64, proptest::bool::weighted(0.15)))
}

/// What an input says of the identifiers it names, where it says so: that they are two, or one.
fn parts() -> impl Strategy<Value = Option<bool>> {
    proptest::option::weighted(0.3, proptest::bool::weighted(0.35))
}

fn say(input: &mut Touchpoint, parts: Option<bool>) {
    if let Some(apart) = parts {
        input.channel = "crm".into();
        input.kind = if apart { "unmerged" } else { "merged" }.into();
    }
}

fn input(at: usize, time: i64, revision: Revision, tracking: Option<bool>) -> Touchpoint {
    let id = revision.map_or_else(|| format!("i{at}"), |(id, _, _)| format!("r{id}"));
    let mut touchpoint = touch(&id, time, &[], tracking);
    if let Some((_, version, void)) = revision {
        touchpoint.version = Some(version);
        touchpoint.void = void;
    }
    touchpoint
}

/// What can be seen of people in a small town: few identifiers of each kind, so that conflicts are common.
fn people() -> impl Strategy<Value = History> {
    crowd(2..9, 3)
}

fn crowd(inputs: std::ops::Range<usize>, each: u8) -> impl Strategy<Value = History> {
    let identifiers = proptest::collection::vec((0..6_usize, 0..each), 1..4);
    let one = (identifiers, 0..40_i64, revision(), proptest::option::weighted(0.25, any::<bool>()), parts());
    proptest::collection::vec(one, inputs).prop_map(|all| {
        let inputs = all.into_iter().enumerate().map(|(at, (identifiers, time, revision, tracking, parts))| {
            let mut input = input(at, time, revision, tracking);
            say(&mut input, parts);
            identifiers.into_iter().for_each(|(kind, number)| identify(&mut input, kind, number));
            input
        });
        History(inputs.collect())
    })
}

const NUMBERS: [&str; 2] = ["8700110005901", "7000012050002"];

fn company(ids: &[u8], number: Option<usize>, domain: Option<u8>) -> Option<Box<AccountRef>> {
    let account = AccountRef {
        ids: ids
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(|id| format!("crm:a{id}").into())
            .collect(),
        corporate_number: number.map(|at| NUMBERS[at].into()),
        domain: domain.map(|at| format!("firm{at}.example").into()),
        ..AccountRef::default()
    };
    (account != AccountRef::default()).then(|| Box::new(account))
}

/// People of companies, companies alone, and deals.
fn business() -> impl Strategy<Value = History> {
    let account = (
        proptest::collection::vec(0..3_u8, 0..3),
        proptest::option::weighted(0.2, 0..2_usize),
        proptest::option::weighted(0.4, 0..3_u8),
    );
    let deal = (0..2_u8, proptest::collection::vec((0..3_u8, any::<bool>()), 0..3), any::<bool>());
    let one = (
        proptest::collection::vec((0..5_usize, 0..3_u8), 0..3),
        account,
        proptest::option::weighted(0.5, deal),
        0..40_i64,
        revision(),
        parts(),
    );
    proptest::collection::vec(one, 2..8).prop_map(|all| {
        let inputs = all.into_iter().enumerate().map(|(at, (identifiers, account, deal, time, revision, parts))| {
            let mut input = input(at, time, revision, None);
            say(&mut input, parts);
            for (kind, number) in identifiers {
                match kind {
                    // An address at a company, beside those at a provider of mailboxes.
                    4 => input.identify(Identifier::new(Kind::Email, format!("p{number}@firm{number}.example"))),
                    kind => identify(&mut input, kind, number),
                }
            }
            let (ids, number, domain) = account;
            input.account = company(&ids, number, domain);
            if let Some((id, contacts, converted)) = deal {
                let contacts = contacts.into_iter().map(|(id, role)| OpportunityContact {
                    crm_id: network::identifier(Kind::CrmId, id).value,
                    role: role.then(|| "decision_maker".into()),
                });
                input.opportunity = Some(Box::new(Opportunity {
                    id: format!("crm:o{id}").into(),
                    contacts: contacts.collect(),
                    ..Opportunity::default()
                }));
                if converted {
                    input.kind = "converted".into();
                }
            }
            input
        });
        // What names nobody is refused before it gets here.
        let placed = |t: &Touchpoint| !t.identifiers.is_empty() || t.account.is_some() || t.opportunity.is_some();
        History(inputs.filter(|input| input.void || placed(input)).collect())
    })
}

/// A history that a failed test shows in a few lines.
#[derive(Clone)]
struct History(Vec<Touchpoint>);

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f)?;
        for Touchpoint {
            input, occurred_at, version, void, identifiers, account, opportunity, consent, kind, ..
        } in &self.0
        {
            let who: Vec<String> = identifiers.iter().map(|i| format!("{}={}", i.kind.as_str(), i.value)).collect();
            write!(f, "  {} {kind} at {occurred_at} version {version:?} void {void} {who:?}", input.id)?;
            if let Some(account) = account {
                let AccountRef { ids, corporate_number, domain, .. } = &**account;
                write!(f, " account {ids:?} {corporate_number:?} {domain:?}")?;
            }
            if let Some(deal) = opportunity {
                write!(f, " deal {} {:?}", deal.id, deal.contacts)?;
            }
            writeln!(f, " tracking {:?}", consent.first().map(|consent| consent.state))?;
        }
        Ok(())
    }
}

/// Plays a history in a drawn order, with copies, in two halves of which the second may find the first at rest.
fn play(inputs: &[Touchpoint], default: bool, seed: u64) -> Network {
    let mut order = inputs.to_vec();
    // Sources and brokers send some of it twice.
    let again: Vec<Touchpoint> = order.iter().skip(seed as usize % 3).step_by(3).cloned().collect();
    order.extend(again);
    network::shuffle(&mut order, seed);
    let mut network = Network::new(default, seed);
    let half = order.len() / 2;
    for (at, input) in order.iter().enumerate() {
        if at == half && seed.is_multiple_of(3) {
            network.settle();
        }
        network.send(input);
    }
    network.settle();
    network
}

/// Rows of a deal count its publications, and the inputs of its copies their versions: that is history, not state.
fn comparable(network: &Network) -> Vec<(touchpoint::IdentifierKey, Vec<u8>)> {
    let rows = network.rows().iter().filter(|(key, _)| {
        !matches!(identity::KeyKind::of(key), Some(identity::KeyKind::Opportunity | identity::KeyKind::Input))
    });
    rows.map(|(key, row)| (*key, row.clone())).collect()
}

fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("IDENTITY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    // What breaks leaves a named test, not a file of seeds.
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn people_come_to_stand_where_the_whole_set_says(
        history in people(), default in any::<bool>(), seed in any::<u64>(),
    ) {
        let network = play(&history.0, default, seed);
        prop_assert_eq!(network.places(), oracle::places(&history.0, &hash(), default));
        // And what counts of each input is what stands.
        for input in oracle::counting(&history.0) {
            let content = Touchpoint { version: None, ..input };
            prop_assert_eq!(&network.contents()[content.input.id.as_str()], &content);
        }
    }

    #[test]
    fn companies_and_deals_come_to_stand_where_the_whole_set_says(history in business(), seed in any::<u64>()) {
        let network = play(&history.0, true, seed);
        prop_assert_eq!(network.places(), oracle::places(&history.0, &hash(), true));
    }
}

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn what_owners_remember_does_not_show_the_order_either(
        history in people(), one in any::<u64>(), other in any::<u64>(),
    ) {
        let [first, second] = [one, other].map(|seed| play(&history.0, true, seed));
        prop_assert_eq!(comparable(&first), comparable(&second));
    }

    #[test]
    fn what_is_all_taken_back_leaves_nobody_and_nothing_to_remember(history in people(), seed in any::<u64>()) {
        let mut inputs = history.0;
        for (at, input) in inputs.iter_mut().enumerate() {
            input.input.id = format!("v{at}").into();
            input.version = Some(1);
            input.void = false;
        }
        let mut network = play(&inputs, true, seed);
        for input in &inputs {
            let mut void = touch(&input.input.id, 0, &[], None);
            void.void = true;
            network.send(&void);
        }
        network.settle();
        prop_assert_eq!(network.places().len(), 0);
        prop_assert_eq!(comparable(&network), vec![]);
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_crowd_comes_to_stand_where_the_whole_set_says(history in crowd(20..45, 5), seed in any::<u64>()) {
        let network = play(&history.0, true, seed);
        prop_assert_eq!(network.places(), oracle::places(&history.0, &hash(), true));
    }
}
