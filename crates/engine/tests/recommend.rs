//! What to give next, and where: on a small content map, as a marketer writes it, and on random histories.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::history::World;
use common::ops::{op, placed};
use common::{DAY, at, contact};
use engine::aggregate::Aggregate;
use engine::consumption::CONSUMED_MAX;
use engine::fold::fold_all;
use engine::input::Effect;
use engine::ledger::LedgerRow;
use engine::recommend::{Recommendation, best_content, next_content};
use engine::version::{Activation, NameKey, Version, Versions};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use touchpoint::{
    Consent, ConsentState, Identifier, IdentifierKey, IdentifierKind, Person, Text, Timestamp, Touchpoint, Value,
};

const BEFORE_CONTENT: &str = "
playbook: {name: map, label: first, time_zone: Asia/Tokyo}
solutions: {planning: {label: Planning}, maintenance: {label: Maintenance}}
issues: {late: {label: Late}, downtime: {label: Downtime}}
touchpoints: {own: [{channel: web}, {channel: email, kind: open}]}
scores:
  heat: {label: Heat, half_life: 1d, at_most: 200}
  interest: {label: Interest, half_life: 30d, at_most: 200, per: solution}
rules: {R: {label: Any, when: {channel: web}, points: 5}}
life_cycles:
  acquisition:
    label: Acquisition
    stages:
      early: {label: Early, phase: p, owner: marketing}
      mql: {label: MQL, phase: p, owner: marketing, entries: [{by: hand, when: {touchpoint: {kind: form_submit}}}]}
content:
";

/// The playbook whose content map is this.
fn versions(content: &str) -> Versions {
    let text = format!("{BEFORE_CONTENT}{content}");
    let (model, _) = playbook::load(&[("map.yaml", text)]).unwrap_or_else(|m| panic!("{}", playbook::render(&m)));
    let mut versions = Versions::default();
    let activation = Activation { hash: model.hash.clone(), effective_at: at(0) };
    versions.activate(activation, Arc::new(Version::new(model).unwrap()));
    versions
}

/// A contact of whom these touchpoints are known, an hour one after the other.
fn folded(versions: &Versions, touchpoints: Vec<Touchpoint>) -> Aggregate {
    let row = |(hour, mut touchpoint): (usize, Touchpoint)| {
        touchpoint.occurred_at = at(2 * hour as i64);
        touchpoint.input.id = Text::new(format!("{hour:04}"));
        let known = touchpoint.identifiers.iter().any(|identifier| identifier.kind.names());
        LedgerRow {
            arrived_at: touchpoint.occurred_at,
            touchpoint,
            via: IdentifierKey([0; 16]),
            known,
            account: None,
            in_burst: false,
        }
    };
    let rows: Vec<LedgerRow> = touchpoints.into_iter().enumerate().map(row).collect();
    fold_all(versions, rows.iter(), at(2 * rows.len() as i64))
}

/// The names of all that is proposed, the best first, each with its channel: `a by web`.
fn proposed(content: &str, touchpoints: Vec<Touchpoint>) -> Vec<String> {
    let versions = versions(content);
    let aggregate = folded(&versions, touchpoints);
    proposed_at(&versions, &aggregate, aggregate.at.unwrap())
}

fn proposed_at(versions: &Versions, aggregate: &Aggregate, now: Timestamp) -> Vec<String> {
    let in_force = versions.at(now).unwrap();
    let all = best_content(versions, in_force, aggregate, now, usize::MAX);
    assert_eq!(next_content(versions, in_force, aggregate, now).as_ref(), all.first(), "the next is the best");
    for most in 0..3 {
        assert_eq!(best_content(versions, in_force, aggregate, now, most), all[..most.min(all.len())]);
    }
    let shown = |one: &Recommendation| {
        let asset = &in_force.1.model.assets[usize::from(one.asset.0)];
        assert!(asset.channels.contains(&one.channel), "{} cannot be given by {}", asset.name, one.channel);
        format!("{} by {}", asset.name, one.channel)
    };
    all.iter().map(shown).collect()
}

fn looked(content: &str) -> Touchpoint {
    let mut look = Touchpoint::new("site", "", at(0), "web", "page_view");
    look.content = Some(Text::new(content));
    look
}

