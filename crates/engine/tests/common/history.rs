//! Random histories of one partition, applied to an engine beside the obvious model: a set of rows per contact, folded
//! whole after every step.

use super::{DAY, account, at, contact, small, via};
use engine::account::Summary;
use engine::aggregate::Aggregate;
use engine::engine::{Engine, Horizon, Playbooks};
use engine::fold::fold_all;
use engine::head::Head;
use engine::input::{Effect, Input};
use engine::ledger::{LedgerRow, Place};
use engine::memory::MapRows;
use engine::rows::{self, Row};
use engine::version::{Activation, NameKey, Version, Versions};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use touchpoint::output::{ContactState, ScoreChange, StageTransition};
use touchpoint::{
    AccountId, AttributeChanges, ContactId, Delivered, Delivery, EventId, IdentifierKey, Replaced, SubjectId, Text,
    Timestamp, Touchpoint, Value,
};

pub(crate) const CONTACTS: u8 = 3;
pub(crate) const ACCOUNTS: u8 = 2;

/// One thing that happens to the partition. Small numbers, so that a shrunk counter-example can be read.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Place {
        contact: u8,
        id: u8,
        at: i64,
        what: u8,
        via: u8,
        known: bool,
        account: Option<u8>,
        version: Option<u8>,
    },
    /// The n-th touchpoint delivered so far, once more.
    Again(usize),
    /// A new version of the n-th versioned input.
    Replace {
        n: usize,
        at: i64,
        what: u8,
    },
    Void(usize),
    /// The rows of a contact that came by an identifier go back and are delivered to (perhaps) another contact.
    Recall {
        contact: u8,
        via: u8,
        from: i64,
        until: Option<i64>,
        to: u8,
    },
    /// Time passes by so many half hours (and perhaps a millisecond).
    Tick(i64, bool),
    Activate {
        version: u8,
        effective: i64,
    },
    /// The transaction ends; what it sent to the accounts arrives there, the first `n` in turned order.
    Publish(usize),
}

const LAST: i64 = 600;
/// Of scores, in thousandths.
const CEILINGS: [i64; 2] = [30_000, 200_000];

pub(crate) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => placed(0.3),
        1 => any::<prop::sample::Index>().prop_map(|n| Op::Again(n.index(1_000))),
        2 => (any::<prop::sample::Index>(), 0..LAST, 0..KINDS).prop_map(|(n, at, what)| Op::Replace { n: n.index(1_000), at, what }),
        1 => any::<prop::sample::Index>().prop_map(|n| Op::Void(n.index(1_000))),
        1 => (0..CONTACTS, 0..3_u8, 0..LAST, proptest::option::of(0..LAST), 0..CONTACTS)
            .prop_map(|(contact, via, from, until, to)| Op::Recall { contact, via, from, until, to }),
        6 => (0..120_i64, any::<bool>()).prop_map(|(by, odd)| Op::Tick(by, odd)),
        1 => (0..3_u8, -20..LAST).prop_map(|(version, effective)| Op::Activate { version, effective }),
        4 => (0..4_usize).prop_map(Op::Publish),
    ]
}

/// A touchpoint; so many of them with a version.
pub(crate) fn placed(versioned: f64) -> impl Strategy<Value = Op> {
    let who = (0..CONTACTS, 0..40_u8, 0..LAST, 0..KINDS);
    let how =
        (0..3_u8, any::<bool>(), proptest::option::of(0..ACCOUNTS), proptest::option::weighted(versioned, 1..4_u8));
    (who, how).prop_map(|((contact, id, at, what), (via, known, account, version))| Op::Place {
        contact,
        id,
        at,
        what,
        via,
        known,
        account,
        version,
    })
}

const KINDS: u8 = 30;

