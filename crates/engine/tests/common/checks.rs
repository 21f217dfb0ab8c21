//! What must hold after every step, against the obvious model.

use super::history::{ACCOUNTS, CONTACTS, World};
use super::{account, contact};
use engine::aggregate::SegmentStanding;
use engine::fold::fold_all;
use engine::input::Effect;
use engine::ledger::{LedgerRow, Place};
use engine::memory::MapRows;
use engine::rows::{self, Row};
use engine::version::NameKey;
use playbook::model::{ENDED, GONE};
use std::collections::{BTreeMap, BTreeSet};
use touchpoint::output::{
    Action, ActionStatus, ContactState, ScoreChange, SegmentChange, SegmentMove, StageTransition,
};
use touchpoint::{ContactId, SubjectId, Text, Timestamp};

impl World {
    pub(super) fn told_transition(&mut self, transition: &StageTransition) {
        let envelope = &transition.envelope;
        let told = match envelope.subject {
            SubjectId::Contact(contact) => self.told.entry(contact).or_default(),
            SubjectId::Account(account) => self.told_of.entry(account).or_default(),
            SubjectId::Team(_) => panic!("of a contact or an account"),
        };
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
        if GONE.contains(&transition.to.as_str()) {
            told.stages.remove(&life_cycle);
        } else {
            told.stages.insert(life_cycle, (transition.to.clone(), envelope.event_id));
        }
    }

    pub(super) fn told_segment(&mut self, change: &SegmentChange) {
        let SubjectId::Contact(contact) = change.envelope.subject else { panic!("of a contact") };
        let told = self.told.entry(contact).or_default();
        told.segment_changes += 1;
        assert_eq!(change.envelope.sequence, told.segment_changes, "dense from 1");
        let entered = told.segments.remove(&change.segment);
        match change.change {
            SegmentMove::Entered => {
                assert_eq!(entered, None, "who enters was not in it");
                told.segments.insert(change.segment.clone(), change.envelope.event_id);
            }
            SegmentMove::Left => {
                assert!(entered.is_some(), "who leaves was in it");
                assert!(change.envelope.corrects.is_none_or(|corrected| Some(corrected) == entered));
                assert!(change.entered_at.is_some());
            }
        }
        assert_ne!(change.envelope.occurred_at, Timestamp::MIN);
    }

    pub(super) fn told_action(&mut self, action: &Action) {
        let SubjectId::Contact(contact) = action.envelope.subject else { panic!("of a contact") };
        let told = self.told.entry(contact).or_default();
        told.actions += 1;
        assert_eq!(action.envelope.sequence, told.actions, "dense from 1");
        assert!(action.not_after.is_none_or(|until| action.not_before < until));
        match action.status {
            ActionStatus::Planned => drop(told.planned.insert(action.envelope.event_id)),
            ActionStatus::Cancelled => {
                let planned = action.envelope.corrects.expect("what is cancelled was planned");
                assert!(told.planned.remove(&planned), "once");
            }
            ActionStatus::HeldOut | ActionStatus::Withheld => {}
        }
    }

    pub(super) fn told_score(&mut self, change: &ScoreChange) {
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
            || self.bounds.contains(&change.before_milli)
            || self.bounds.contains(&change.after_milli);
        let revalued = parts == 0;
        if !bounded && !revalued {
            let difference = change.after_milli - change.before_milli - moved;
            assert!(difference.abs() <= parts + 2, "{difference} unexplained: {change:?}");
        }
    }

    /// The last score change of each score: what it says is the sum of the lines and its named adjustments.
    pub(super) fn check_sums(&self, out: &[Effect]) {
        let mut last: BTreeMap<(SubjectId, &Text), &ScoreChange> = BTreeMap::new();
        for effect in out {
            if let Effect::ScoreChange(change) = effect {
                last.insert((change.envelope.subject, &change.score), change);
            }
        }
        for ((subject, score), change) in last {
            let SubjectId::Contact(contact) = subject else { continue };
            let head = self.head(contact).expect("a head");
            // What the playbook in force no longer has is told no further.
            let known = head.aggregate.at.max(self.now).unwrap_or(change.envelope.occurred_at);
            let in_force = self.versions.at(known).map(|(_, version)| version);
            if in_force.is_some_and(|version| version.model.scores.iter().all(|one| one.name != *score)) {
                continue;
            }
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
            let live = self.judged(id);
            let ledger = ledger(&self.rows, contact);
            assert_eq!(
                ledger.iter().map(|row| &row.touchpoint).collect::<Vec<_>>(),
                live.values().map(|row| &row.touchpoint).collect::<Vec<_>>(),
                "the ledger holds the set"
            );
            let Some(head) = self.head(contact) else { continue };
            assert_eq!(head.rows as usize, live.len());
            assert_eq!(head.last, live.keys().next_back().cloned());
            if usize::from(head.folded_with) != self.versions.len() {
                continue;
            }
            assert_eq!(ledger.iter().collect::<Vec<_>>(), live.values().collect::<Vec<_>>(), "verdicts are of the set");
            let obvious = fold_all(&self.versions, live.values(), now);
            assert_eq!(head.aggregate, obvious, "the fold of contact {id} is that of its set");
            let told = self.told.get(&contact).cloned().unwrap_or_default();
            let positions = obvious.positions.iter().filter(|position| position.stage != ENDED);
            let stands: BTreeMap<&Text, &Text> = positions.map(|p| (&p.life_cycle, &p.stage)).collect();
            // A life cycle that no version in force knows any more has no stage to tell.
            let known: BTreeSet<&Text> = obvious.positions.iter().map(|position| &position.life_cycle).collect();
            let announced = told.stages.iter().filter(|(name, _)| live.is_empty() || known.contains(name));
            let announced: BTreeMap<&Text, &Text> = announced.map(|(name, (stage, _))| (name, stage)).collect();
            assert_eq!(announced, stands, "what was told of contact {id} is where it stands");
            let within = obvious.segments.iter().filter(|segment| segment.standing == SegmentStanding::In);
            let within: BTreeSet<NameKey> = within.map(|segment| segment.of).collect();
            let announced: BTreeSet<NameKey> = told.segments.keys().map(|name| NameKey::of(name)).collect();
            assert_eq!(announced, within, "the segments that contact {id} was told to be in are those it is in");
        }
        let mut stand: BTreeMap<(&Text, &Text), u64> = BTreeMap::new();
        let everybody = self.told.values().chain(self.told_of.values());
        for (life_cycle, (stage, _)) in everybody.flat_map(|told| &told.stages) {
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
                let positions = head.aggregate.positions.iter().filter(|position| position.stage != ENDED);
                assert_eq!(stages, positions.map(|position| &position.stage).collect::<Vec<_>>());
                assert_eq!(state.sequence, head.transitions);
                // Time alone changes what is read as of a moment; everything else was told when it changed.
                let fresh = self.engine.state(&mut self.rows.clone(), contact(id)).expect("rows in memory");
                let fresh = fresh.map(|fresh| ContactState {
                    recorded_at: state.recorded_at,
                    scores: state.scores.clone(),
                    top_solution: state.top_solution.clone(),
                    next_content: state.next_content.clone(),
                    next_channel: state.next_channel.clone(),
                    variants: state.variants.clone(),
                    ..fresh
                });
                assert_eq!(Some(state), fresh.as_ref(), "the published state of contact {id}");
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
