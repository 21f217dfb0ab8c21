//! What the engine has made of a contact, and what the reference makes of the same touchpoints, as lines that must be the
//! same.

use super::{Activated, Timeline};
use crate::common::contact;
use crate::common::history::{CONTACTS, World};
use crate::random_playbook::history::Played;
use engine::aggregate::{Aggregate, Attribute, Given, SegmentStanding};
use engine::decay::Gathered;
use engine::fold::{Trace, advance, fold_row};
use engine::head::Head;
use engine::version::NameKey;
use playbook::model::AttributeOf;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeMap;
use std::fmt::Write;
use touchpoint::Timestamp;

/// Compares every contact, as of now, which no touchpoint is later than. Where timers chase each other in a circle there is
/// nothing to compare.
pub(crate) fn compare(played: &Played) -> Result<(), TestCaseError> {
    let (world, now) = (&played.world, played.world.now.expect("a time"));
    let version = |(version, effective_at): &(usize, Timestamp)| Activated {
        model: &played.written[*version].model,
        effective_at: *effective_at,
    };
    let activated: Vec<Activated<'_>> = played.activations.iter().map(version).collect();
    for id in 0..CONTACTS {
        let rows = world.judged(id);
        if rows.is_empty() {
            continue;
        }
        let Ok(timeline) = Timeline::of(&activated, rows.values(), now) else { return Ok(()) };
        let (engine, reference) = (of_engine(world, id), of_reference(&timeline));
        if engine != reference {
            return Err(TestCaseError::fail(difference(&engine, &reference, &format!("contact {id} at {now}"))));
        }
        published(world, id, &timeline)?;
    }
    Ok(())
}

fn difference(engine: &Lines, reference: &Lines, what: &str) -> String {
    let mut text = format!("{what}\n");
    for line in engine {
        let _ = writeln!(text, "{} {line}", if reference.contains(line) { "both      " } else { "engine    " });
    }
    for line in reference.iter().filter(|line| !engine.contains(line)) {
        let _ = writeln!(text, "reference  {line}");
    }
    text
}

/// What was published is what held when it was published.
fn published(world: &World, id: u8, timeline: &Timeline<'_>) -> Result<(), TestCaseError> {
    let state = world.told[&contact(id)].state.as_deref().expect("published");
    let last = timeline.rows.last().map(|row| row.ledger.touchpoint.occurred_at);
    if last.is_some_and(|last| last > state.recorded_at) {
        return Ok(());
    }
    for score in &state.scores {
        let reads = super::scores::read(timeline, &score.name, state.recorded_at);
        if reads != score.points_milli {
            let told = format!("{} was published as {} at {}", score.name, score.points_milli, state.recorded_at);
            return Err(TestCaseError::fail(format!("{told}; the reference reads {reads}")));
        }
    }
    Ok(())
}

/// All of it, as lines to compare.
type Lines = Vec<String>;

/// What is live of what the rules gave.
fn given(world: &World, id: u8, head: &Head) -> Vec<Given> {
    let mut trace = Trace::default();
    let mut folded = Aggregate::default();
    for row in world.judged(id).values() {
        fold_row(&world.versions, &mut folded, row, Some(&mut trace));
    }
    advance(&world.versions, &mut folded, world.now.expect("a time"), Some(&mut trace));
    // Who knows of the same content under another activation is not folded anew.
    if usize::from(head.folded_with) == world.versions.len() {
        assert_eq!(folded, head.aggregate, "the fold is that of the set");
    }
    for taken in &trace.taken {
        let at = trace.given.iter().position(|one| one == taken).expect("what is taken was given");
        trace.given.remove(at);
    }
    trace.given
}

