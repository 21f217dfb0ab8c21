//! Random histories of one partition, applied to an engine beside the obvious model: a set of rows per contact, folded
//! whole after every step.

use super::handoff_checks::Handed;
use super::ops::{LAST, Op, touchpoint};
use super::{account, at, contact, small, via};
use engine::account::Summary;
use engine::aggregate::Aggregate;
use engine::engine::{Engine, Horizon, Playbooks};
use engine::head::Head;
use engine::input::{Effect, Input};
use engine::ledger::{LedgerRow, Place};
use engine::memory::MapRows;
use engine::rows::{self, Row, Rows};
use engine::version::{Activation, Version, Versions};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use touchpoint::output::ContactState;
use touchpoint::{
    AccountId, ContactId, Delivered, Delivery, EventId, IdentifierKey, Replaced, SubjectId, Text, Timestamp, Touchpoint,
};

pub(crate) const CONTACTS: u8 = 3;
pub(crate) const ACCOUNTS: u8 = 2;

/// What the world was told of a contact so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(super) transitions: u64,
    pub(super) score_changes: u64,
    pub(super) segment_changes: u64,
    pub(super) actions: u64,
    /// Actions that may still be carried out.
    pub(super) planned: BTreeSet<EventId>,
    pub(super) stages: BTreeMap<Text, (Text, EventId)>,
    pub(super) segments: BTreeMap<Text, EventId>,
    pub(crate) state: Option<Box<ContactState>>,
}

