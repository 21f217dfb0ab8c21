//! Points: which rules a touchpoint fires, what limits and caps leave of them, and the lines they are summed in.

use crate::aggregate::{Aggregate, Answered, Booked, Counter, Given, Kept, Line, Membership, is_kept};
use crate::attendance;
use crate::condition::{Asked, AtHand};
use crate::decay::{Cell, Gathered, Mixed, Sums, truncate};
use crate::ledger::LedgerRow;
use crate::question::Question;
use crate::rests::Rests;
use crate::version::{NameKey, Version, VersionIx, Versions};
use playbook::matching::{Resolved, address};
use playbook::model::{AtMost, GroupIx, Limit, Mark, Milli, Points, ReadingIx, RuleIx, Scope, ScoreIx, Window};
use smallvec::SmallVec;
use touchpoint::{InputId, Text, Timestamp, Touchpoint, Value};

/// What one touchpoint did to the scores.
#[derive(Debug, Default)]
pub(crate) struct Scored {
    pub(crate) given: Vec<Kept>,
    pub(crate) marked: bool,
}

/// Scores one row into the aggregate. Limits, then group caps, cut the points once; every score uses the cut figure.
pub(crate) fn score(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    row: &LedgerRow,
    resolved: &Resolved,
    own: bool,
) -> Scored {
    let (_, version) = in_force;
    let model = &version.model;
    let touchpoint = &row.touchpoint;
    let at = touchpoint.occurred_at;
    let mut scored = Scored::default();
    // A handful match; off the heap.
    let mut matched: SmallVec<[RuleIx; 16]> = SmallVec::new();
    let at_hand = Some(AtHand { touchpoint, resolved, own });
    // All are asked before the first of them gives points.
    let asked = Asked { at_hand, ..Asked::of(versions, in_force, aggregate) };
    model.index.for_each(touchpoint, resolved, |ix| {
        let rule = &model.rules[usize::from(ix.0)];
        if rule.when.iter().any(|pattern| pattern.matches(model, touchpoint, resolved))
            && rule.condition.as_ref().is_none_or(|condition| asked.holds(condition, at))
        {
            matched.push(ix);
        }
    });
    for ix in matched {
        let rule = &model.rules[usize::from(ix.0)];
        scored.marked |= matches!(rule.marks, Some(Mark::Hand | Mark::Person));
        let Some(points) = rule.points_for(model, touchpoint, resolved) else { continue };
        let question = match &rule.points {
            Points::Answer { question, .. } => Some(question),
            _ => None,
        };
        // An answer that found no room gives nothing, since nothing could ever take it back.
        if question.is_some_and(|question| aggregate.answer(question).is_none()) {
            continue;
        }
        let source = Source { input: &touchpoint.input, at, touchpoint: Some((touchpoint, resolved)), own };
        let kept = give(aggregate, versions, in_force, ix, points, source);
        if let Some(question) = question {
            keep_answer(aggregate, question, &kept);
        }
        scored.given.push(kept);
    }
    scored
}

/// Gives the points of the rules that reward the readings that begin now, each by the touchpoint that made it begin.
pub(crate) fn reward(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    began: &[(ReadingIx, InputId)],
    at: Timestamp,
) -> Vec<Kept> {
    let (_, version) = in_force;
    // All are asked before the first of them gives points.
    let asked = Asked::of(versions, in_force, aggregate);
    let mut rewards: SmallVec<[(RuleIx, Milli, &InputId); 4]> = SmallVec::new();
    for (reading, input) in began {
        for ix in version.rewards(*reading) {
            let rule = &version.model.rules[usize::from(ix.0)];
            let Points::Fixed(points) = rule.points else { continue };
            if rule.condition.as_ref().is_none_or(|condition| asked.holds(condition, at)) {
                rewards.push((*ix, points, input));
            }
        }
    }
    let each = rewards.into_iter().map(|(ix, points, input)| {
        let source = Source { input, at, touchpoint: None, own: true };
        give(aggregate, versions, in_force, ix, points, source)
    });
    each.collect()
}

