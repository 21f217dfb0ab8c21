//! One partition's engine: inputs in, effects out. Holds no state of its own but the compiled playbook versions and the
//! list of subjects to publish at the end of the transaction.

use crate::account::{self, Heard, Summary};
use crate::account_facts;
use crate::account_stage;
use crate::aggregate::Aggregate;
use crate::census::Census;
use crate::contact::Home;
pub use crate::contact::Horizon;
use crate::fit::fit;
use crate::handoffs::desk::Desk;
use crate::handoffs::team;
use crate::head::Head;
use crate::input::{Counted, Effect, Input};
use crate::programmes;
use crate::readings;
use crate::recommend;
use crate::rows::{self, PARTITION_KEY, PartitionRow, Row, Rows};
use crate::scoring::value;
use crate::segments;
use crate::teller::{milestones, playbook_version, top_issue, top_solution};
use crate::tier;
use crate::variants;
use crate::version::{Activation, NameKey, Version, VersionIx, Versions};
use playbook::model::ENDED;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use touchpoint::limits::OWN_SOURCE;
use touchpoint::output::{AttributeState, ContactState, FitReading, ScoreStanding, StageStanding};
use touchpoint::{AccountId, ContactId, Delivery, SubjectId, Text, Timestamp};

/// Compiled playbooks by content hash, as far as they have been fetched.
pub type Playbooks = HashMap<Text, Arc<Version>>;

/// Why an input cannot be applied now.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError<E> {
    /// The store failed.
    #[error("store: {0}")]
    Store(E),
    /// The playbook of this hash is not there yet: fetch it and apply the input again.
    #[error("playbook {0} is not there yet")]
    PlaybookMissing(Text),
    /// A contact's message at an account's home, or the like: the sender is wrong.
    #[error("a {input} does not belong to {subject}")]
    Misdirected { input: &'static str, subject: String },
}

impl<E> From<E> for ApplyError<E> {
    fn from(error: E) -> Self {
        Self::Store(error)
    }
}

/// Subjects whose timers fire in one tick at the most: the rest follows with the next, so that a tick after a long stop
/// does not become one endless transaction.
pub const DUE_PER_TICK_MAX: usize = 2_000;

/// A tick more than this ahead of its record's broker time is refused: its writer's clock is wrong.
pub const TICK_AHEAD_MAX_MILLIS: i64 = 60_000;

/// The engine of one partition.
#[derive(Debug, Default)]
pub struct Engine {
    versions: Versions,
    time: Option<Timestamp>,
    loaded: bool,
    horizon: Horizon,
    /// Those to publish, with repetitions.
    contacts: Vec<ContactId>,
    accounts: BTreeSet<AccountId>,
    census: Census,
}

/// Contacts visited per tick after an activation, and slices of ids looked at for them: the sweep that brings the new
/// version to those who do nothing.
pub const SWEEP_CONTACTS_PER_TICK: usize = 500;
const SWEEP_SLICES_PER_TICK: usize = 4_096;

impl Engine {
    /// An engine whose ledgers reach less far back than usual.
    pub fn with_horizon(horizon: Horizon) -> Self {
        Self { horizon, ..Self::default() }
    }

    /// Applies one input of the inbox. `subject` is the record's key (`None` for ticks and activations), `written_at`
    /// its broker time.
    ///
    /// # Errors
    /// See [`ApplyError`]. State and effects are then unchanged but for rows put before the error; the caller abandons
    /// the transaction.
    pub fn apply<R: Rows>(
        &mut self,
        rows: &mut R,
        playbooks: &Playbooks,
        subject: Option<SubjectId>,
        input: Input,
        written_at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        self.load(rows, playbooks)?;
        let told = out.len();
        self.take(rows, playbooks, subject, input, written_at, out)?;
        self.census.count(&out[told..]);
        Ok(())
    }