fn visited() -> Touchpoint {
    Touchpoint::new("site", "", at(0), "web", "page_view")
}

fn answered(question: &str, answer: impl Into<Value>) -> Touchpoint {
    let mut call = Touchpoint::new("phone", "", at(0), "call", "connected");
    call.answers.set(question, answer.into());
    call
}

/// Somebody with an address, who says this of mail, and of everything where no channel is said.
fn consented(said: &[(Option<&str>, ConsentState)]) -> Touchpoint {
    let mut form = Touchpoint::new("site", "", at(0), "profile", "updated");
    form.identify(Identifier::new(IdentifierKind::Email, "hanako@acme.example"));
    form.consent = said
        .iter()
        .map(|(channel, state)| Consent {
            purpose: Text::new("marketing"),
            channel: channel.map(Text::new),
            state: *state,
            basis: Some(Text::new("opt_in")),
            at: None,
            evidence: None,
        })
        .collect();
    form
}

fn reachable() -> Touchpoint {
    consented(&[(Some("email"), ConsentState::Granted)])
}

fn speaks(language: &str) -> Touchpoint {
    let mut form = Touchpoint::new("site", "", at(0), "profile", "updated");
    form.person = Some(Box::new(Person { language: Some(Text::new(language)), ..Person::default() }));
    form
}

/// Pieces of content for the first stage, to be given by the web, with these words.
fn pieces(words: &[&str]) -> String {
    let piece = |(n, words): (usize, &&str)| {
        format!("  {}: {{title: T, type: page, stages: early, channels: web{words}}}\n", char::from(b'a' + n as u8))
    };
    words.iter().enumerate().map(piece).collect()
}

const EVERY_SORT: &[&str] = &[
    ", issue: late, solution: planning",
    ", solution: maintenance",
    "",
    ", issue: [downtime, late], solution: maintenance",
    ", issue: all",
    ", issue: downtime",
];

#[test]
fn of_whom_nothing_is_known_what_is_about_all_comes_first() {
    let all = ["c by web", "e by web", "a by web", "b by web", "d by web", "f by web"];
    assert_eq!(proposed(&pieces(EVERY_SORT), vec![visited()]), all);
}

#[test]
fn an_issue_that_was_named_comes_before_all_else() {
    let late = ["a by web", "d by web", "c by web", "e by web", "b by web"];
    assert_eq!(proposed(&pieces(EVERY_SORT), vec![answered("issue", Value::text("late"))]), late);
    let both = Value::List(vec![Text::new("downtime"), Text::new("late")]);
    let both = proposed(&pieces(EVERY_SORT), vec![answered("issue", both)]);
    assert_eq!(both, ["a by web", "d by web", "f by web", "c by web", "e by web", "b by web"]);
    let unheard = proposed(&pieces(EVERY_SORT), vec![answered("issue", Value::text("weather"))]);
    assert_eq!(unheard.len(), EVERY_SORT.len(), "what the playbook does not know says nothing");
}

#[test]
fn the_strongest_interest_comes_before_what_is_about_all() {
    let mut interested = visited();
    interested.answers.set("solution", Value::text("maintenance"));
    let maintenance = ["b by web", "d by web", "c by web", "e by web", "f by web"];
    assert_eq!(proposed(&pieces(EVERY_SORT), vec![interested.clone()]), maintenance);
    let late = vec![interested, answered("issue", Value::text("late"))];
    assert_eq!(proposed(&pieces(EVERY_SORT), late), ["a by web", "d by web", "b by web", "c by web", "e by web"]);
}

#[test]
fn what_was_had_is_not_proposed_again() {
    let three = pieces(&["", "", ""]);
    assert_eq!(proposed(&three, vec![looked("a")]), ["b by web", "c by web"]);
    assert_eq!(proposed(&three, vec![looked("b"), looked("a"), looked("b")]), ["c by web"]);
    assert_eq!(proposed(&three, vec![looked("a"), looked("b"), looked("c")]), [""; 0]);
    let mut sent = looked("a");
    (sent.channel, sent.kind) = (Text::new("email"), Text::new("sent"));
    assert_eq!(proposed(&three, vec![sent])[0], "a by web", "what we sent was not had yet");
}