/// One of the things that the small playbook has an opinion on.
pub(crate) fn touchpoint(id: &str, at: Timestamp, what: u8) -> Touchpoint {
    let new = |channel: &str, kind: &str| Touchpoint::new("s", id, at, channel, kind);
    let content = |mut touchpoint: Touchpoint, content: &str| {
        touchpoint.content = Some(Text::new(content));
        touchpoint
    };
    let answer = |mut touchpoint: Touchpoint, question: &str, answer: &str| {
        touchpoint.answers.set(question, Value::text(answer));
        touchpoint
    };
    let property = |mut touchpoint: Touchpoint, name: &str, value: Value| {
        touchpoint.properties.set(name, value);
        touchpoint
    };
    let reason = |mut touchpoint: Touchpoint, reason: &str, until: Option<i64>| {
        touchpoint.reason = Some(Text::new(reason));
        touchpoint.until = until.map(|days| touchpoint::Date::from_days((at.as_millis() / DAY + days) as i32));
        touchpoint
    };
    let attribute = |mut touchpoint: Touchpoint, name: &str, value: Option<Value>| {
        touchpoint.attributes =
            Some(Box::new(AttributeChanges { contact: vec![(Text::new(name), value)], account: Vec::new() }));
        touchpoint
    };
    // One of two events, from two hours before to six hours after the noon that is next to the touchpoint.
    let meeting = |mut touchpoint: Touchpoint, id: &str| {
        let noon = at.as_millis().div_euclid(DAY) * DAY + DAY / 2;
        let event = if id.ends_with(['1', '3', '5', '7', '9']) { "odd" } else { "even" };
        let text = |millis: i64| Value::text(Timestamp::from_millis(millis).to_string());
        touchpoint.campaign = Some(Text::new(event));
        touchpoint.properties.set("starts_at", text(noon - 2 * super::HOUR));
        touchpoint.properties.set("ends_at", text(noon + 6 * super::HOUR));
        touchpoint.properties.set("participant", Value::text(if id.len() > 2 { "a" } else { "b" }));
        touchpoint
    };
    match what {
        0 => content(new("web", "page_view"), "a"),
        1 => content(new("web", "page_view"), "b"),
        2 => content(new("web", "page_view"), "c"),
        3 => new("web", "search"),
        4 => property(new("email", "open"), "message_id", Value::text("m1")),
        5 => property(new("email", "open"), "message_id", Value::text(id)),
        6 => property(new("email", "click"), "message_id", Value::text("m1")),
        7 => property(new("web", "page_view"), "careers", Value::Bool(true)),
        8 => answer(content(new("web", "form_submit"), "a"), "timeframe", "3m"),
        9 => answer(new("event", "survey"), "timeframe", "6m"),
        10 => answer(new("call", "connected"), "timeframe", "later"),
        11 => answer(new("call", "connected"), "issue", "downtime"),
        12 => property(new("event", "booth_visit"), "rank", Value::text("A")),
        13 => property(new("event", "booth_visit"), "rank", Value::text("C")),
        14 => new("email", "unsubscribe"),
        15 => new("web", "form_submit"),
        16 => property(content(new("web", "page_view"), "a"), "machine", Value::Bool(true)),
        17 => new("crm", "accepted"),
        18 => reason(new("crm", "held"), "none", Some(1)),
        19 => reason(new("crm", "lost"), "later", Some(4)),
        20 => reason(new("crm", "rejected"), if id.len().is_multiple_of(2) { "gathering" } else { "no_need" }, None),
        21 => new("crm", "won"),
        22 => attribute(new("profile", "updated"), "exclude", Some(Value::text("competitor"))),
        23 => attribute(new("profile", "updated"), "exclude", None),
        24 => property(
            attribute(
                new("crm", "stage_set"),
                "employees",
                Some(Value::Number(touchpoint::Decimal::from_micros(400_000_000))),
            ),
            "stage",
            Value::text("nurturing"),
        ),
        26 => meeting(new("event", "registered"), id),
        27 => meeting(new("event", "joined"), id),
        28 => meeting(new("event", "left"), id),
        29 => meeting(new("event", if id.len().is_multiple_of(2) { "cancelled" } else { "attended" }), id),
        _ => answer(
            new("event", "survey"),
            "authority",
            if id.len().is_multiple_of(2) { "champion" } else { "approver" },
        ),
    }
}

/// What the world was told of a contact so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    transitions: u64,
    score_changes: u64,
    stages: BTreeMap<Text, (Text, EventId)>,
    state: Option<Box<ContactState>>,
}