    fn take<R: Rows>(
        &mut self,
        rows: &mut R,
        playbooks: &Playbooks,
        subject: Option<SubjectId>,
        input: Input,
        written_at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        match (input, subject) {
            (Input::Tick(at), _) => self.tick(rows, at, written_at, out),
            (Input::Activation(activation), _) => self.activate(rows, playbooks, activation),
            (Input::Delivery(delivery), Some(SubjectId::Contact(contact))) => {
                self.deliver(rows, contact, delivery, out)
            }
            (Input::Delivery(delivery), Some(SubjectId::Account(account))) => {
                self.deliver_to_account(rows, account, delivery, out)
            }
            (Input::Summary(summary), Some(SubjectId::Account(account))) => self.summarise(rows, account, summary, out),
            (Input::Request(request), Some(desk @ (SubjectId::Account(_) | SubjectId::Contact(_)))) => {
                let now = self.time.map_or(request.told_at, |time| time.max(request.told_at));
                if let Some(desk) = Desk::open(rows, &self.versions, desk, now, out)? {
                    desk.hear(*request)?;
                }
                Ok(())
            }
            (Input::Given(given), Some(desk @ (SubjectId::Account(_) | SubjectId::Contact(_)))) => {
                let now = self.time.map_or(given.told_at, |time| time.max(given.told_at));
                if let Some(desk) = Desk::open(rows, &self.versions, desk, now, out)? {
                    desk.given(given)?;
                }
                Ok(())
            }
            (Input::Team(work), Some(SubjectId::Team(team))) => {
                let now = self.time.unwrap_or(Timestamp::MIN);
                Ok(team::hear(rows, &self.versions, team, work, now, out)?)
            }
            (Input::Request(_), subject) => Err(misdirected("request", subject)),
            (Input::Given(_), subject) => Err(misdirected("team's answer", subject)),
            (Input::Team(_), subject) => Err(misdirected("desk's wish", subject)),
            (Input::Delivery(_), subject) => Err(misdirected("delivery", subject)),
            (Input::Summary(_), subject) => Err(misdirected("summary", subject)),
        }
    }

    /// Publishes what changed since the last call: once a transaction, however many inputs a subject had.
    ///
    /// # Errors
    /// When the store fails.
    pub fn publish<R: Rows>(&mut self, rows: &mut R, out: &mut Vec<Effect>) -> Result<(), R::Error> {
        let now = self.time.filter(|_| !self.versions.is_empty());
        let mut contacts = std::mem::take(&mut self.contacts);
        contacts.sort_unstable();
        contacts.dedup();
        for contact in contacts.drain(..) {
            // Without a playbook and a tick there is nothing to say, and no "as of when": its row is due as soon as
            // there are both.
            if let Some(now) = now {
                publish_contact(rows, &self.versions, contact, now, out)?;
            }
        }
        self.contacts = contacts;
        for account in std::mem::take(&mut self.accounts) {
            match now {
                Some(now) => account::publish(rows, &self.versions, account, now, out)?,
                None => account::wait(rows, account)?,
            }
        }
        if let Some(standing) = self.census.changed() {
            let mut row = partition_row(rows)?;
            row.standing = standing;
            rows.put(PARTITION_KEY.to_vec(), Row::Partition(row));
        }
        Ok(())
    }

    /// A contact's state as it would be published now; `None`: there is no such contact, or no playbook in force.
    ///
    /// # Errors
    /// When the store fails.
    pub fn state<R: Rows>(&self, rows: &mut R, contact: ContactId) -> Result<Option<ContactState>, R::Error> {
        let Some((now, in_force)) = self.time.and_then(|now| Some((now, self.versions.at(now)?))) else {
            return Ok(None);
        };
        let head = match rows.get(&rows::head_key(contact))? {
            Some(Row::Head(head)) if head.rows > 0 => head,
            _ => return Ok(None),
        };
        Ok(Some(contact_state(&self.versions, in_force, contact, head, now)))
    }

    /// Partition time: the largest tick so far.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// How many subjects stand at each stage that somebody stood at since this engine was made, zeros included.
    pub fn standing(&self) -> impl Iterator<Item = (&Text, &Text, u64)> {
        self.census.iter()
    }

    /// Names of the scores of the playbook version in force now.
    pub fn scores(&self) -> impl Iterator<Item = &Text> {
        let version = self.time.and_then(|time| self.versions.at(time));
        version.into_iter().flat_map(|(_, version)| &version.model.scores).map(|score| &score.name)
    }

    /// Hash of the playbook version in force now.
    pub fn in_force(&self) -> Option<&Text> {
        self.versions.hash_at(self.time?)
    }

    fn load<R: Rows>(&mut self, rows: &mut R, playbooks: &Playbooks) -> Result<(), ApplyError<R::Error>> {
        if self.loaded {
            return Ok(());
        }
        let row = partition_row(rows)?;
        self.versions = versions_of(row.activations, playbooks).map_err(ApplyError::PlaybookMissing)?;
        self.census = Census::of(row.standing);
        self.time = row.time;
        self.loaded = true;
        Ok(())
    }