fn of_engine(world: &World, id: u8) -> Lines {
    let head = world.head(contact(id)).expect("a head");
    let aggregate = &head.aggregate;
    let now = world.now.expect("a time");
    let (_, version) = world.versions.at(now).expect("a version");
    let given = given(world, id, head);
    let mut lines: Lines = given
        .iter()
        .map(|one| {
            let rule = &world.versions.rule(one.version, one.rule).expect("a rule").id;
            let input = &one.input;
            format!("1 {} {}/{} {rule}: {} ({} cut)", one.occurred_at, input.source, input.id, one.points, one.cut)
        })
        .collect();
    for score in &version.model.scores {
        let mut sums = Gathered::new();
        let of_score = aggregate.lines.iter().filter(|line| line.score == NameKey::of(&score.name));
        of_score.for_each(|line| sums.merge(line.half_life, &line.sums));
        lines.push(format!("2 score {}: {}", score.name, sums.read(now).clamp(score.floor, score.ceiling)));
    }
    let facts = &aggregate.facts;
    let fit = engine::fit::fit(&version.model, facts);
    lines.push(format!("3 fit {} {}", fit.points, fit.grade));
    lines
        .push(format!("3 known {}, last own {:?}, last word {:?}", facts.known, facts.last_own_at, facts.last_mark_at));
    let answers = aggregate.answers.iter();
    lines.extend(answers.map(|one| format!("3 answer {}: {:?} at {}", one.question, one.value, one.at)));
    let attribute = |of, one: &Attribute| format!("3 {of} {}: {:?}", one.name, one.value);
    lines.extend(facts.contact_attributes.iter().map(|one| attribute("contact", one)));
    lines.extend(facts.account_attributes.iter().map(|one| attribute("account", one)));
    let state = world.told[&contact(id)].state.as_deref().expect("published");
    lines.push(format!("4 reading {:?}", state.reading));
    lines.push(format!("4 segments {:?}", state.segments.as_deref().unwrap_or_default()));
    lines.extend(aggregate.segments.iter().filter(|one| one.standing == SegmentStanding::In).map(|one| {
        let name = &world.versions.segment(version, one.of).expect("a segment").name;
        format!("4 segment {name} since {}", one.since)
    }));
    for position in &aggregate.positions {
        let milestones = position.milestones.iter().map(|one| (&one.name, (one.first_at, one.count)));
        lines.push(format!(
            "5 {}: {} since {}, milestones {:?}, recycled {}, returns {:?}",
            position.life_cycle,
            position.stage,
            position.since,
            milestones.collect::<BTreeMap<_, _>>(),
            position.recycle_count,
            engine::returns::earliest(version, aggregate, position),
        ));
    }
    lines.sort();
    lines
}

fn of_reference(timeline: &Timeline<'_>) -> Lines {
    let live = timeline.given.iter().filter(|one| !one.replaced);
    let mut lines: Lines = live
        .map(|one| {
            let input = &one.input;
            format!("1 {} {}/{} {}: {} ({} cut)", one.at, input.source, input.id, one.rule, one.points, one.cut)
        })
        .collect();
    let model = timeline.model();
    let scores = model.scores.iter();
    lines.extend(scores.map(|score| format!("2 score {}: {}", score.name, timeline.score(&score.name))));
    let (points, grade) = timeline.fit(model);
    lines.push(format!("3 fit {points} {grade}"));
    let (known, own, word) = (timeline.known(), timeline.last_own_at(), timeline.marks.last());
    lines.push(format!("3 known {known}, last own {own:?}, last word {word:?}"));
    for question in ["timeframe", "budget", "contract_end", "solution"] {
        let answer = timeline.answer(question);
        lines.extend(answer.map(|(value, at)| format!("3 answer {question}: {value:?} at {at}")));
    }
    for (of, label) in [(AttributeOf::Contact, "contact"), (AttributeOf::Account, "account")] {
        for name in ["rank", "exclude", "contract_ends", "employees", "fiscal_year_end"] {
            lines.extend(timeline.attribute(of, name).map(|value| format!("3 {label} {name}: {value:?}")));
        }
    }
    lines.push(format!("4 reading {:?}", timeline.reading()));
    let named: Vec<_> = model.segments.iter().map(|one| &one.name).filter(|name| timeline.is_in(name)).collect();
    lines.push(format!("4 segments {named:?}"));
    let within = timeline.segments.iter().filter(|one| !one.has_left);
    lines.extend(within.map(|one| format!("4 segment {} since {}", one.segment, one.since)));
    for position in &timeline.positions {
        lines.push(format!(
            "5 {}: {} since {}, milestones {:?}, recycled {}, returns {:?}",
            position.life_cycle,
            position.stage,
            position.since,
            position.milestones,
            position.recycle_count,
            timeline.earliest_return(position),
        ));
    }
    lines.sort();
    lines
}
