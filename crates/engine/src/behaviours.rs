//! What the contact did, as conditions count it: occurrences of the playbook's behaviours.
//!
//! A touchpoint is judged by the version in force when it occurred, as by the rules. State keeps the latest occurrences of
//! each behaviour, how far those in order have come, and what waits for an answer.

use crate::aggregate::{Aggregate, Progress, Seen};
use crate::rests::Rests;
use crate::version::{NameKey, Version};
use playbook::matching::Resolved;
use playbook::model::{BehaviourIx, Count, Did, Millis, Occurs, Window};
use smallvec::SmallVec;
use touchpoint::{InputId, Timestamp, Touchpoint};

/// Notes what a touchpoint is an occurrence of. `silent_since`: of an own one, when the last own one was.
pub(crate) fn learn(
    aggregate: &mut Aggregate,
    version: &Version,
    touchpoint: &Touchpoint,
    resolved: &Resolved,
    silent_since: Option<Timestamp>,
) {
    let model = &version.model;
    let (at, input) = (touchpoint.occurred_at, &touchpoint.input);
    let mut matched: SmallVec<[BehaviourIx; 8]> = SmallVec::new();
    model.behaviour_index.for_each(touchpoint, resolved, |ix| {
        let patterns = model.behaviours[usize::from(ix.0)].patterns();
        if patterns.iter().any(|pattern| pattern.matches(model, touchpoint, resolved)) {
            matched.push(ix);
        }
    });
    let of = |ix: BehaviourIx| &model.behaviours[usize::from(ix.0)].occurs;
    let each: SmallVec<[BehaviourIx; 8]> =
        matched.iter().copied().filter(|ix| matches!(of(*ix), Occurs::Each(_))).collect();
    for ix in &each {
        occur(aggregate, version, *ix, at, input);
    }
    go_on(aggregate, version, &each, at, input);
    // After those, which may be the answer: a page of thanks is one of the form's pages.
    for ix in matched {
        if let Occurs::Unanswered { within, before, .. } = of(ix) {
            let progress = progress(aggregate, version, ix);
            // In the same millisecond it counts as the answer, whichever stands first.
            let answered = progress.answered_at.is_some_and(|answer| answer == at || answer.plus_millis(*before) > at);
            let waits = progress.open.as_ref().is_some_and(|(since, _)| since.plus_millis(*within) > at);
            if !waits && !answered {
                progress.open = Some((at, input.clone()));
            }
        }
    }
    let Some(silent_since) = silent_since else { return };
    for ix in version.after_silence() {
        if matches!(of(ix), Occurs::AfterSilence(silence) if silent_since.plus_millis(*silence) <= at) {
            occur(aggregate, version, ix, at, input);
        }
    }
}

/// When the next touchpoint that waits for an answer has waited long enough, `from` or later. One whose time came while
/// another version was in force has waited in vain.
pub(crate) fn next_unanswered(aggregate: &Aggregate, version: &Version, from: Timestamp) -> Option<Timestamp> {
    waiting(aggregate, version).map(|(_, due)| due).filter(|due| *due >= from).min()
}

/// Lets those that have waited long enough at `at` occur. True when one did.
pub(crate) fn pass(aggregate: &mut Aggregate, version: &Version, at: Timestamp) -> bool {
    let due: SmallVec<[BehaviourIx; 4]> =
        waiting(aggregate, version).filter(|(_, due)| *due == at).map(|(ix, _)| ix).collect();
    for ix in &due {
        // What was done while it waited is part of it.
        if let Some((_, input)) = progress(aggregate, version, *ix).open.take() {
            occur(aggregate, version, *ix, at, &input);
        }
    }
    !due.is_empty()
}

/// Takes back the occurrence at `at` of what followed from an event and did not happen so, where it is the last one.
pub(crate) fn forget(aggregate: &mut Aggregate, at: Timestamp, input: &InputId) {
    aggregate.outlook.changed(Rests::BEHAVIOURS);
    for seen in &mut aggregate.seen {
        if seen.latest.as_ref() == Some(input) && seen.times.last() == Some(&at) {
            seen.latest = None;
            seen.times.pop();
            seen.days.pop_if(|(_, latest)| *latest == at);
        }
    }
}

/// The moment of the n-th latest occurrence, or of the latest one on the n-th latest day, that a condition counts.
pub(crate) fn counted(aggregate: &Aggregate, version: &Version, did: &Did) -> Option<Timestamp> {
    let seen = find(aggregate, version.behaviour_key(did.behaviour))?;
    match did.at_least {
        Count::Times(times) => seen.times.iter().rev().nth(usize::from(times) - 1).copied(),
        Count::Days(days) => seen.days.iter().rev().nth(usize::from(days) - 1).map(|(_, at)| *at),
    }
}

/// The occurrences that are kept, ascending.
pub(crate) fn kept<'a>(aggregate: &'a Aggregate, version: &Version, ix: BehaviourIx) -> &'a [Timestamp] {
    find(aggregate, version.behaviour_key(ix)).map_or(&[], |seen| &seen.times)
}