    fn activate<R: Rows>(
        &mut self,
        rows: &mut R,
        playbooks: &Playbooks,
        activation: Activation,
    ) -> Result<(), ApplyError<R::Error>> {
        let version = playbooks.get(&activation.hash).cloned();
        let version = version.ok_or_else(|| ApplyError::PlaybookMissing(activation.hash.clone()))?;
        if self.versions.says_already(&activation) {
            return Ok(());
        }
        let mut row = partition_row(rows)?;
        row.activations.push(activation.clone());
        // Those who were here before the first playbook are due by themselves; for content that is in force then anyway
        // nobody need be looked at.
        if !self.versions.is_empty() && !self.versions.has_in_force(&activation) {
            row.sweep = Some(0);
        }
        rows.put(PARTITION_KEY.to_vec(), Row::Partition(row));
        self.versions.activate(activation, version);
        Ok(())
    }

    fn tick<R: Rows>(
        &mut self,
        rows: &mut R,
        at: Timestamp,
        written_at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        let stale = self.time.is_some_and(|time| at <= time);
        let ahead = at.millis_since(written_at) > TICK_AHEAD_MAX_MILLIS;
        if ahead {
            out.push(Effect::Counted(Counted::TickRefused));
        }
        if stale || ahead {
            return Ok(());
        }
        let mut row = partition_row(rows)?;
        if self.time.is_some_and(|before| self.versions.hash_at(before) != self.versions.hash_at(at)) {
            // The moment that a version was activated for has come.
            row.sweep = Some(0);
        }
        self.time = Some(at);
        row.time = Some(at);
        if !self.versions.is_empty() {
            for key in rows.due(at, DUE_PER_TICK_MAX)? {
                if let Some(contact) = rows::contact_of(&key) {
                    self.visit(rows, contact, out)?;
                }
                if let Some((desk, handoff)) = rows::handoff_of(&key)
                    && let Some(desk) = Desk::open(rows, &self.versions, desk, at, out)?
                {
                    desk.due(handoff)?;
                }
                if let Some(team) = rows::team_of(&key) {
                    team::give(rows, &self.versions, team, at, out)?;
                }
                if let Some(account) = rows::account_of(&key) {
                    account_stage::look(rows, &self.versions, account, at, None, out)?;
                    self.accounts.insert(account);
                }
            }
            row.sweep = self.sweep(rows, row.sweep, out)?;
        }
        rows.put(PARTITION_KEY.to_vec(), Row::Partition(row));
        Ok(())
    }

    /// Visits the next contacts that do not know of the last activation, or were told by another version than the one in
    /// force; returns where to go on.
    fn sweep<R: Rows>(
        &mut self,
        rows: &mut R,
        from: Option<u16>,
        out: &mut Vec<Effect>,
    ) -> Result<Option<u16>, R::Error> {
        let Some(from) = from else { return Ok(None) };
        let (known, now) = (self.versions.len(), self.time.unwrap_or(Timestamp::MIN));
        let mut visited = 0;
        for slice in (from..=u16::MAX).take(SWEEP_SLICES_PER_TICK) {
            if visited >= SWEEP_CONTACTS_PER_TICK {
                return Ok(Some(slice));
            }
            for (key, row) in rows.scan(&rows::head_slice(slice))? {
                let Row::Head(head) = row else { continue };
                let behind = usize::from(head.folded_with) < known
                    || (head.rows > 0 && self.versions.is_told_otherwise(head.told_by, now));
                if let Some(contact) = rows::contact_of(&key).filter(|_| behind) {
                    self.visit(rows, contact, out)?;
                    visited += 1;
                }
            }
        }
        Ok(from.checked_add(SWEEP_SLICES_PER_TICK as u16))
    }

    fn visit<R: Rows>(&mut self, rows: &mut R, contact: ContactId, out: &mut Vec<Effect>) -> Result<(), R::Error> {
        if self.home(rows, contact).due(out)? {
            self.contacts.push(contact);
        }
        Ok(())
    }

    fn home<'a, R: Rows>(&'a self, rows: &'a mut R, contact: ContactId) -> Home<'a, R> {
        // Before the first tick nothing is later than the inputs themselves.
        let now = self.time.unwrap_or(Timestamp::MIN);
        Home { rows, versions: &self.versions, horizon: self.horizon, now, contact }
    }