#[test]
fn content_is_for_its_stages() {
    let content = "  a: {title: T, type: page, stages: early, channels: web}\n  \
                   b: {title: T, type: page, stages: mql, channels: web}\n  \
                   c: {title: T, type: page, channels: web}\n  d: {title: T, type: page, stages: [early, mql]}\n";
    let mut form = visited();
    form.kind = Text::new("form_submit");
    assert_eq!(proposed(content, vec![visited()]), ["a by web"]);
    assert_eq!(proposed(content, vec![form]), ["b by web"]);
}

#[test]
fn content_is_for_those_for_whom_its_condition_holds_now() {
    let content = pieces(&[", when: {known: true}", ", when: {score: heat, at_least: 4}", ""]);
    assert_eq!(proposed(&content, vec![visited()]), ["b by web", "c by web"]);
    assert_eq!(proposed(&content, vec![visited(), reachable()]), ["a by web", "b by web", "c by web"]);
    let versions = versions(&content);
    let aggregate = folded(&versions, vec![visited()]);
    let a_day_later = aggregate.at.unwrap().plus_millis(DAY);
    assert_eq!(proposed_at(&versions, &aggregate, a_day_later), ["c by web"], "the heat has gone");
}

#[test]
fn content_in_another_language_is_not_proposed() {
    let content = pieces(&[", language: en", ", language: [ja, en]", "", ", language: ja"]);
    let all = ["a by web", "b by web", "c by web", "d by web"];
    assert_eq!(proposed(&content, vec![visited()]), all, "nothing is known of theirs");
    for japanese in ["ja", "ja-JP", "JA", "ja_JP"] {
        assert_eq!(proposed(&content, vec![visited(), speaks(japanese)]), all[1..], "{japanese}");
    }
    assert_eq!(proposed(&content, vec![visited(), speaks("fr")]), ["c by web"]);
}

/// One piece of content that can be given like this.
fn given_by(channels: &str, touchpoints: Vec<Touchpoint>) -> String {
    let content = format!("  a: {{title: T, type: page, stages: early, channels: {channels}}}\n");
    let all = proposed(&content, touchpoints);
    all.first().map_or("nowhere", |first| first.trim_start_matches("a by ")).to_owned()
}

#[test]
fn the_first_channel_on_which_the_contact_may_be_reached_is_taken() {
    assert_eq!(given_by("[email, web]", vec![reachable()]), "email");
    assert_eq!(given_by("[web, email]", vec![reachable()]), "web");
    assert_eq!(given_by("[email, web]", vec![visited()]), "web", "no address");
    assert_eq!(given_by("[email, event]", vec![visited()]), "event");
    assert_eq!(given_by("[call, inside_sales, sales, success, web]", vec![visited()]), "web", "nobody whom we know");
    assert_eq!(given_by("[call, web]", vec![consented(&[])]), "call");
    assert_eq!(given_by("email", vec![visited()]), "nowhere");
}

#[test]
fn nobody_is_given_anything_where_they_refused() {
    use ConsentState::{Denied, Granted};
    let refused_mail = || vec![consented(&[(Some("email"), Granted)]), consented(&[(Some("email"), Denied)])];
    assert_eq!(given_by("email", refused_mail()), "nowhere");
    assert_eq!(given_by("[email, inside_sales]", refused_mail()), "inside_sales");
    assert_eq!(given_by("email", vec![consented(&[])]), "nowhere", "nobody has agreed to mail");
    let refused_calls = || vec![consented(&[(Some("call"), Denied)])];
    assert_eq!(given_by("[call, inside_sales, sales]", refused_calls()), "sales");
    let refused_all = || vec![consented(&[(None, Denied)])];
    assert_eq!(given_by("[email, call, inside_sales, event, web]", refused_all()), "web", "who comes may be shown it");
    assert_eq!(given_by("[event, success]", refused_all()), "success");
    assert_eq!(given_by("event", refused_all()), "nowhere");
}

