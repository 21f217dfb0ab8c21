//! Playbook versions in force: an input is scored by the version in force when it occurred.

mod behaviours;

use crate::askers::{Asker, Askers};
use crate::content_map::ContentMap;
use crate::handoffs::HandoffKeys;
use crate::programmes::ProgrammeKeys;
use crate::rests::Rests;
use crate::segments;
use crate::touchpoint_words::TouchpointWords;
use behaviours::Behaviours;
use playbook::model::{
    BehaviourIx, Entry, EntryBy, GroupIx, Handoff, LifeCycle, Model, ReadingIx, Rule, RuleIx, ScoreIx, Segment,
    SegmentIx,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use touchpoint::{Text, Timestamp};

/// A rule's, score's or asset's name as 32 bits: what state keeps of it, the same in every version of the playbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameKey(u32);

impl NameKey {
    /// FNV-1a (Fowler, Noll, Vo), 32 bits.
    pub fn of(name: &str) -> Self {
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self(hash)
    }
}

impl fmt::Display for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for NameKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text, 16).map(Self)
    }
}

/// A model with the keys that state uses for its names.
#[derive(Debug)]
pub struct Version {
    pub model: Model,
    score_keys: Vec<NameKey>,
    rule_keys: Vec<NameKey>,
    group_keys: Vec<NameKey>,
    /// Sorted by key.
    rules_by_key: Vec<(NameKey, RuleIx)>,
    behaviours: Behaviours,
    reading_keys: Vec<NameKey>,
    /// By reading: the rules that give points when it begins.
    rewards: Vec<Vec<RuleIx>>,
    pub(crate) content: ContentMap,
    segment_keys: Vec<NameKey>,
    /// Segments that time alone lets somebody enter or leave.
    timed_segments: Vec<SegmentIx>,
    /// Segments that accounts count.
    counted: Vec<NameKey>,
    /// Those that contacts hear of, with the largest number that anybody asks for.
    signalled: Vec<(NameKey, u32)>,
    /// Attributes of accounts that anything rests on, sorted.
    account_attributes: Vec<Text>,
    /// By life cycle: stages and their entries that time alone opens.
    timed_entries: Vec<Vec<(usize, usize)>>,
    touchpoint_words: TouchpointWords,
    pub(crate) programmes: ProgrammeKeys,
    pub(crate) handoffs: HandoffKeys,
    pub(crate) askers: Askers,
    /// What a contact's state says.
    pub(crate) published: Rests,
}

/// Two names of a playbook have the same key: rename one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the names `{0}` and `{1}` cannot stand in one playbook (their keys collide); rename one of them")]
pub struct KeyCollision(Text, Text);

impl Version {
    /// # Errors
    /// When two rules, scores or pieces of content of the playbook have the same key.
    pub fn new(model: Model) -> Result<Self, KeyCollision> {
        let score_keys = keys(model.scores.iter().map(|score| &score.name))?;
        let rule_keys = keys(model.rules.iter().map(|rule| &rule.id))?;
        let group_keys = model.groups.iter().map(|group| NameKey::of(&group.name)).collect();
        let mut rules_by_key: Vec<_> =
            rule_keys.iter().enumerate().map(|(at, key)| (*key, RuleIx(at as u16))).collect();
        rules_by_key.sort_unstable();
        let behaviours = Behaviours::of(&model)?;
        let reading_keys = keys(model.readings.iter().map(|reading| &reading.name))?;
        let mut rewards = vec![Vec::new(); model.readings.len()];
        for (ix, rule) in (0..).map(RuleIx).zip(&model.rules) {
            if let Some(reading) = rule.reading {
                rewards[usize::from(reading.0)].push(ix);
            }
        }
        let segment_keys = keys(model.segments.iter().map(|segment| &segment.name))?;
        let timed_segments = (0..).map(SegmentIx).zip(&model.segments).filter(|(_, one)| segments::turns_by_time(one));
        let timed_segments = timed_segments.map(|(ix, _)| ix).collect();
        let key = |ix: SegmentIx| segment_keys[usize::from(ix.0)];
        let counted = model.counted_segments().into_iter().map(key).collect();
        let signalled = model.signalled_segments().into_iter().map(|(ix, most)| (key(ix), most)).collect();
        let account_attributes = model.account_attributes().into_iter().collect();
        let timed_entries = model.life_cycles.iter().map(timed_entries).collect();
        let content = ContentMap::of(&model)?;
        let touchpoint_words = TouchpointWords::of(&model);
        let programme_keys = keys(model.programmes.iter().map(|programme| &programme.name))?;
        let programmes = ProgrammeKeys::of(&model, programme_keys);
        let handoffs = HandoffKeys::of(&model, keys(model.handoffs.iter().map(|handoff| &handoff.name))?);
        let askers = Askers::of(&model);
        let published = Rests::published(&model);
        Ok(Self {
            model,
            score_keys,
            rule_keys,
            group_keys,
            rules_by_key,
            behaviours,
            reading_keys,
            rewards,
            content,
            segment_keys,
            timed_segments,
            counted,
            signalled,
            account_attributes,
            timed_entries,
            touchpoint_words,
            programmes,
            handoffs,
            askers,
            published,
        })
    }