    fn deliver<R: Rows>(
        &mut self,
        rows: &mut R,
        contact: ContactId,
        delivery: Delivery,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        let mut home = self.home(rows, contact);
        let changed = match delivery {
            Delivery::Touchpoint(delivered) => home.place(*delivered, out)?,
            Delivery::Withdraw { via, replaced } => home.withdraw(via, &replaced, out)?,
            Delivery::Recall { via, from, until } => home.recall(via, from, until, out)?,
            Delivery::Erase { via } => home.erase(via, out)?,
        };
        if changed {
            self.contacts.push(contact);
        }
        Ok(())
    }

    fn deliver_to_account<R: Rows>(
        &mut self,
        rows: &mut R,
        account: AccountId,
        delivery: Delivery,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        let said = match &delivery {
            Delivery::Touchpoint(delivered) => Some(delivered.touchpoint.clone()),
            Delivery::Withdraw { .. } | Delivery::Recall { .. } | Delivery::Erase { .. } => None,
        };
        let changed = match delivery {
            Delivery::Touchpoint(delivered) => account_facts::learn(rows, account, *delivered, out)?,
            Delivery::Withdraw { via, replaced } => account_facts::withdraw(rows, account, via, &replaced, out)?,
            Delivery::Recall { via, from, until } => account_facts::recall(rows, account, via, from, until, out)?,
            // A company is no person.
            Delivery::Erase { .. } => false,
        };
        if changed {
            if let Some(now) = self.time {
                account_stage::look(rows, &self.versions, account, now, said.as_ref(), out)?;
            }
            self.accounts.insert(account);
        }
        Ok(())
    }

    fn summarise<R: Rows>(
        &mut self,
        rows: &mut R,
        account: AccountId,
        summary: Summary,
        out: &mut Vec<Effect>,
    ) -> Result<(), ApplyError<R::Error>> {
        if account::summarise(rows, &self.versions, account, summary)? {
            if let Some(now) = self.time {
                account_stage::look(rows, &self.versions, account, now, None, out)?;
            }
            self.accounts.insert(account);
        }
        Ok(())
    }
}

fn misdirected<E>(input: &'static str, subject: Option<SubjectId>) -> ApplyError<E> {
    let subject = subject.map_or_else(|| "no subject".to_owned(), |subject| subject.to_string());
    ApplyError::Misdirected { input, subject }
}

/// The versions of a partition with their content; the hash of the first that is not there.
pub(crate) fn versions_of(activations: Vec<Activation>, playbooks: &Playbooks) -> Result<Versions, Text> {
    let mut versions = Versions::default();
    for activation in activations {
        let version = playbooks.get(&activation.hash).cloned().ok_or_else(|| activation.hash.clone())?;
        versions.activate(activation, version);
    }
    Ok(versions)
}

pub(crate) fn partition_row<R: Rows>(rows: &mut R) -> Result<PartitionRow, R::Error> {
    Ok(match rows.get(PARTITION_KEY)? {
        Some(Row::Partition(row)) => row.clone(),
        _ => PartitionRow::default(),
    })
}

fn publish_contact<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let Some((told_by, version)) = versions.at(now) else { return Ok(()) };
    let Some(Row::Head(head)) = rows.get_mut(&rows::head_key(contact))? else { return Ok(()) };
    head.told_by = told_by;
    let state = (head.rows > 0).then(|| Box::new(contact_state(versions, (told_by, version), contact, head, now)));
    out.push(Effect::Contact(contact, state));
    summaries(version, contact, head, out);
    Ok(())
}

/// The contact's whole part in each account it belongs or belonged to, where it is not what the account knows already.
fn summaries(version: &Version, contact: ContactId, head: &mut Head, out: &mut Vec<Effect>) {
    let aggregate = &head.aggregate;
    let role = aggregate.answer("authority");
    let role = role.and_then(|answered| answered.value.as_text()).map(Text::new);
    let mut accounts: BTreeSet<AccountId> = aggregate.memberships.iter().map(|membership| membership.account).collect();
    accounts.extend(aggregate.facts.account);
    let mut told = Vec::with_capacity(accounts.len());
    let left = head.summarised.iter().map(|(account, _)| *account).filter(|account| !accounts.contains(account));
    for account in accounts.iter().copied().chain(left) {
        let membership = aggregate.memberships.iter().find(|membership| membership.account == account);
        let here = aggregate.facts.account == Some(account);
        let mut summary = Summary {
            contact,
            sequence: 0,
            member: here,
            known: aggregate.facts.known,
            sums: membership.map(|membership| membership.sums.clone()).unwrap_or_default(),
            last_active_at: membership.filter(|_| here).and_then(|membership| membership.last_active_at),
            // Who has left keeps what was earned there, but covers no role.
            role: role.clone().filter(|_| here),
            unit: aggregate.facts.account_unit.clone().filter(|_| here),
            segments: if here { counted(version, aggregate) } else { Vec::new() },
            attributes: if here { heard(version, aggregate) } else { Vec::new() },
        };
        let hash = summary.content_hash();
        if accounts.contains(&account) {
            told.push((account, hash));
        }
        if !head.summarised.contains(&(account, hash)) {
            head.summaries += 1;
            summary.sequence = head.summaries;
            out.push(Effect::Summary(account, summary));
        }
    }
    head.summarised = told;
}

