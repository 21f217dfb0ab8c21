//! What a market promises to those who play it against the pipeline.

use super::calendar::{DAY, HOUR};
use super::{Break, Happening, MarketSettings, Nature, RawEvent, Step, Summary, market, steps, tool_settings};
use ingest::{Decoder, Outcomes, RawMeta, Settings};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;
use touchpoint::{IdentifierKind, Outcome, RejectionCode, Timestamp, Touchpoint};

fn settings() -> MarketSettings {
    let end = Timestamp::parse("2026-10-01T00:00:00+09:00").unwrap();
    MarketSettings { accounts: 120, broken_per_mille: 20, ..MarketSettings::until(end, 1) }
}

/// A market that most tests look at, with more broken records than usual.
static PLAYED: LazyLock<(Vec<RawEvent>, Summary)> = LazyLock::new(|| {
    let mut market = market(settings());
    let events = market.by_ref().collect();
    (events, market.summary().clone())
});

static TOLD: LazyLock<Vec<(&RawEvent, Touchpoint)>> = LazyLock::new(|| {
    let decoder = Decoder::new(tool_settings()).unwrap();
    let touchpoints = |event: &'static RawEvent| {
        decode(&decoder, event).into_iter().filter_map(move |outcome| match outcome {
            Outcome::Touchpoint(touchpoint) => Some((event, *touchpoint)),
            _ => None,
        })
    };
    PLAYED.0.iter().flat_map(touchpoints).collect()
});

/// As the service decodes it, with the simulated arrival for Kafka's time.
fn decode(decoder: &Decoder, event: &RawEvent) -> Vec<Outcome> {
    let mut out = Outcomes::default();
    let headers = event.headers();
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, *value)).collect();
    let meta = RawMeta {
        topic_channel: Some(event.channel),
        source: Some(event.source),
        headers: &headers,
        received_at: event.at,
    };
    decoder.decode(&meta, &event.value, &mut out);
    out.into_vec()
}

#[test]
fn a_seed_is_a_market() {
    let small = MarketSettings { accounts: 25, ..settings() };
    let first: Vec<RawEvent> = market(small).collect();
    assert!(first.len() > 500);
    assert!(first == market(small).collect::<Vec<_>>(), "the same seed gave other records");
    assert!(first != market(MarketSettings { seed: 2, ..small }).collect::<Vec<_>>(), "the seed decides nothing");
}

#[test]
fn what_is_not_broken_on_purpose_is_understood_and_what_is_has_its_code() {
    for settings in [tool_settings(), Settings::default()] {
        let decoder = Decoder::new(settings).unwrap();
        let (mut codes, mut drops) = (BTreeMap::new(), BTreeSet::new());
        for event in &PLAYED.0 {
            for outcome in decode(&decoder, event) {
                match (&event.nature, outcome) {
                    (Nature::Broken(kind), Outcome::Rejected(rejection)) => {
                        assert_eq!(rejection.code, kind.code(), "{}: {}", event.source, rejection.message);
                        *codes.entry(rejection.code).or_insert(0_u64) += 1;
                    }
                    (Nature::Broken(kind), other) => panic!("{kind:?} of {} became {other:?}", event.source),
                    (_, Outcome::Rejected(rejection)) => {
                        let value = String::from_utf8_lossy(&event.value);
                        panic!("{}: {} {}: {value}", event.source, rejection.code, rejection.field);
                    }
                    (_, Outcome::Dropped(reason)) => {
                        drops.insert(reason.0);
                    }
                    (_, Outcome::Touchpoint(_)) => {}
                }
            }
        }
        assert_eq!(codes, PLAYED.1.dead_letters(), "the summary tells of other dead letters");
        let expected: BTreeSet<RejectionCode> = Break::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.into_keys().collect::<BTreeSet<_>>(), expected, "a way to break is not shown");
        for drop in &drops {
            let known =
                ["sendgrid.processed", "zoom-webinar.started", "zoom-webinar.ended", "amazon-connect.number_withheld"];
            assert!(known.contains(drop), "dropped as {drop}");
        }
        assert!(drops.len() >= 3, "{drops:?}");
    }
}

#[test]
fn records_arrive_in_order_and_ticks_stand_between_them() {
    let small = MarketSettings { accounts: 25, tick_hours: 5, ..settings() };
    let (mut now, mut ticked, mut sent) = (small.start, small.start, Vec::new());
    for step in steps(small) {
        match step {
            Step::Send(event) => {
                assert!(event.at >= now && event.at > ticked && event.at <= small.end, "{} after {now}", event.at);
                now = event.at;
                sent.push(event);
            }
            Step::Tick(at) => {
                assert!(at >= now, "a record of {now} was sent, and time had not come so far: {at}");
                assert!(at == ticked.plus_millis(5 * HOUR) || at == small.end, "{ticked}, then {at}");
                ticked = at;
            }
        }
    }
    assert_eq!(ticked, small.end, "the last tick is the end");
    assert!(sent == market(small).collect::<Vec<_>>());
}