    pub fn segment_key(&self, segment: SegmentIx) -> NameKey {
        self.segment_keys[usize::from(segment.0)]
    }

    pub fn segment_of(&self, key: NameKey) -> Option<SegmentIx> {
        self.segment_keys.iter().position(|have| *have == key).map(|at| SegmentIx(at as u16))
    }

    /// The place of a programme.
    pub(crate) fn programme_of(&self, key: NameKey) -> Option<usize> {
        self.programmes.keys.iter().position(|have| *have == key)
    }

    /// Segments that time alone lets somebody enter or leave.
    pub fn timed_segments(&self) -> impl Iterator<Item = SegmentIx> {
        self.timed_segments.iter().copied()
    }

    /// Segments that accounts count.
    pub fn counted(&self) -> &[NameKey] {
        &self.counted
    }

    /// Segments whose members contacts hear of, with the largest number that anybody asks for.
    pub fn signalled(&self) -> &[(NameKey, u32)] {
        &self.signalled
    }

    /// Attributes of accounts that anything rests on, sorted.
    pub fn account_attributes(&self) -> &[Text] {
        &self.account_attributes
    }

    /// Those whose answers time alone turns, segments among them or not.
    pub(crate) fn timed_askers(&self, with_segments: bool) -> impl Iterator<Item = Asker> {
        let segments = self.timed_segments.iter().filter(move |_| with_segments).map(|ix| Asker::Segment(*ix));
        let readings = (0..self.model.readings.len() as u16).map(|ix| Asker::Reading(ReadingIx(ix)));
        let life_cycles = (0..self.model.life_cycles.len()).map(Asker::LifeCycle);
        segments.chain(readings).chain(life_cycles)
    }

    /// Of a life cycle, by its place: stages and their entries that time alone opens.
    pub fn timed_entries(&self, life_cycle: usize) -> &[(usize, usize)] {
        &self.timed_entries[life_cycle]
    }

    /// What the touchpoints are called that open stages.
    pub(crate) fn touchpoint_words(&self) -> &TouchpointWords {
        &self.touchpoint_words
    }

    pub fn behaviour_key(&self, behaviour: BehaviourIx) -> NameKey {
        self.behaviours.keys[usize::from(behaviour.0)]
    }

    /// What the behaviour is made of.
    pub fn definition_key(&self, behaviour: BehaviourIx) -> NameKey {
        self.behaviours.definitions[usize::from(behaviour.0)]
    }

    /// The behaviours that are made of this one.
    pub fn made_of(&self, behaviour: BehaviourIx) -> &[BehaviourIx] {
        &self.behaviours.made_of[usize::from(behaviour.0)]
    }

    pub fn unanswered(&self) -> impl Iterator<Item = BehaviourIx> {
        self.behaviours.unanswered.iter().copied()
    }

    pub fn after_silence(&self) -> impl Iterator<Item = BehaviourIx> {
        self.behaviours.after_silence.iter().copied()
    }

    pub fn reading_key(&self, reading: ReadingIx) -> NameKey {
        self.reading_keys[usize::from(reading.0)]
    }

    pub fn reading_of(&self, key: NameKey) -> Option<ReadingIx> {
        self.reading_keys.iter().position(|have| *have == key).map(|at| ReadingIx(at as u16))
    }

    /// The rules that give points when the reading begins.
    pub fn rewards(&self, reading: ReadingIx) -> &[RuleIx] {
        &self.rewards[usize::from(reading.0)]
    }

    pub fn score_key(&self, score: ScoreIx) -> NameKey {
        self.score_keys[usize::from(score.0)]
    }

    pub fn rule_key(&self, rule: RuleIx) -> NameKey {
        self.rule_keys[usize::from(rule.0)]
    }

    pub fn group_key(&self, group: GroupIx) -> NameKey {
        self.group_keys[usize::from(group.0)]
    }