/// Where points come from.
#[derive(Clone, Copy)]
struct Source<'a> {
    input: &'a InputId,
    at: Timestamp,
    /// None: a reading.
    touchpoint: Option<(&'a Touchpoint, &'a Resolved)>,
    own: bool,
}

/// Gives what limits and caps leave of a rule's points.
fn give(
    aggregate: &mut Aggregate,
    versions: &Versions,
    (version_ix, version): (VersionIx, &Version),
    ix: RuleIx,
    points: Milli,
    source: Source<'_>,
) -> Kept {
    let rule = &version.model.rules[usize::from(ix.0)];
    let key = version.rule_key(ix);
    let mut left = within_limits(aggregate, version, key, &rule.limits, source, points);
    if let Some(group) = rule.group {
        left = within_group(aggregate, version, group, source.at, left);
    }
    let solution = source.touchpoint.and_then(|(_, resolved)| resolved.solution);
    let given = Given {
        input: source.input.clone(),
        rule: key,
        version: version_ix,
        occurred_at: source.at,
        points: left,
        cut: points - left,
        solution: solution.map(|solution| version.model.solutions[usize::from(solution.0)].name.clone()),
    };
    enter(aggregate, versions, &given, 1);
    let booked = if source.own { book(aggregate, versions, version, &given) } else { None };
    Kept { given, booked }
}

/// Records the latest answers; those that rules give points for keep what they gave. What the former answers to the same
/// questions gave, which is to be taken back: it gives room to these.
pub(crate) fn answer(aggregate: &mut Aggregate, touchpoint: &Touchpoint) -> Vec<Kept> {
    let mut former = Vec::new();
    if !touchpoint.answers.is_empty() {
        aggregate.outlook.changed(Rests::ANSWERS);
    }
    for (question, value) in touchpoint.answers.iter() {
        let place = aggregate.answers.binary_search_by(|have| have.question.as_str().cmp(question));
        if !is_kept(value, aggregate.answers.len(), place.is_err()) {
            continue;
        }
        let answered = Answered {
            question: Text::new(question),
            value: value.clone(),
            source: touchpoint.input.source.clone(),
            at: touchpoint.occurred_at,
            gave: Vec::new(),
        };
        match place {
            Ok(at) => former.extend(std::mem::replace(&mut aggregate.answers[at], answered).gave),
            Err(at) => aggregate.answers.insert(at, answered),
        }
    }
    former
}

fn keep_answer(aggregate: &mut Aggregate, question: &Text, kept: &Kept) {
    if let Ok(at) = aggregate.answers.binary_search_by(|have| have.question.cmp(question)) {
        aggregate.answers[at].gave.push(kept.clone());
    }
}

/// What the rule's limits leave. Only what counts uses a limit up: a second opening of the same mail, refused by "per
/// message", does not use up one of "three a month".
fn within_limits(
    aggregate: &mut Aggregate,
    version: &Version,
    rule: NameKey,
    limits: &[Limit],
    source: Source<'_>,
    points: Milli,
) -> Milli {
    let place = |(at, limit): (usize, &Limit)| {
        let hash = |(touchpoint, resolved)| scope_hash(aggregate, version, limit.scope, touchpoint, resolved);
        let window = version.model.window_key(limit.window, source.at);
        (Counter::limit_key(limits, at), source.touchpoint.map_or(0, hash), window)
    };
    let places: SmallVec<[(u8, u64, i32); 4]> = limits.iter().enumerate().map(place).collect();
    // The common case is looked up once.
    if let ([limit], [(key, scope, window)]) = (limits, places.as_slice())
        && let AtMost::Times(times) = limit.at_most
    {
        let counter = counter(aggregate, rule, *key, *scope, *window, limit.window == Window::Ever);
        if counter.used >= i64::from(times) {
            return 0;
        }
        counter.used += 1;
        return points;
    }
    // Gone through twice: what is left, then to use it up.
    let mut each = |spent: Option<Milli>| {
        let mut left = points.abs();
        for (limit, &(key, scope, window)) in limits.iter().zip(&places) {
            let counter = counter(aggregate, rule, key, scope, window, limit.window == Window::Ever);
            match limit.at_most {
                AtMost::Times(times) if spent.is_none() && counter.used >= i64::from(times) => return None,
                AtMost::Times(_) => counter.used += i64::from(spent.is_some()),
                AtMost::Points(most) => {
                    left = left.min((most - counter.used).max(0));
                    counter.used += spent.unwrap_or(0);
                }
            }
        }
        Some(left)
    };
    match each(None) {
        Some(left) if left > 0 || points == 0 => {
            each(Some(left));
            left * points.signum()
        }
        _ => 0,
    }
}

