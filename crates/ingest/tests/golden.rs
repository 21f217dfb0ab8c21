//! The golden corpus under `tests/golden/sources/<source>/`: each `<case>.json` (or `.csv`, ...) is a raw record,
//! `<case>.expected.jsonl` what `sources try` prints for it, and `<case>.meta.json`, where there is one, what Kafka and the
//! settings say.
//!
//! `UPDATE_GOLDEN=1 cargo test -p ingest` writes the expected lines anew; read the difference before committing it.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Case, cases, corpus};
use ingest::sample::unshown;
use ingest::{Becomes, Decoder, Outcomes, RawMeta, Settings, outcome_to_json, source, sources};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use touchpoint::{DropReason, Outcome, Timestamp};

#[test]
fn every_case_decodes_as_expected() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let lines: String = case.decode().iter().map(|outcome| format!("{}\n", outcome_to_json(outcome))).collect();
        let expected = case.path.with_extension("expected.jsonl");
        if update {
            fs::write(&expected, &lines).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != lines {
            wrong.push(format!("{}:\n{lines}", expected.display()));
        }
    }
    assert!(cases.len() > 50, "the corpus is not where it is looked for: {}", corpus().display());
    assert!(wrong.is_empty(), "these cases decode otherwise than expected:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_belongs_to_a_case_of_a_source() {
    let cases = cases();
    for folder in fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap().to_owned();
        assert!(source(&name).is_some(), "no source is called `{name}`");
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let file = path.file_name().and_then(|name| name.to_str()).unwrap();
            let case = file.split('.').next().unwrap();
            let expected = path.with_file_name(format!("{case}.expected.jsonl"));
            assert!(expected.exists(), "{} lacks {}", path.display(), expected.display());
            let is_of_it = |one: &&Case| one.path.with_extension("") == path.with_file_name(case);
            assert_eq!(cases.iter().filter(is_of_it).count(), 1, "{} has not one record", path.display());
        }
    }
}

/// Every kind and drop that a source's table promises is shown by a case, and no case shows one that is not promised.
#[test]
fn the_tables_and_the_corpus_agree() {
    let cases = cases();
    for info in sources().iter().filter(|info| info.channel.is_some()) {
        let mine: Vec<&Case> = cases
            .iter()
            .filter(|case| info.name == case.folder() || info.aliases.contains(&case.folder().as_str()))
            .collect();
        let outcomes: Vec<Outcome> = mine.iter().flat_map(|case| case.decode()).collect();
        let records: Vec<&[u8]> = mine.iter().map(|case| case.bytes.as_slice()).collect();
        let unshown: Vec<String> = unshown(info, &records, &outcomes).iter().map(ToString::to_string).collect();
        assert!(unshown.is_empty(), "{}: no case shows {}", info.name, unshown.join(", "));
        let promised: Vec<&Becomes> = info.events.iter().flat_map(|line| line.becomes).collect();
        let is_open = promised.contains(&&Becomes::OwnKind);
        for outcome in &outcomes {
            match outcome {
                Outcome::Touchpoint(touchpoint) => {
                    let kind = touchpoint.kind.as_str();
                    let known = promised.iter().any(|becomes| matches!(becomes, Becomes::Kind(have) if *have == kind));
                    assert!(is_open || known, "{}: the table does not tell of kind `{kind}`", info.name);
                }
                Outcome::Dropped(DropReason(reason)) => {
                    let listed =
                        promised.iter().any(|becomes| matches!(becomes, Becomes::Drop(have) if have.0 == *reason));
                    let general = matches!(*reason, "ignored_by_setting" | "empty_batch");
                    let told = listed || general || info.summary.contains(reason);
                    assert!(told, "{}: the table does not tell of drop `{reason}`", info.name);
                }
                Outcome::Rejected(_) => {}
            }
        }
    }
}

/// What is printed can be sent again as a canonical record and means the same.
#[test]
fn every_touchpoint_of_the_corpus_survives_the_canonical_form() {
    let decoder = Decoder::new(Settings::default()).unwrap();
    for case in cases() {
        for outcome in case.decode() {
            let Outcome::Touchpoint(touchpoint) = outcome else { continue };
            let json = ingest::to_json(&touchpoint);
            let mut again = Outcomes::default();
            decoder.decode(&RawMeta::received_at(Timestamp::MAX), json.to_string().as_bytes(), &mut again);
            assert_eq!(*again, [Outcome::Touchpoint(touchpoint)], "{}: {json}", case.path.display());
        }
    }
}

/// Delivered again a day later, with keys in another order and other spaces, a record gives equal touchpoints.
#[test]
fn a_copy_of_a_record_gives_equal_touchpoints() {
    let mut copies = 0;
    for case in cases() {
        let Ok(json) = serde_json::from_slice::<Value>(&case.bytes) else { continue };
        let mut copy = case.clone();
        copy.received_at = copy.received_at.plus_millis(29 * 3_600_000);
        copy.bytes = serde_json::to_vec_pretty(&common::reversed(&json)).unwrap();
        for (first, second) in case.decode().iter().zip(copy.decode()) {
            if let (Outcome::Touchpoint(first), Outcome::Touchpoint(second)) = (first, &second) {
                assert_eq!(common::without_order(first), common::without_order(second), "{}", case.path.display());
                copies += 1;
            }
        }
    }
    assert!(copies > 50);
}

#[test]
fn the_page_of_the_sources_is_current() {
    let page = corpus().join("README.md");
    let text = common::page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&page, &text).unwrap();
    }
    let have = fs::read_to_string(&page).unwrap_or_default();
    assert!(have == text, "{} is not what `sources()` tells: UPDATE_GOLDEN=1 cargo test -p ingest", page.display());
}

/// The names of `domain.md`, per channel, and the few that this crate adds; a table promises no other.
#[test]
fn the_tables_promise_kinds_of_the_domain() {
    let words = |text: &'static str| text.split_whitespace().collect::<BTreeSet<_>>();
    let domain = |channel| match channel {
        "web" => words("page_view cta_click form_submit download search video_view chat screen updated"),
        "email" => words(
            "sent delivered deferred dropped open click bounce unsubscribe resubscribe spam_report reply auto_reply",
        ),
        "call" => words("connected no_answer voicemail absent gatekeeper callback_requested wrong_number"),
        "direct_mail" => words("sent returned responded"),
        "store" => words("visited"),
        "app" => words("session"),
        "social" | "ad" => words("impression click lead"),
        "product" => words("used inactive"),
        "support" => words("opened closed nps"),
        "event" => words(
            "invited reminded registered waitlisted cancelled joined left attended no_show on_demand_viewed asked survey \
             booth_visit card_scan consultation followed_up denied",
        ),
        _ => words(
            "meeting_booked meeting_held meeting_cancelled proposal_sent quote_sent note accepted rejected held qualified \
             converted opportunity_created opportunity_stage won lost contract_changed renewed churned owner_changed \
             stage_set merged unmerged erased restricted updated opportunity_contact",
        ),
    };
    for info in sources() {
        for becomes in info.events.iter().flat_map(|line| line.becomes) {
            if let (Some(channel), Becomes::Kind(kind)) = (info.channel, becomes) {
                assert!(domain(channel).contains(kind), "{}: `{kind}` is no kind of {channel}", info.name);
            }
        }
    }
}