#[test]
fn the_channel_that_the_contact_wishes_is_taken_where_it_is_possible() {
    let wishes = |channel: &str| vec![reachable(), answered("preferred_channel", Value::text(channel))];
    assert_eq!(given_by("[web, email]", wishes("email")), "email");
    assert_eq!(given_by("[web, inside_sales]", wishes("call")), "inside_sales", "who call");
    assert_eq!(given_by("[web, call, inside_sales]", wishes("call")), "call");
    assert_eq!(given_by("[web, email]", wishes("event")), "web", "it cannot be given there");
    let both = Value::List(vec![Text::new("event"), Text::new("email")]);
    assert_eq!(given_by("[web, email]", vec![reachable(), answered("preferred_channel", both)]), "email");
    let refused = vec![consented(&[(Some("email"), ConsentState::Denied)])];
    let refused = [refused, vec![answered("preferred_channel", Value::text("email"))]].concat();
    assert_eq!(given_by("[web, email]", refused), "web", "refused is refused");
}

#[test]
fn of_very_many_pieces_the_one_longest_ago_is_forgotten() {
    let most = CONSUMED_MAX + 1;
    let name = |n: usize| format!("p{n}");
    let content: String =
        (0..most).map(|n| format!("  {}: {{title: T, type: page, stages: early, channels: web}}\n", name(n))).collect();
    let versions = versions(&content);
    let looks = |order: &[usize]| order.iter().map(|n| looked(&name(*n))).collect::<Vec<_>>();
    let all: Vec<usize> = (0..CONSUMED_MAX).collect();
    let aggregate = folded(&versions, looks(&all));
    assert_eq!(aggregate.consumed.len(), CONSUMED_MAX);
    assert!(aggregate.consumed.is_sorted_by_key(|consumed| consumed.of));
    // The first is looked at again: then the second is the one longest ago.
    let again = folded(&versions, looks(&[all, vec![0, CONSUMED_MAX]].concat()));
    assert_eq!(again.consumed.len(), CONSUMED_MAX);
    assert_eq!(proposed_at(&versions, &again, again.at.unwrap()), ["p1 by web"]);
}

/// What the contact's own touchpoints were about, looked at one by one.
fn had(world: &World, id: u8) -> BTreeSet<NameKey> {
    let rows = world.judged(id);
    let had = rows.values().filter(|row| !row.in_burst).filter_map(|row| {
        let (_, version) = world.versions.at(row.touchpoint.occurred_at)?;
        let model = &version.model;
        let resolved = model.resolve(&row.touchpoint);
        let matches = |patterns: &[playbook::model::Pattern]| {
            patterns.iter().any(|pattern| pattern.matches(model, &row.touchpoint, &resolved))
        };
        let asset = resolved.asset.filter(|_| matches(&model.own) && !matches(&model.ignored))?;
        Some(NameKey::of(&model.assets[usize::from(asset.0)].name))
    });
    had.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever came, late, twice, otherwise or was taken back: what a contact had is known, and never proposed.
    #[test]
    fn what_is_proposed_was_never_had(
        ops in proptest::collection::vec(prop_oneof![op(), placed(0.2)], 1..50),
    ) {
        let mut world = World::new();
        world.checks_each_step = false;
        world.activate(0, at(0));
        ops.iter().for_each(|op| world.run(op));
        world.settle();
        let now = world.now.unwrap();
        let (_, version) = world.versions.at(now).unwrap();
        for id in 0..common::history::CONTACTS {
            let aggregate = world.aggregate(contact(id));
            let had = had(&world, id);
            let consumed: BTreeSet<NameKey> = aggregate.consumed.iter().map(|consumed| consumed.of).collect();
            prop_assert_eq!(&consumed, &had);
            let all = best_content(&world.versions, world.versions.at(now).unwrap(), &aggregate, now, usize::MAX);
            for one in &all {
                let asset = &version.model.assets[usize::from(one.asset.0)];
                prop_assert!(!had.contains(&NameKey::of(&asset.name)), "{} was had", asset.name);
                prop_assert!(one.channel != "email" || aggregate.facts.reachable());
            }
            let published = world.effects.iter().rev().find_map(|effect| match effect {
                Effect::Contact(who, state) if *who == contact(id) => state.as_deref(),
                _ => None,
            });
            if let Some(state) = published {
                prop_assert_eq!(state.next_content.is_some(), state.next_channel.is_some());
                prop_assert!(state.next_content.as_ref().is_none_or(|next| !had.contains(&NameKey::of(next))));
            }
        }
    }
}