fn within_group(aggregate: &mut Aggregate, version: &Version, group: GroupIx, at: Timestamp, points: Milli) -> Milli {
    if points <= 0 {
        return points;
    }
    let key = version.group_key(group);
    let group = &version.model.groups[usize::from(group.0)];
    let window = version.model.window_key(group.window, at);
    let counter = counter(aggregate, key, Counter::cap_key(group.window), 0, window, group.window == Window::Ever);
    let left = (group.cap - counter.used).max(0).min(points);
    counter.used += left;
    left
}

/// What is taken back leaves room under its group's cap, while that window lasts.
fn release_group(aggregate: &mut Aggregate, versions: &Versions, given: &Given) {
    let Some(version) = versions.get(given.version).filter(|_| given.points > 0) else { return };
    let Some(group) = versions.rule(given.version, given.rule).and_then(|rule| rule.group) else { return };
    let key = version.group_key(group);
    let group = &version.model.groups[usize::from(group.0)];
    let window = version.model.window_key(group.window, given.occurred_at);
    let cap = Counter::cap_key(group.window);
    let mut counters = aggregate.counters.iter_mut();
    if let Some(counter) = counters.find(|have| have.of == key && have.limit == cap && have.window == window) {
        counter.used = (counter.used - given.points).max(0);
    }
}

/// The counter, made if need be. Counters of a former window are forgotten: rows come in the order of time.
fn counter(aggregate: &mut Aggregate, of: NameKey, limit: u8, scope: u64, window: i32, ever: bool) -> &mut Counter {
    let place = aggregate.counters.binary_search_by_key(&(of, limit, scope), |have| (have.of, have.limit, have.scope));
    let at = match place {
        Ok(at) => at,
        Err(_) => {
            forget_former(&mut aggregate.counters, (of, limit), window);
            let at = aggregate.counters.partition_point(|have| (have.of, have.limit, have.scope) < (of, limit, scope));
            grow(&mut aggregate.counters);
            aggregate.counters.insert(at, Counter { of, limit, scope, window, ever, used: 0 });
            at
        }
    };
    let counter = &mut aggregate.counters[at];
    if counter.window != window {
        counter.window = window;
        counter.used = 0;
    }
    counter
}

/// Drops what one limit has counted in other windows.
fn forget_former(counters: &mut Vec<Counter>, limit: (NameKey, u8), window: i32) {
    let from = counters.partition_point(|have| (have.of, have.limit) < limit);
    let count = counters[from..].iter().take_while(|have| (have.of, have.limit) == limit).count();
    let is_former = |have: &Counter| !have.ever && have.window != window;
    if counters[from..from + count].iter().any(is_former) {
        let former = counters.extract_if(from..from + count, |have| is_former(have));
        former.for_each(drop);
    }
}