    pub fn score_of(&self, key: NameKey) -> Option<ScoreIx> {
        self.score_keys.iter().position(|&have| have == key).map(|at| ScoreIx(at as u16))
    }

    pub fn rule_of(&self, key: NameKey) -> Option<RuleIx> {
        let at = self.rules_by_key.binary_search_by_key(&key, |(have, _)| *have).ok()?;
        Some(self.rules_by_key[at].1)
    }

    pub fn scores(&self) -> impl Iterator<Item = ScoreIx> + use<> {
        (0..self.score_keys.len()).map(|at| ScoreIx(at as u16))
    }
}

fn timed_entries(life_cycle: &LifeCycle) -> Vec<(usize, usize)> {
    let opens = |entry: &Entry| {
        entry.by != EntryBy::Feedback && !entry.when.needs_touchpoint() && entry.when.turns_by_time(true)
    };
    let of_stage = |(stage, entries): (usize, &Vec<Entry>)| {
        let timed = entries.iter().enumerate().filter(|(_, entry)| opens(entry));
        timed.map(|(entry, _)| (stage, entry)).collect::<Vec<_>>()
    };
    life_cycle.stages.iter().map(|stage| &stage.entries).enumerate().flat_map(of_stage).collect()
}

pub(crate) fn keys<'a>(names: impl Iterator<Item = &'a Text>) -> Result<Vec<NameKey>, KeyCollision> {
    let mut seen: HashMap<NameKey, &Text> = HashMap::new();
    let mut keys = Vec::new();
    for name in names {
        let key = NameKey::of(name);
        if let Some(other) = seen.insert(key, name) {
            return Err(KeyCollision(other.clone(), name.clone()));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// An activation: which content, from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// [`Model::hash`].
    pub hash: Text,
    /// Inputs that occurred from here on are scored by it.
    pub effective_at: Timestamp,
}

/// Which of several activations, in the order in which they were made, is in force at `at`: of those effective by then
/// the latest effective (the last one, when equal); before the first the first. `None` when there is none.
pub fn in_force<'a>(activations: impl Iterator<Item = &'a Activation> + Clone, at: Timestamp) -> Option<usize> {
    let place = |(ix, activation): &(usize, &Activation)| (activation.effective_at, *ix);
    let all = activations.enumerate();
    let begun = all.clone().filter(|(_, activation)| activation.effective_at <= at).max_by_key(place);
    begun.or_else(|| all.min_by_key(place)).map(|(ix, _)| ix)
}

/// The versions of one partition in the order in which they were activated, with their compiled content.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    activated: Vec<(Activation, Arc<Version>)>,
    /// By version and behaviour: since when it has been watched without a gap, up to that version; `None`: from the
    /// beginning.
    watched: Vec<Vec<Option<Timestamp>>>,
}

/// Index of a version within its partition: the order of activation.
pub type VersionIx = u16;

impl Versions {
    pub fn activate(&mut self, activation: Activation, version: Arc<Version>) {
        let from = activation.effective_at;
        self.activated.push((activation, version));
        self.watched.push(Vec::new());
        // It changes what came before it in time for itself and for later ones: as a rule it is the last.
        for ix in (0..self.activated.len()).rev() {
            if self.activated[ix].0.effective_at >= from {
                self.watched[ix] = self.watched_until(ix);
            }
        }
    }

    /// Since when each of a version's behaviours has been watched.
    pub fn watched(&self, ix: VersionIx) -> &[Option<Timestamp>] {
        self.watched.get(usize::from(ix)).map(Vec::as_slice).unwrap_or_default()
    }

    fn watched_until(&self, ix: usize) -> Vec<Option<Timestamp>> {
        let (activation, version) = &self.activated[ix];
        // The versions before it in the order in which they come into force, the latest first.
        let mut former: Vec<_> = self.activated.iter().enumerate().collect();
        former.sort_by_key(|(at, (one, _))| (one.effective_at, *at));
        former.retain(|(at, (one, _))| (one.effective_at, *at) < (activation.effective_at, ix));
        // Of those that come into force together the last one counts.
        former.reverse();
        former.dedup_by_key(|(_, (one, _))| one.effective_at);
        former.retain(|(_, (one, _))| one.effective_at < activation.effective_at);
        let since = |key: &NameKey| {
            let mut since = activation.effective_at;
            for (_, (one, former)) in &former {
                if !former.behaviours.keys.contains(key) {
                    return Some(since);
                }
                since = one.effective_at;
            }
            None
        };
        version.behaviours.keys.iter().map(since).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.activated.is_empty()
    }