/// The latest occurrence.
pub(crate) fn latest<'a>(
    aggregate: &'a Aggregate,
    version: &Version,
    ix: BehaviourIx,
) -> Option<(Timestamp, &'a InputId)> {
    let seen = find(aggregate, version.behaviour_key(ix))?;
    seen.times.last().copied().zip(seen.latest.as_ref())
}

fn find(aggregate: &Aggregate, key: NameKey) -> Option<&Seen> {
    let at = aggregate.seen.binary_search_by_key(&key, |seen| seen.of).ok()?;
    Some(&aggregate.seen[at])
}

fn waiting<'a>(
    aggregate: &'a Aggregate,
    version: &'a Version,
) -> impl Iterator<Item = (BehaviourIx, Timestamp)> + use<'a> {
    version.unanswered().filter_map(|ix| {
        let Occurs::Unanswered { within, .. } = &version.model.behaviours[usize::from(ix.0)].occurs else {
            return None;
        };
        let progress = find(aggregate, version.behaviour_key(ix))?.progress.as_ref()?;
        let (since, _) = progress.open.as_ref().filter(|_| progress.of == version.definition_key(ix))?;
        Some((ix, since.plus_millis(*within)))
    })
}

fn occur(aggregate: &mut Aggregate, version: &Version, ix: BehaviourIx, at: Timestamp, input: &InputId) {
    let behaviour = &version.model.behaviours[usize::from(ix.0)];
    aggregate.outlook.rose(Rests::behaviour(ix));
    let seen = seen(aggregate, version.behaviour_key(ix));
    keep_last(&mut seen.times, at, behaviour.times_kept);
    seen.latest = Some(input.clone());
    if behaviour.days_kept > 0 {
        let day = version.model.window_key(Window::Day, at);
        match seen.days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, latest)) => *latest = at,
            None => keep_last(&mut seen.days, (day, at), behaviour.days_kept),
        }
    }
}

/// Takes what occurred with one touchpoint into the behaviours that are made of others. One touchpoint is one step of a
/// sequence, however many behaviours it is an occurrence of.
fn go_on(aggregate: &mut Aggregate, version: &Version, each: &[BehaviourIx], at: Timestamp, input: &InputId) {
    let mut made_of: SmallVec<[BehaviourIx; 8]> = each.iter().flat_map(|ix| version.made_of(*ix)).copied().collect();
    made_of.sort_unstable();
    made_of.dedup();
    for composite in made_of {
        match &version.model.behaviours[usize::from(composite.0)].occurs {
            Occurs::InOrder { steps, within } => {
                let progress = progress(aggregate, version, composite);
                if step(&mut progress.begun, steps, each, at, *within) {
                    occur(aggregate, version, composite, at, input);
                }
            }
            Occurs::Unanswered { .. } => {
                let progress = progress(aggregate, version, composite);
                progress.open = None;
                progress.answered_at = Some(at);
            }
            Occurs::Each(_) | Occurs::AfterSilence(_) => {}
        }
    }
}

/// Takes one more occurrence of `each` into the beginnings of a sequence: `begun[n]` is when the latest sequence of the first
/// n+1 steps began. True when all are done; then it begins anew.
fn step(
    begun: &mut Vec<Option<Timestamp>>,
    steps: &[BehaviourIx],
    each: &[BehaviourIx],
    at: Timestamp,
    within: Millis,
) -> bool {
    begun.resize(steps.len() - 1, None);
    // From the end, so that one occurrence is one step only.
    for n in (0..steps.len()).rev().filter(|n| each.contains(&steps[*n])) {
        let begin = match n {
            0 => Some(at),
            n => begun[n - 1].filter(|begin| begin.plus_millis(within) > at),
        };
        if n + 1 == steps.len() {
            if begin.is_some() {
                begun.fill(None);
                return true;
            }
        } else if begin.is_some() {
            begun[n] = begin;
        }
    }
    false
}

fn keep_last<T>(all: &mut Vec<T>, one: T, most: u16) {
    all.push(one);
    let most = usize::from(most);
    if all.len() > most {
        all.drain(..all.len() - most);
    }
}

fn seen(aggregate: &mut Aggregate, of: NameKey) -> &mut Seen {
    let at = match aggregate.seen.binary_search_by_key(&of, |seen| seen.of) {
        Ok(at) => at,
        Err(at) => {
            aggregate.seen.insert(at, Seen { of, times: Vec::new(), latest: None, days: Vec::new(), progress: None });
            at
        }
    };
    &mut aggregate.seen[at]
}

/// How far a behaviour made of others has come; from the beginning where another version made it of others.
fn progress<'a>(aggregate: &'a mut Aggregate, version: &Version, ix: BehaviourIx) -> &'a mut Progress {
    let of = version.definition_key(ix);
    let progress = seen(aggregate, version.behaviour_key(ix)).progress.get_or_insert_default();
    if progress.of != of {
        **progress = Progress { of, ..Progress::default() };
    }
    progress
}