/// What a limit is counted per. The hash is FNV-1a of 64 bits; one contact's assets and messages are few.
fn scope_hash(
    aggregate: &Aggregate,
    version: &Version,
    scope: Scope,
    touchpoint: &Touchpoint,
    resolved: &Resolved,
) -> u64 {
    let event = if scope == Scope::Event { attendance::known(aggregate, touchpoint) } else { None };
    let property = |name: &str| touchpoint.properties.get(name).and_then(Value::as_text);
    let content = touchpoint.content.as_deref();
    let text = match scope {
        Scope::Rule => None,
        Scope::Asset => match resolved.asset {
            Some(asset) => version.model.assets.get(usize::from(asset.0)).map(|asset| asset.name.as_str()),
            None => content.or_else(|| property("url").map(path_of)),
        },
        Scope::Message => property("message_id").or(content),
        Scope::Event => event.as_ref().map(|(name, _)| name.as_str()),
        Scope::Product => {
            resolved.solution.map(|solution| version.model.solutions[usize::from(solution.0)].name.as_str())
        }
    };
    // Each event of a series by itself.
    let start = event.as_ref().and_then(|(_, start)| *start).map(|start| start.as_millis().to_be_bytes());
    text.map_or(0, |text| {
        let bytes = text.bytes().chain(start.into_iter().flatten());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    })
}

/// A URL without scheme, query and fragment. The page is the same with a slash at its end and without.
fn path_of(url: &str) -> &str {
    address(url).trim_end_matches('/')
}

/// Takes a contribution out of every score again, out of its group's cap, and out of the account's score for which it
/// was booked.
pub(crate) fn take_back(aggregate: &mut Aggregate, versions: &Versions, kept: &Kept) {
    enter(aggregate, versions, &kept.given, -1);
    release_group(aggregate, versions, &kept.given);
    let Some(booked) = kept.booked else { return };
    // It may have left with the ledger's oldest rows.
    if let Some(membership) = aggregate.memberships.iter_mut().find(|have| have.account == booked.account) {
        membership.sums.subtract(booked.half_life, kept.given.occurred_at, booked.points);
        if membership.month == booked.month {
            membership.used -= booked.points.max(0);
        }
    }
}

/// Puts a contribution into (`sign` 1) or takes it out of (-1) every score that it counts for, by the playbook version
/// that gave it.
pub(crate) fn enter(aggregate: &mut Aggregate, versions: &Versions, given: &Given, sign: i64) {
    let Some(version) = versions.get(given.version).filter(|_| given.points != 0) else { return };
    for score in version.scores() {
        if !counts_for(version, score, given) {
            continue;
        }
        let key = version.score_key(score);
        let half_life = version.model.scores[usize::from(score.0)].half_life;
        let place =
            aggregate.lines.binary_search_by_key(&(key, given.rule, given.version), |l| (l.score, l.rule, l.version));
        let at = match place {
            Ok(at) => at,
            Err(at) => {
                let line = Line {
                    score: key,
                    rule: given.rule,
                    version: given.version,
                    count: 0,
                    given: 0,
                    last_at: given.occurred_at,
                    half_life,
                    sums: Sums::new(),
                };
                grow(&mut aggregate.lines);
                aggregate.lines.insert(at, line);
                at
            }
        };
        let cell = Cell::of(half_life, given.occurred_at, given.points);
        let cell = if sign > 0 { cell } else { -cell };
        aggregate.outlook.add((given.version, score), key, half_life, cell);
        let line = &mut aggregate.lines[at];
        line.sums.put(cell);
        if sign > 0 {
            line.count += 1;
            line.last_at = line.last_at.max(given.occurred_at);
        } else {
            line.count = line.count.saturating_sub(1);
        }
        line.given += sign * given.points;
        line.sums.prune(half_life, given.occurred_at);
        if line.count == 0 {
            aggregate.lines.remove(at);
        }
    }
}

/// Makes room for one more, and for a few: a contact has some twenty lines, and there are many contacts.
fn grow<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 4);
    }
}

/// True when a contribution belongs to a score: all do to the general ones, tagged ones to their solution's interest.
pub(crate) fn counts_for(version: &Version, score: ScoreIx, given: &Given) -> bool {
    match version.model.scores[usize::from(score.0)].solution {
        None => true,
        Some(solution) => given.solution.as_ref() == Some(&version.model.solutions[usize::from(solution.0)].name),
    }
}