    pub fn len(&self) -> usize {
        self.activated.len()
    }

    /// What each version says, in the order in which they were activated.
    pub(crate) fn models(&self) -> impl Iterator<Item = &Model> {
        self.activated.iter().map(|(_, version)| &version.model)
    }

    /// The version in force at `at`, see [`in_force`]. `None` only when nothing was ever activated.
    pub fn at(&self, at: Timestamp) -> Option<(VersionIx, &Version)> {
        let ix = in_force(self.activated.iter().map(|(activation, _)| activation), at)?;
        Some((ix as VersionIx, self.activated[ix].1.as_ref()))
    }

    /// True when another playbook is in force at `now` than the one that a state was published by: its fit may have
    /// another grade.
    pub fn is_told_otherwise(&self, told_by: VersionIx, now: Timestamp) -> bool {
        let told_by = self.get(told_by).map(|version| &version.model.hash);
        told_by != self.hash_at(now)
    }

    /// The content that is in force at `at`.
    pub fn hash_at(&self, at: Timestamp) -> Option<&Text> {
        self.at(at).map(|(_, version)| &version.model.hash)
    }

    /// The first moment after `after` at which another version comes into force.
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        if self.activated.len() < 2 {
            return None;
        }
        let moments = || self.activated.iter().map(|(activation, _)| activation.effective_at);
        let earliest = moments().min()?;
        // The first version is in force from the beginning: its own moment changes nothing, unless another one takes its
        // place at that very moment.
        let is_replaced = moments().filter(|at| *at == earliest).nth(1).is_some();
        moments().filter(|at| *at > after && (*at > earliest || is_replaced)).min()
    }

    /// True when what was folded until `until`, knowing only the first `known` activations, may come out differently
    /// with all of them.
    pub fn changed_since(&self, known: usize, until: Timestamp) -> bool {
        (known..self.activated.len()).any(|ix| {
            let effective = self.activated[ix].0.effective_at;
            // Whatever is earlier than every version is scored by the earliest: a new earliest takes that over.
            effective <= until || self.activated[..ix].iter().all(|(have, _)| effective < have.effective_at)
        })
    }

    /// True when the very same was activated and counts from that moment on: the command was run again. What is in force
    /// then by an *earlier* moment is not the same: another version may yet be put between the two.
    pub fn says_already(&self, activation: &Activation) -> bool {
        let in_force = self.at(activation.effective_at).and_then(|(ix, _)| self.activated.get(usize::from(ix)));
        in_force.is_some_and(|(have, _)| have == activation)
    }

    /// True when its content is in force at its moment without it: nothing changes for now.
    pub fn has_in_force(&self, activation: &Activation) -> bool {
        self.hash_at(activation.effective_at) == Some(&activation.hash)
    }

    /// The life cycle of a name, as `version` has it, else as the last activated version that has it: who stands in a
    /// life cycle that was given up stands there still.
    pub fn life_cycle<'a>(&'a self, version: &'a Version, name: &str) -> Option<&'a LifeCycle> {
        self.newest_first(version).flat_map(|version| &version.model.life_cycles).find(|have| have.name == name)
    }

    /// A segment, in the same way.
    pub fn segment<'a>(&'a self, version: &'a Version, key: NameKey) -> Option<&'a Segment> {
        let there = |version: &'a Version| version.segment_of(key).map(|ix| &version.model.segments[usize::from(ix.0)]);
        self.newest_first(version).find_map(there)
    }

    /// A kind of hand-off, in the same way.
    pub fn handoff<'a>(&'a self, version: &'a Version, name: &str) -> Option<&'a Handoff> {
        self.newest_first(version).flat_map(|version| &version.model.handoffs).find(|have| have.name == name)
    }

    /// `version`, then all from the last activated one.
    fn newest_first<'a>(&'a self, version: &'a Version) -> impl Iterator<Item = &'a Version> {
        std::iter::once(version).chain(self.activated.iter().rev().map(|(_, version)| version.as_ref()))
    }

    /// A rule as the version that gave points by it has it.
    pub fn rule(&self, ix: VersionIx, rule: NameKey) -> Option<&Rule> {
        let version = self.get(ix)?;
        version.rule_of(rule).map(|ix| &version.model.rules[usize::from(ix.0)])
    }

    pub fn get(&self, ix: VersionIx) -> Option<&Version> {
        self.activated.get(usize::from(ix)).map(|(_, version)| version.as_ref())
    }
}