/// An engine, its partition and the obvious model of it.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) playbooks: Playbooks,
    /// What the numbers of [`Op::Activate`] and `what` mean, and how long a half hour lasts here.
    pub(crate) hashes: [Text; 3],
    pub(crate) vocabulary: fn(&str, Timestamp, u8) -> Touchpoint,
    pub(crate) stretched: i64,
    pub(crate) rows: MapRows,
    pub(crate) versions: Versions,
    pub(crate) now: Option<Timestamp>,
    pub(crate) live: BTreeMap<ContactId, BTreeMap<Place, LedgerRow>>,
    pub(crate) told: BTreeMap<ContactId, Told>,
    pub(crate) effects: Vec<Effect>,
    delivered: Vec<(ContactId, Delivered)>,
    summaries: Vec<(AccountId, Summary)>,
    offset: i64,
    /// Long histories are checked by their test now and then, not after every step.
    pub(crate) checks_each_step: bool,
    /// Rows that leave the horizon take their points along without a word, when nothing is left of these by now.
    pub(crate) checks_sums: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_horizon(Horizon::default())
    }

    pub(crate) fn with_horizon(horizon: Horizon) -> Self {
        Self {
            engine: Engine::with_horizon(horizon),
            playbooks: playbooks(),
            hashes: ["v0", "v1", "v2"].map(Text::new),
            vocabulary: touchpoint,
            stretched: 1,
            rows: MapRows::default(),
            versions: Versions::default(),
            now: None,
            live: BTreeMap::new(),
            told: BTreeMap::new(),
            effects: Vec::new(),
            delivered: Vec::new(),
            summaries: Vec::new(),
            offset: 0,
            checks_each_step: true,
            checks_sums: true,
        }
    }

    pub(crate) fn at(&self, half_hours: i64) -> Timestamp {
        at(half_hours * self.stretched)
    }

    pub(crate) fn run(&mut self, op: &Op) {
        match op {
            Op::Place { contact: to, id, at: when, what, via: by, known, account: company, version } => {
                // A version of an input stands where its latest one does, so each number is used for one way only.
                let id = format!("{}{id}", if version.is_some() { "v" } else { "i" });
                let mut touchpoint = (self.vocabulary)(&id, self.at(*when), *what);
                touchpoint.version = version.map(i64::from);
                let known = *known || touchpoint.channel == "profile";
                let delivered = Delivered {
                    touchpoint,
                    via: via(*by),
                    known,
                    account: company.map(account),
                    arrived_at: at(LAST),
                    replaces: None,
                };
                self.deliver(contact(*to), delivered);
            }
            Op::Again(n) => {
                if let Some((to, delivered)) = pick(&self.delivered, *n).cloned() {
                    // Only what still stands where it was delivered can come there again.
                    let place = Place::of(delivered.touchpoint.occurred_at, &delivered.touchpoint.input);
                    if self.live.get(&to).is_some_and(|rows| rows.contains_key(&place)) {
                        self.deliver(to, delivered);
                    }
                }
            }
            Op::Replace { n, at: when, what } => {
                let Some((to, former)) = self.versioned(*n) else { return };
                let mut touchpoint = (self.vocabulary)(&former.touchpoint.input.id, self.at(*when), *what);
                let version = former.touchpoint.version.unwrap_or(0);
                touchpoint.version = Some(version + 1);
                let (input, occurred_at) = (touchpoint.input.clone(), former.touchpoint.occurred_at);
                let replaces = Some(Replaced { input, occurred_at, version });
                let LedgerRow { via, known, account, arrived_at, .. } = former;
                self.deliver(to, Delivered { touchpoint, via, known, account, arrived_at, replaces });
            }
            Op::Void(n) => {
                let Some((to, row)) = self.versioned(*n) else { return };
                let replaced = Replaced {
                    input: row.touchpoint.input.clone(),
                    occurred_at: row.touchpoint.occurred_at,
                    version: row.touchpoint.version.unwrap_or(0),
                };
                self.apply(
                    Some(SubjectId::Contact(to)),
                    Input::Delivery(Delivery::Withdraw { via: row.via, replaced }),
                );
                self.live.entry(to).or_default().remove(&row.place());
            }
            Op::Recall { contact: who, via: by, from, until, to } => {
                let who = contact(*who);
                let (from, until) = (self.at(*from), until.map_or(Timestamp::MAX, |until| self.at(until)));
                let before = self.effects.len();
                let recall = Delivery::Recall { via: via(*by), from, until };
                self.apply(Some(SubjectId::Contact(who)), Input::Delivery(recall));
                let returned: Vec<Delivered> = self.effects[before..]
                    .iter()
                    .filter_map(|effect| match effect {
                        Effect::Return(delivered) => Some(delivered.as_ref().clone()),
                        _ => None,
                    })
                    .collect();
                let rows = self.live.entry(who).or_default();
                let expected: Vec<LedgerRow> = rows
                    .values()
                    .filter(|row| {
                        let at = row.touchpoint.occurred_at;
                        row.via == via(*by) && at >= from && (at < until || until == Timestamp::MAX)
                    })
                    .cloned()
                    .collect();
                rows.retain(|_, row| !expected.contains(row));
                assert_eq!(returned.iter().cloned().map(LedgerRow::from).collect::<Vec<_>>(), expected, "all go back");
                if self.checks_each_step {
                    self.check();
                }
                for delivered in returned {
                    self.deliver(contact(*to), delivered);
                }
            }
            Op::Tick(by, odd) => {
                let now = self
                    .now
                    .unwrap_or_else(|| at(0))
                    .plus_millis(by * self.stretched * super::HOUR / 2 + i64::from(*odd));
                self.tick(now);
            }
            Op::Activate { version, effective } => self.activate(*version, self.at(*effective)),
            Op::Publish(turned) => self.publish(*turned),
        }
        if self.checks_each_step {
            self.check();
        }
    }

    pub(crate) fn deliver(&mut self, to: ContactId, delivered: Delivered) {
        let row = LedgerRow::from(delivered.clone());
        let version = row.touchpoint.version;
        let rows = self.live.entry(to).or_default();
        if rows.get(&row.place()).is_none_or(|have| have.touchpoint.version < version) {
            if let Some(replaced) = &delivered.replaces {
                rows.remove(&Place::of(replaced.occurred_at, &replaced.input));
            }
            rows.insert(row.place(), row);
        }
        self.delivered.push((to, delivered.clone()));
        self.apply(Some(SubjectId::Contact(to)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    }

    /// Takes every row that came by an identifier away; they go nowhere.
    pub(crate) fn recall_all(&mut self, from: ContactId, by: IdentifierKey) {
        let recall = Delivery::Recall { via: by, from: Timestamp::MIN, until: Timestamp::MAX };
        self.apply(Some(SubjectId::Contact(from)), Input::Delivery(recall));
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.apply(None, Input::Tick(now));
        self.now = self.now.max(Some(now));
    }

    pub(crate) fn activate(&mut self, version: u8, effective_at: Timestamp) {
        let activation = Activation { hash: self.hashes[usize::from(version)].clone(), effective_at };
        self.apply(None, Input::Activation(activation.clone()));
        if self.versions.last() != Some(&activation) {
            let version = self.playbooks[&activation.hash].clone();
            self.versions.activate(activation, version);
        }
    }

    pub(crate) fn publish(&mut self, turned: usize) {
        let mut out = Vec::new();
        let Ok(()) = self.engine.publish(&mut self.rows, &mut out);
        self.take(out);
        let mut sent = std::mem::take(&mut self.summaries);
        // Records of different contacts have no common order.
        let turned = turned.min(sent.len());
        sent[..turned].reverse();
        for (to, summary) in sent {
            self.apply(Some(SubjectId::Account(to)), Input::Summary(summary));
        }
    }

    /// Lets the sweep after an activation reach everybody, and tells all.
    pub(crate) fn settle(&mut self) {
        for _ in 0..40 {
            let now = self.now.unwrap_or_else(|| at(0)).plus_millis(1);
            self.tick(now);
            self.publish(0);
        }
        self.check();
        for id in 0..CONTACTS {
            if let Some(head) = self.head(contact(id)) {
                let known = usize::from(head.folded_with) == self.versions.len() || head.rows == 0;
                assert!(known, "the sweep forgot {id}");
            }
        }
    }

    fn apply(&mut self, subject: Option<SubjectId>, input: Input) {
        assert_eq!(Input::decode(&input.encode()).as_ref(), Ok(&input));
        let mut out = Vec::new();
        self.offset += 1;
        let written_at = Timestamp::from_millis(4_000_000_000_000 + self.offset);
        let applied = self.engine.apply(&mut self.rows, &self.playbooks, subject, input, written_at, &mut out);
        applied.expect("the playbooks are all there");
        self.take(out);
    }

    fn take(&mut self, out: Vec<Effect>) {
        for effect in &out {
            match effect {
                Effect::StageTransition(transition) => self.told_transition(transition),
                Effect::ScoreChange(change) => self.told_score(change),
                Effect::Contact(contact, state) => self.told.entry(*contact).or_default().state.clone_from(state),
                Effect::Summary(account, summary) => self.summaries.push((*account, summary.clone())),
                Effect::Account(..) | Effect::Return(_) | Effect::Counted(_) => {}
            }
        }
        if self.checks_sums {
            self.check_sums(&out);
        }
        self.effects.extend(out);
    }

    fn told_transition(&mut self, transition: &StageTransition) {
        let envelope = &transition.envelope;
        let SubjectId::Contact(contact) = envelope.subject else { panic!("of a contact") };
        let told = self.told.entry(contact).or_default();
        told.transitions += 1;
        assert_eq!(envelope.sequence, told.transitions, "dense from 1");
        let life_cycle = envelope.life_cycle.clone().expect("a life cycle");
        let last = told.stages.get(&life_cycle);
        assert_eq!(transition.from.as_ref(), last.map(|(stage, _)| stage), "from where the last one led");
        assert_ne!(transition.from.as_ref(), Some(&transition.to), "a move moves");
        if let Some(corrected) = envelope.corrects {
            assert_eq!(Some(corrected), last.map(|(_, event)| *event), "it corrects the last one");
        }
        assert_ne!(envelope.recorded_at, Timestamp::MIN);
        assert_ne!(envelope.occurred_at, Timestamp::MIN);
        if playbook::model::GONE.contains(&transition.to.as_str()) {
            told.stages.remove(&life_cycle);
        } else {
            told.stages.insert(life_cycle, (transition.to.clone(), envelope.event_id));
        }
    }

    fn told_score(&mut self, change: &ScoreChange) {
        let SubjectId::Contact(contact) = change.envelope.subject else { panic!("of a contact") };
        let told = self.told.entry(contact).or_default();
        told.score_changes += 1;
        assert_eq!(change.envelope.sequence, told.score_changes, "dense from 1");
        // What was added and removed explains the difference, but for one truncation each and the score's bounds.
        let moved: i64 = change.added.iter().map(|c| c.points_now_milli).sum::<i64>()
            - change.removed.iter().map(|c| c.points_now_milli).sum::<i64>()
            + change.replaced.iter().map(|c| c.after.points_now_milli - c.before.points_now_milli).sum::<i64>();
        let parts = (change.added.len() + change.removed.len() + 2 * change.replaced.len()) as i64;
        let bounded = change.adjustments.iter().any(|line| line.name != "rounding")
            || change.before_milli == 0
            || CEILINGS.contains(&change.before_milli)
            || change.after_milli == 0;
        let revalued = parts == 0;
        if !bounded && !revalued {
            let difference = change.after_milli - change.before_milli - moved;
            assert!(difference.abs() <= parts + 2, "{difference} unexplained: {change:?}");
        }
    }

    /// The last score change of each score: what it says is the sum of the lines and its named adjustments.
    fn check_sums(&self, out: &[Effect]) {
        let mut last: BTreeMap<(SubjectId, &Text), &ScoreChange> = BTreeMap::new();
        for effect in out {
            if let Effect::ScoreChange(change) = effect {
                last.insert((change.envelope.subject, &change.score), change);
            }
        }
        for ((subject, score), change) in last {
            let SubjectId::Contact(contact) = subject else { continue };
            let head = self.head(contact).expect("a head");
            let lines = head.aggregate.lines.iter().filter(|line| line.score == NameKey::of(score));
            let live: i64 = lines.map(|line| line.sums.read(line.half_life, change.envelope.occurred_at)).sum();
            let adjusted: i64 = change.adjustments.iter().map(|line| line.points_milli).sum();
            assert_eq!(change.after_milli, live + adjusted, "{score} is the sum of its lines: {change:?}");
            assert!(change.adjustments.iter().all(|l| ["floor", "ceiling", "rounding"].contains(&l.name.as_str())));
            let rounding = change.adjustments.iter().find(|line| line.name == "rounding");
            let count = head.aggregate.lines.len() as i64;
            assert!(rounding.is_none_or(|line| (-count..=count).contains(&line.points_milli)), "{rounding:?}");
        }
    }

    /// Everything that must hold after every step.
    pub(crate) fn check(&self) {
        let now = self.now.unwrap_or(Timestamp::MIN);
        for id in 0..CONTACTS {
            let contact = contact(id);
            let empty = BTreeMap::new();
            let live = self.live.get(&contact).unwrap_or(&empty);
            let ledger = ledger(&self.rows, contact);
            assert_eq!(
                ledger.iter().collect::<Vec<_>>(),
                live.values().collect::<Vec<_>>(),
                "the ledger holds the set"
            );
            let Some(head) = self.head(contact) else { continue };
            assert_eq!(head.rows as usize, live.len());
            assert_eq!(head.last, live.keys().next_back().cloned());
            if usize::from(head.folded_with) != self.versions.len() {
                continue;
            }
            let obvious = fold_all(&self.versions, live.values(), now);
            assert_eq!(head.aggregate, obvious, "the fold of contact {id} is that of its set");
            let told = self.told.get(&contact).cloned().unwrap_or_default();
            let stands: BTreeMap<&Text, &Text> = obvious.positions.iter().map(|p| (&p.life_cycle, &p.stage)).collect();
            // A life cycle that no version in force knows any more has no stage to tell.
            let announced = told.stages.iter().filter(|(name, _)| live.is_empty() || stands.contains_key(name));
            let announced: BTreeMap<&Text, &Text> = announced.map(|(name, (stage, _))| (name, stage)).collect();
            assert_eq!(announced, stands, "what was told of contact {id} is where it stands");
        }
        let mut stand: BTreeMap<(&Text, &Text), u64> = BTreeMap::new();
        for (life_cycle, (stage, _)) in self.told.values().flat_map(|told| &told.stages) {
            *stand.entry((life_cycle, stage)).or_default() += 1;
        }
        let counted = self.engine.standing().filter(|(_, _, members)| *members > 0);
        let counted: BTreeMap<_, _> = counted.map(|(cycle, stage, members)| ((cycle, stage), members)).collect();
        assert_eq!(counted, stand, "as many are counted at each stage as were told to be there");
        for (key, row) in self.rows.iter() {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            assert_eq!(Row::decode(key, &bytes).as_ref(), Ok(row), "a row reads back");
        }
    }

    /// The published states and the accounts against the obvious recomputation; after [`World::settle`].
    pub(crate) fn check_published(&self) {
        let Some(now) = self.now.filter(|_| !self.versions.is_empty()) else { return };
        let mut heads = Vec::new();
        for id in 0..CONTACTS {
            let Some(head) = self.head(contact(id)) else { continue };
            let state = self.told.get(&contact(id)).and_then(|told| told.state.as_deref());
            assert_eq!(state.is_some(), head.rows > 0, "published while it is there");
            if let Some(state) = state {
                let stages: Vec<&Text> = state.stages.iter().map(|s| &s.stage).collect();
                assert_eq!(stages, head.aggregate.positions.iter().map(|p| &p.stage).collect::<Vec<_>>());
                assert_eq!(state.sequence, head.transitions);
                heads.push(head);
            }
        }
        for id in 0..ACCOUNTS {
            let row = match self.rows.peek(&rows::account_key(account(id))) {
                Some(Row::Account(row)) => row.as_ref().clone(),
                _ => Default::default(),
            };
            let mut sums = engine::decay::Mixed::new();
            let mut roles: BTreeMap<Text, u32> = BTreeMap::new();
            let mut days: BTreeMap<i32, u32> = BTreeMap::new();
            for head in &heads {
                let here = head.aggregate.facts.account == Some(account(id));
                if let Some(part) = head.aggregate.memberships.iter().find(|part| part.account == account(id)) {
                    sums.merge(&part.sums);
                    if let Some(at) = part.last_active_at.filter(|_| here) {
                        let model = &self.versions.at(at).expect("a version").1.model;
                        *days.entry(model.window_key(playbook::model::Window::Day, at)).or_default() += 1;
                    }
                }
                let role = head.aggregate.answers.iter().find(|a| a.question == "authority").filter(|_| here);
                if let Some(role) = role.and_then(|a| a.value.as_text()) {
                    *roles.entry(Text::new(role)).or_default() += 1;
                }
            }
            let members = heads.iter().filter(|head| head.aggregate.facts.account == Some(account(id))).count();
            assert_eq!(row.members as usize, members, "members of account {id}");
            assert_eq!(row.sums.read(now), sums.read(now), "score of account {id}");
            assert_eq!(row.sums, sums, "sums of account {id}");
            assert_eq!(row.roles, roles.into_iter().collect::<Vec<_>>());
            assert_eq!(row.active_days, days.into_iter().collect::<Vec<_>>());
        }
    }

    pub(crate) fn head(&self, contact: ContactId) -> Option<&Head> {
        match self.rows.peek(&rows::head_key(contact)) {
            Some(Row::Head(head)) => Some(head),
            _ => None,
        }
    }

    pub(crate) fn aggregate(&self, contact: ContactId) -> Aggregate {
        self.head(contact).map(|head| head.aggregate.clone()).unwrap_or_default()
    }

    /// The bytes of every row.
    pub(crate) fn bytes(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let encode = |(key, row): (&[u8], &Row)| {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            (key.to_vec(), bytes)
        };
        self.rows.iter().map(encode).collect()
    }

    fn versioned(&self, n: usize) -> Option<(ContactId, LedgerRow)> {
        let all = self.live.iter().flat_map(|(contact, rows)| rows.values().map(|row| (*contact, row.clone())));
        let versioned: Vec<_> = all.filter(|(_, row)| row.touchpoint.version.is_some()).collect();
        pick(&versioned, n).cloned()
    }
}

/// All versions of the small playbook, compiled.
fn playbooks() -> Playbooks {
    let models = (0..3).map(small::model);
    models.map(|model| (model.hash.clone(), Arc::new(Version::new(model).expect("no collision")))).collect()
}

/// Every row of a contact's ledger as it stands in the store, in order.
pub(crate) fn ledger(rows: &MapRows, contact: ContactId) -> Vec<LedgerRow> {
    let mut ledger = Vec::new();
    let mut starts = BTreeSet::new();
    if let Some(Row::Directory(directory)) = rows.peek(&rows::directory_key(contact)) {
        for reference in &directory.chunks {
            let key = rows::chunk_key(contact, &reference.start);
            let Some(Row::Chunk(chunk)) = rows.peek(&key) else { panic!("a chunk of the directory is missing") };
            assert_eq!(chunk.len() as u32, reference.rows);
            assert_eq!(chunk.last().map(LedgerRow::place).as_ref(), Some(&reference.last));
            ledger.extend(chunk.iter().cloned());
            starts.insert(key[17..].to_vec());
        }
    }
    let starts_under =
        |key: Vec<u8>| -> BTreeSet<Vec<u8>> { rows.under(&key[..17]).map(|(key, _)| key[17..].to_vec()).collect() };
    let nowhere = Place::of(Timestamp::MIN, &nothing());
    assert_eq!(starts_under(rows::chunk_key(contact, &nowhere)), starts, "no chunk outside the directory");
    let mut checkpoints = starts_under(rows::checkpoint_key(contact, None));
    checkpoints.remove(&[][..]);
    assert_eq!(checkpoints, starts, "a checkpoint before each chunk, and none besides");
    for (_, row) in rows.under(&rows::tail_prefix(contact)) {
        let Row::Tail(row) = row else { panic!("only rows in the tail") };
        ledger.push(row.as_ref().clone());
    }
    assert!(ledger.is_sorted_by_key(LedgerRow::place), "in order");
    ledger
}

fn nothing() -> touchpoint::InputId {
    touchpoint::InputId { source: Text::new(""), id: Text::new("") }
}

fn pick<T>(from: &[T], n: usize) -> Option<&T> {
    if from.is_empty() { None } else { from.get(n % from.len()) }
}