#[test]
fn copies_are_copies_and_late_records_are_late() {
    let mut seen: HashMap<&[u8], &RawEvent> = HashMap::new();
    let mut copies = 0;
    for event in PLAYED.0.iter().filter(|event| !matches!(event.nature, Nature::Broken(_))) {
        if event.nature == Nature::Duplicate {
            let first = seen.get(event.value.as_slice()).expect("a copy came before what it copies");
            assert_eq!((first.source, first.channel, &first.key), (event.source, event.channel, &event.key));
            copies += 1;
        }
        seen.entry(&event.value).or_insert(event);
    }
    assert_eq!(copies, PLAYED.1.duplicates);
    let mut late = 0;
    for (event, touchpoint) in TOLD.iter().filter(|(event, _)| event.nature == Nature::Late) {
        assert!(event.at.millis_since(touchpoint.occurred_at) >= 2 * HOUR, "{}", touchpoint.kind);
        late += 1;
    }
    assert!(late > 50);
}

/// Noise comes beside the story: the same things happen, however much is lost, late or told twice.
#[test]
fn noise_changes_nothing_of_the_story() {
    let clean = MarketSettings { duplicates_per_mille: 0, late_per_mille: 0, broken_per_mille: 0, ..settings() };
    let told: HashMap<Vec<u8>, Timestamp> = market(clean).map(|event| (event.value, event.at)).collect();
    let mut heard = 0;
    for event in &PLAYED.0 {
        match event.nature {
            Nature::Plain | Nature::Machine => {
                assert_eq!(told.get(&event.value), Some(&event.at));
                heard += 1;
            }
            Nature::Late => {
                assert!(told[&event.value] < event.at);
                heard += 1;
            }
            Nature::Duplicate | Nature::Broken(_) => {}
        }
    }
    let after_the_end = told.len() - heard;
    assert!(after_the_end < 20, "{after_the_end} of {} are missing", told.len());
}

#[test]
fn the_funnel_narrows_as_a_real_one_does() {
    for seed in [1, 3] {
        let end = settings().end;
        let mut market = market(MarketSettings::until(end, seed));
        while market.next().is_some() {}
        let summary = market.summary();
        let of = |happening| summary.of(happening);
        let shown = || format!("seed {seed}\n{summary}");
        assert!((15_000..60_000).contains(&summary.records()), "{}", shown());
        assert!((30..=120).contains(&of(Happening::HandRaised)), "{}", shown());
        assert!((20..=80).contains(&of(Happening::OpportunityCreated)), "{}", shown());
        assert!(of(Happening::Won) >= 5 && of(Happening::Lost) >= 5, "{}", shown());
        let narrowing = [
            Happening::LeadCreated,
            Happening::Accepted,
            Happening::Qualified,
            Happening::OpportunityCreated,
            Happening::Won,
        ];
        assert!(narrowing.windows(2).all(|pair| of(pair[0]) >= of(pair[1])), "{}", shown());
        assert!(of(Happening::Won) + of(Happening::Lost) <= of(Happening::OpportunityCreated), "{}", shown());
        for happening in Happening::ALL {
            assert!(of(*happening) > 0, "nobody was ever {}\n{}", happening.name(), shown());
        }
        let share = |part: u64| part * 1000 / summary.records();
        assert!((30..300).contains(&share(summary.machine)), "{}", shown());
        assert!((8..25).contains(&share(summary.duplicates)) && (5..25).contains(&share(summary.late)), "{}", shown());
        let sources: Vec<&str> = summary.sources.keys().copied().collect();
        for source in
            ["amazon-connect", "canonical", "rudderstack", "salesforce-cdc", "segment", "sendgrid", "zoom-webinar"]
        {
            assert!(sources.contains(&source), "nothing of {source}");
        }
    }
}