/// The segments that accounts count, of those that the contact is in.
fn counted(version: &Version, aggregate: &Aggregate) -> Vec<NameKey> {
    let mut counted: Vec<_> =
        version.counted().iter().copied().filter(|key| segments::is_in(aggregate, *key)).collect();
    counted.sort_unstable();
    counted
}

/// What the contact heard of its company; what the company told it itself is no news there.
fn heard(version: &Version, aggregate: &Aggregate) -> Vec<Heard> {
    let attributes = aggregate.facts.account_attributes.iter();
    let asked = attributes.filter(|attribute| version.account_attributes().binary_search(&attribute.name).is_ok());
    let heard = asked.filter(|attribute| attribute.source != OWN_SOURCE);
    heard.map(|a| Heard { name: a.name.clone(), value: a.value.clone(), since: a.since }).collect()
}

fn contact_state(
    versions: &Versions,
    (version_ix, version): (VersionIx, &Version),
    contact: ContactId,
    head: &Head,
    now: Timestamp,
) -> ContactState {
    let aggregate = &head.aggregate;
    // What is known may be a little later than partition time, and has not grown backwards from there.
    let read_at = aggregate.at.map_or(now, |at| at.max(now));
    let facts = &aggregate.facts;
    let model = &version.model;
    let fitted = fit(model, facts);
    let scores = version.scores().map(|score| ScoreStanding {
        name: model.scores[usize::from(score.0)].name.clone(),
        points_milli: value(aggregate, version, score, read_at),
    });
    let attribute = |attribute: &crate::aggregate::Attribute| {
        let state = AttributeState {
            value: attribute.value.clone(),
            source: Some(attribute.source.clone()),
            since: Some(attribute.since),
        };
        (attribute.name.clone(), state)
    };
    let answers = aggregate.answers.iter().map(|answered| {
        let state = AttributeState {
            value: answered.value.clone(),
            source: Some(answered.source.clone()),
            since: Some(answered.at),
        };
        (answered.question.clone(), state)
    });
    let next = recommend::next_content(versions, (version_ix, version), aggregate, read_at);
    let (next_content, next_channel) =
        next.map(|next| (model.assets[usize::from(next.asset.0)].name.clone(), next.channel)).unzip();
    ContactState {
        contact_id: contact,
        sequence: head.transitions,
        recorded_at: now,
        known: facts.known,
        reachable: Some(facts.reachable()),
        merged_into: None,
        formerly: None,
        account_id: facts.account,
        account_unit: facts.account_unit.clone(),
        stages: aggregate
            .positions
            .iter()
            .filter(|position| position.stage != ENDED)
            .map(|p| StageStanding { life_cycle: p.life_cycle.clone(), stage: p.stage.clone(), since: p.since })
            .collect(),
        scores: scores.collect(),
        fit: Some(FitReading { points_milli: fitted.points, grade: fitted.grade }),
        milestones: aggregate.positions.iter().flat_map(milestones).collect(),
        recycle_count: aggregate.positions.iter().map(|position| position.recycle_count).sum(),
        reading: readings::named(aggregate, version),
        top_solution: top_solution(version, aggregate, read_at),
        top_issue: top_issue(aggregate),
        tier: tier::named(version, facts).map(|tier| tier.name.clone()),
        owner: tier::owner(version, facts, aggregate.positions.first()),
        first_source: facts.first_origin.clone(),
        segments: Some(segments::named(aggregate, versions, version)),
        next_content,
        next_channel,
        variants: variants::shown(versions, (version_ix, version), aggregate, read_at),
        programmes: programmes::named(&head.programmes, version),
        answers: answers.collect(),
        attributes: facts.contact_attributes.iter().map(attribute).collect(),
        identifiers: facts.identifiers.clone(),
        person: facts.person.as_deref().cloned(),
        consent: facts.consent.clone(),
        playbook: playbook_version(version),
    }
}