/// Counts a contribution for the account that the contact belongs to, cut by the member's monthly cap.
fn book(aggregate: &mut Aggregate, versions: &Versions, version: &Version, given: &Given) -> Option<Booked> {
    let (account, rolled_up) = (aggregate.facts.account?, version.model.account_score?);
    let gave = versions.get(given.version)?;
    let score = gave.score_of(version.score_key(rolled_up.of))?;
    if given.points == 0 || !counts_for(gave, score, given) {
        return None;
    }
    let at = given.occurred_at;
    let month = version.model.window_key(Window::Month, at);
    let cap = if aggregate.facts.known { rolled_up.member_cap } else { rolled_up.anonymous_cap };
    let place = aggregate.memberships.iter().position(|have| have.account == account);
    let membership = match place {
        Some(at) => &mut aggregate.memberships[at],
        None => {
            aggregate.memberships.push(Membership {
                account,
                sums: Mixed::new(),
                month,
                used: 0,
                last_active_at: None,
            });
            let last = aggregate.memberships.len() - 1;
            &mut aggregate.memberships[last]
        }
    };
    if membership.month != month {
        membership.month = month;
        membership.used = 0;
    }
    let points = if given.points > 0 { given.points.min((cap - membership.used).max(0)) } else { given.points };
    membership.used += points.max(0);
    membership.last_active_at = Some(at);
    let half_life = version.model.scores[usize::from(rolled_up.of.0)].half_life;
    membership.sums.add(half_life, at, points);
    membership.sums.prune(at);
    Some(Booked { account, half_life, points, month })
}

/// The value as everybody reads it: at least the floor, at most the ceiling.
pub(crate) fn value(aggregate: &Aggregate, version: &Version, score: ScoreIx, now: Timestamp) -> Milli {
    bounded(version, score, raw(aggregate, version, score, now))
}

/// The value before floor and ceiling.
pub(crate) fn raw(aggregate: &Aggregate, version: &Version, score: ScoreIx, now: Timestamp) -> Milli {
    sum_at(aggregate, version, score, now, |_, left| truncate(left))
}

/// What `read` makes of the score's whole sum and of what is left of it at `now`.
pub(crate) fn sum_at<T>(
    aggregate: &Aggregate,
    version: &Version,
    score: ScoreIx,
    now: Timestamp,
    read: impl FnOnce(&Gathered, i128) -> T,
) -> T {
    let key = version.score_key(score);
    match aggregate.outlook.left(key, now) {
        Some((sum, left)) => read(sum, left),
        None => {
            let sum = gathered(aggregate, key);
            let left = sum.decayed(now);
            read(&sum, left)
        }
    }
}

/// Floor and ceiling of a score applied.
pub(crate) fn bounded(version: &Version, score: ScoreIx, raw: Milli) -> Milli {
    let bounds = &version.model.scores[usize::from(score.0)];
    raw.clamp(bounds.floor, bounds.ceiling.max(bounds.floor))
}

/// The score's whole sum: of the lines of every rule and version.
pub(crate) fn sums_of(aggregate: &Aggregate, version: &Version, score: ScoreIx) -> Gathered {
    let key = version.score_key(score);
    aggregate.outlook.whole(key).cloned().unwrap_or_else(|| gathered(aggregate, key))
}

fn gathered(aggregate: &Aggregate, score: NameKey) -> Gathered {
    let mut sums = Gathered::new();
    lines_of(aggregate, score).iter().for_each(|line| sums.merge(line.half_life, &line.sums));
    sums
}

/// The lines of one score: they stand together.
pub(crate) fn lines_of(aggregate: &Aggregate, score: NameKey) -> &[Line] {
    let from = aggregate.lines.partition_point(|line| line.score < score);
    let count = aggregate.lines[from..].partition_point(|line| line.score == score);
    &aggregate.lines[from..from + count]
}