/// Follows one customer back: won, created, converted, the lead, and what they did on the site before.
#[test]
fn a_deal_that_was_won_has_a_history() {
    let (event, won) = TOLD.iter().find(|(_, told)| told.kind == "won").expect("nobody bought");
    let deal = &won.opportunity.as_ref().unwrap().id;
    let of_deal = |kind: &str| {
        let same = |told: &Touchpoint| told.opportunity.as_ref().is_some_and(|have| have.id == *deal);
        TOLD.iter().find(|(_, told)| told.kind == kind && same(told)).map(|(_, told)| told)
    };
    assert!(won.opportunity.as_ref().unwrap().amount.is_some(), "{}", String::from_utf8_lossy(&event.value));
    let created = of_deal("opportunity_created").expect("it was never created");
    let converted = of_deal("converted").expect("it came from no lead");
    assert_eq!(created.occurred_at, converted.occurred_at);
    assert!(created.occurred_at < won.occurred_at);
    let crm_ids: Vec<&str> = converted.identifiers_of(IdentifierKind::CrmId).collect();
    let [contact, lead] = crm_ids.as_slice() else { panic!("a conversion names contact and lead: {crm_ids:?}") };
    assert_eq!(created.opportunity.as_ref().unwrap().contacts[0].crm_id, *contact);

    let of_lead = |told: &Touchpoint| told.identifiers_of(IdentifierKind::CrmId).any(|id| id == *lead);
    let (_, born) = TOLD.iter().find(|(_, told)| of_lead(told)).expect("the lead was never created");
    let email = born.identifiers_of(IdentifierKind::Email).next().expect("a lead has an address").to_owned();
    let words: Vec<&str> = TOLD.iter().filter(|(_, told)| of_lead(told)).map(|(_, told)| told.kind.as_str()).collect();
    assert!(words.contains(&"accepted") && words.contains(&"qualified"), "{words:?}");
    let theirs = |told: &Touchpoint| told.identifiers_of(IdentifierKind::Email).any(|have| have == email);
    let before = TOLD.iter().filter(|(_, told)| theirs(told) && told.occurred_at < born.occurred_at).count();
    assert!(before > 0, "a lead from nowhere");
}

#[test]
fn a_call_is_told_again_when_it_is_written_up() {
    let mut versions: BTreeMap<&str, BTreeMap<i64, &Touchpoint>> = BTreeMap::new();
    for (_, told) in TOLD.iter().filter(|(_, told)| told.channel == "call") {
        versions.entry(&told.input.id).or_default().insert(told.version.unwrap(), told);
    }
    let written: Vec<_> = versions.values().filter(|versions| versions.len() == 2).collect();
    assert!(versions.len() > 50 && written.len() * 10 > versions.len() * 7);
    for call in written {
        let both: Vec<&&Touchpoint> = call.values().collect();
        assert_eq!(both[0].occurred_at, both[1].occurred_at);
        assert!(both[0].disposition.is_none() && both[0].kind != "gatekeeper", "the result stands in the later one");
    }
}

/// Without a statement on tracking no cookie may join a person.
#[test]
fn most_forms_carry_address_cookie_and_a_word_on_tracking() {
    let forms: Vec<&Touchpoint> = TOLD
        .iter()
        .map(|(_, told)| told)
        .filter(|told| told.channel == "web" && matches!(told.kind.as_str(), "form_submit" | "download"))
        .collect();
    assert!(forms.len() > 50);
    for form in &forms {
        assert!(form.identifiers_of(IdentifierKind::Email).next().is_some(), "{}", form.kind);
        assert!(form.identifiers_of(IdentifierKind::Cookie).next().is_some(), "{}", form.kind);
        assert!(form.consent.iter().any(|consent| consent.purpose == "tracking"), "{}", form.kind);
    }
    let granted = |form: &&&Touchpoint| form.consent.iter().all(|c| c.state == touchpoint::ConsentState::Granted);
    let granted = forms.iter().filter(granted).count();
    assert!(granted < forms.len() && granted * 10 > forms.len() * 7, "{granted} of {}", forms.len());
}

/// Addresses and numbers of the market are nobody's: reserved names, and digits that no carrier has been given.
#[test]
fn nobody_real_is_named() {
    for (_, told) in TOLD.iter() {
        for email in told.identifiers_of(IdentifierKind::Email) {
            assert!(email.ends_with(".example") || email.ends_with(".market.simulation@gmail.com"), "an address");
        }
        for phone in told.identifiers_of(IdentifierKind::Phone) {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            let local = digits.strip_prefix("81").or_else(|| digits.strip_prefix('0')).unwrap();
            assert!(local.starts_with("900") || local.starts_with("520"), "a number");
        }
    }
    let mut keys = PLAYED.0.iter().filter_map(|event| event.key.as_deref());
    assert!(keys.all(|key| !key.contains('@')), "an address in a key");
}

#[test]
fn a_market_of_a_day_and_of_nobody_ends() {
    let end = settings().end;
    let day = MarketSettings { start: end.plus_millis(-DAY), ..settings() };
    assert_eq!(steps(day).filter(|step| matches!(step, Step::Tick(_))).count(), 4);
    let nobody = MarketSettings { accounts: 0, ..day };
    assert!(steps(nobody).count() >= 4);
    let nothing = MarketSettings { start: end, ..settings() };
    assert!(steps(nothing).all(|step| step == Step::Tick(end)));
}