/// An engine, its partition and the obvious model of it.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) playbooks: Playbooks,
    /// What the numbers of [`Op::Activate`] and `what` mean, and how long a half hour lasts here.
    pub(crate) hashes: [Text; 3],
    pub(crate) vocabulary: fn(&str, Timestamp, u8) -> Touchpoint,
    pub(crate) stretched: i64,
    /// Floors and ceilings of scores, in thousandths: what is added or taken there may not show.
    pub(crate) bounds: Vec<i64>,
    pub(crate) rows: MapRows,
    pub(crate) versions: Versions,
    /// Activations that changed something when they came.
    swept: usize,
    pub(crate) now: Option<Timestamp>,
    pub(crate) live: BTreeMap<ContactId, BTreeMap<Place, LedgerRow>>,
    pub(crate) told: BTreeMap<ContactId, Told>,
    pub(super) told_of: BTreeMap<AccountId, Told>,
    pub(crate) effects: Vec<Effect>,
    delivered: Vec<(ContactId, Delivered)>,
    summaries: Vec<(AccountId, Summary)>,
    signals: Vec<(ContactId, Delivered)>,
    /// What contacts, desks and teams say to each other.
    sent: Vec<(SubjectId, Input)>,
    pub(super) handed: Handed,
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
            bounds: vec![0, 30_000, 200_000],
            rows: MapRows::default(),
            versions: Versions::default(),
            swept: 0,
            now: None,
            live: BTreeMap::new(),
            told: BTreeMap::new(),
            told_of: BTreeMap::new(),
            effects: Vec::new(),
            delivered: Vec::new(),
            summaries: Vec::new(),
            signals: Vec::new(),
            sent: Vec::new(),
            handed: Handed::default(),
            offset: 0,
            checks_each_step: true,
            checks_sums: true,
        }
    }

    /// Nobody is handed over: what desks tell is recorded when it is told, and so depends on when that was.
    pub(crate) fn without_handoffs() -> Self {
        let mut world = Self::new();
        for version in world.playbooks.values_mut() {
            let model = playbook::model::Model { handoffs: Vec::new(), ..version.model.clone() };
            *version = Arc::new(Version::new(model).expect("no names collide"));
        }
        world
    }

    /// Begins again with what the rows say, after a transaction.
    pub(crate) fn restart(&mut self) {
        let mut rows = MapRows::default();
        for (key, row) in self.rows.iter() {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            rows.put(key.to_vec(), Row::decode(key, &bytes).expect("a row reads back"));
        }
        self.rows = rows;
        self.engine = Engine::default();
        // The first input makes the engine read its partition's row: one that changes nothing.
        let nothing = Delivery::Recall { via: via(0), from: Timestamp::MIN, until: Timestamp::MIN };
        self.apply(Some(SubjectId::Contact(contact(CONTACTS))), Input::Delivery(nothing));
    }

    /// Under the first version, at the beginning.
    pub(crate) fn started() -> Self {
        let mut world = Self::new();
        world.activate(0, at(0));
        world.tick(at(0));
        world
    }

    /// The same with a horizon, for histories that the checks of each step are not made for.
    #[allow(dead_code)] // each test file uses its part
    pub(crate) fn unchecked(horizon: Horizon) -> Self {
        let mut world = Self::with_horizon(horizon);
        (world.checks_each_step, world.checks_sums) = (false, false);
        world.activate(0, at(0));
        world.tick(at(0));
        world
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
                self.forget_signals(to);
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
                if !expected.is_empty() {
                    self.forget_signals(who);
                }
                // Ids and keys are small numbers here: what a desk told may have come by the same one.
                let expected: Vec<LedgerRow> = expected.into_iter().filter(|row| !is_ours(row)).collect();
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
        let rows = self.live.entry(to).or_default();
        // Of two with one version the greater by content counts, in whichever order they come.
        if rows.get(&row.place()).is_none_or(|have| have.touchpoint.rank() < row.touchpoint.rank()) {
            if let Some(replaced) = &delivered.replaces {
                rows.remove(&Place::of(replaced.occurred_at, &replaced.input));
            }
            rows.insert(row.place(), row);
        }
        self.delivered.push((to, delivered.clone()));
        self.apply(Some(SubjectId::Contact(to)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    }

    /// What a company tells a contact; whoever is no more hears nothing.
    fn signal(&mut self, to: ContactId, delivered: Delivered) {
        let rows = self.live.entry(to).or_default();
        if !rows.is_empty() {
            let row = LedgerRow::from(delivered.clone());
            rows.insert(row.place(), row);
        }
        self.apply(Some(SubjectId::Contact(to)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    }

    /// Whoever has nothing left but what a company told is no more.
    fn forget_signals(&mut self, of: ContactId) {
        let rows = self.live.entry(of).or_default();
        if rows.values().all(is_ours) {
            rows.clear();
        }
    }

    /// A touchpoint about a company, without the model beside it.
    pub(crate) fn deliver_to_account(&mut self, to: AccountId, delivered: Delivered) {
        self.apply(Some(SubjectId::Account(to)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
    }

    /// Takes every row that came by an identifier away; they go nowhere.
    pub(crate) fn recall_all(&mut self, from: ContactId, by: IdentifierKey) {
        let recall = Delivery::Recall { via: by, from: Timestamp::MIN, until: Timestamp::MAX };
        self.apply(Some(SubjectId::Contact(from)), Input::Delivery(recall));
    }

    /// What owners of erased identifiers tell a home: each that it is to forget, then that it wants its rows back.
    #[allow(dead_code)] // each test file uses its part
    pub(crate) fn erase(&mut self, whom: ContactId, by: &[IdentifierKey]) {
        for via in by {
            self.apply(Some(SubjectId::Contact(whom)), Input::Delivery(Delivery::Erase { via: *via }));
            self.recall_all(whom, *via);
        }
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.apply(None, Input::Tick(now));
        self.now = self.now.max(Some(now));
    }

    pub(crate) fn activate(&mut self, version: u8, effective_at: Timestamp) {
        let activation = Activation { hash: self.hashes[usize::from(version)].clone(), effective_at };
        self.apply(None, Input::Activation(activation.clone()));
        if !self.versions.says_already(&activation) {
            let version = self.playbooks[&activation.hash].clone();
            let news = !self.versions.has_in_force(&activation);
            self.versions.activate(activation, version);
            // Everybody must have heard of it in the end.
            if news {
                self.swept = self.versions.len();
            }
        }
    }

    /// Ends a transaction; what is sent is not there yet.
    pub(crate) fn commit(&mut self) {
        let mut out = Vec::new();
        let Ok(()) = self.engine.publish(&mut self.rows, &mut out);
        self.take(out);
    }

    pub(crate) fn publish(&mut self, turned: usize) {
        self.commit();
        let mut sent = std::mem::take(&mut self.summaries);
        // Records of different contacts have no common order.
        let turned = turned.min(sent.len());
        sent[..turned].reverse();
        for (to, summary) in sent {
            self.apply(Some(SubjectId::Account(to)), Input::Summary(summary));
        }
        for (to, input) in std::mem::take(&mut self.sent) {
            self.apply(Some(to), input);
        }
        for (to, signal) in std::mem::take(&mut self.signals) {
            self.signal(to, signal);
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
                let known = usize::from(head.folded_with) >= self.swept || head.rows == 0;
                assert!(known, "the sweep forgot {id}");
            }
        }
        self.check_handoffs();
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
                Effect::SegmentChange(change) => self.told_segment(change),
                Effect::Action(action) => self.told_action(action),
                Effect::Contact(contact, state) => self.told.entry(*contact).or_default().state.clone_from(state),
                Effect::Summary(account, summary) => self.summaries.push((*account, summary.clone())),
                Effect::Signal(contact, delivered) => self.signals.push((*contact, delivered.as_ref().clone())),
                Effect::Handoff(handoff) => self.handed.told(handoff),
                Effect::Send(to, input) => self.sent.push((*to, input.as_ref().clone())),
                Effect::Account(..) | Effect::Return(_) | Effect::Counted(_) => {}
            }
        }
        if self.checks_sums {
            self.check_sums(&out);
        }
        self.effects.extend(out);
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

fn pick<T>(from: &[T], n: usize) -> Option<&T> {
    if from.is_empty() { None } else { from.get(n % from.len()) }
}

/// What companies and desks tell.
fn is_ours(row: &LedgerRow) -> bool {
    ["account_signal", "handoff"].contains(&row.touchpoint.kind.as_str())
}
