//! The stage that a scenario is played on: one engine with one partition, and a clock that the scenario moves.

use super::file::{Repeat, Step};
use super::{Failure, line_of};
use engine::engine::{Engine, Playbooks};
use engine::fold::{Trace, advance, fold_row};
use engine::head::Head;
use engine::input::{Effect, Input};
use engine::ledger::LedgerRow;
use engine::memory::MapRows;
use engine::rows::{self, Row, Rows};
use engine::version::{Activation, Version, Versions};
use ingest::{Decoder, Outcomes, RawMeta};
use playbook::model::Model;
use serde_json::{Map, Value as Json, json};
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use touchpoint::output::{AccountState, Action, ContactState, Handoff, HandoffStatus, SegmentChange, StageTransition};
use touchpoint::{
    AccountId, ContactId, Delivered, Delivery, IdentifierKey, Outcome, Replaced, SubjectId, Timestamp, limits,
};

/// Who is meant when nobody is named.
const SOMEBODY: &str = "hanako";

/// A step at its moment.
pub(super) struct Due<'a> {
    pub(super) id: String,
    /// Which repetition, from 1.
    n: u32,
    at: Timestamp,
    pub(super) arrives: Timestamp,
    pub(super) line: Option<u64>,
    step: &'a Step,
}

pub(super) struct Stage {
    engine: Engine,
    rows: MapRows,
    playbooks: Playbooks,
    pub(super) version: Arc<Version>,
    pub(super) versions: Versions,
    decoder: Decoder,
    pub(super) now: Timestamp,
    /// Where each input's latest version stands.
    inputs: BTreeMap<String, (ContactId, Replaced)>,
    transitions: Vec<StageTransition>,
    segment_changes: Vec<SegmentChange>,
    actions: Vec<Action>,
    handoffs: Vec<Handoff>,
    states: BTreeMap<ContactId, ContactState>,
    accounts: BTreeMap<AccountId, AccountState>,
}

impl Stage {
    pub(super) fn new(model: Model) -> Result<Self, String> {
        let version = Arc::new(Version::new(model).map_err(|collision| collision.to_string())?);
        let hash = version.model.hash.clone();
        let decoder = Decoder::new(ingest::Settings::default()).map_err(|mistake| mistake.to_string())?;
        let mut stage = Self {
            engine: Engine::default(),
            rows: MapRows::default(),
            playbooks: Playbooks::from([(hash.clone(), version.clone())]),
            versions: Versions::default(),
            version,
            decoder,
            now: limits::EARLIEST,
            inputs: BTreeMap::new(),
            transitions: Vec::new(),
            segment_changes: Vec::new(),
            actions: Vec::new(),
            handoffs: Vec::new(),
            states: BTreeMap::new(),
            accounts: BTreeMap::new(),
        };
        let activation = Activation { hash, effective_at: limits::EARLIEST };
        stage.versions.activate(activation.clone(), stage.version.clone());
        stage.apply(None, Input::Activation(activation));
        Ok(stage)
    }

    /// Reads `2026-07-01 10:00` in the playbook's zone, or a time with an offset.
    pub(super) fn time(&self, text: &str) -> Result<Timestamp, String> {
        if let Ok(time) = Timestamp::parse(text) {
            return Ok(time);
        }
        let civil: jiff::civil::DateTime =
            text.parse().map_err(|_| format!("`{text}` is no time: write it as `2026-07-01 10:00`"))?;
        let zoned = civil.to_zoned(self.version.model.zone.clone()).map_err(|error| error.to_string())?;
        Ok(Timestamp::from_jiff(zoned.timestamp()))
    }

    /// A moment as the scenario would write it.
    pub(super) fn show(&self, at: Timestamp) -> String {
        let zoned = at.to_jiff().to_zoned(self.version.model.zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    /// The steps, each repetition for itself, in the order in which they arrive.
    pub(super) fn steps<'a>(&self, written: &'a [Spanned<Step>]) -> Result<Vec<Due<'a>>, Failure> {
        let mut steps = Vec::new();
        for (number, step) in written.iter().enumerate() {
            self.repetitions(number, step, &mut steps).map_err(|message| Failure::at(line_of(step), message))?;
        }
        steps.sort_by_key(|step| step.arrives);
        Ok(steps)
    }

    fn repetitions<'a>(
        &self,
        number: usize,
        written: &'a Spanned<Step>,
        steps: &mut Vec<Due<'a>>,
    ) -> Result<(), String> {
        let (line, step) = (line_of(written), &written.value);
        let id = step.id.clone().unwrap_or_else(|| (number + 1).to_string());
        let at = self.time(&step.at)?;
        let arrives = step.arrives.as_ref().map_or(Ok(at), |arrives| self.time(arrives))?;
        let repeat = step.repeat.unwrap_or(Repeat { every_days: 1, times: 1 });
        for n in 0..repeat.times {
            let later = |at: Timestamp| {
                let days = jiff::Span::new().days(repeat.every_days * i64::from(n));
                let zoned = at.to_jiff().to_zoned(self.version.model.zone.clone()).checked_add(days);
                zoned.map(|zoned| Timestamp::from_jiff(zoned.timestamp())).map_err(|error| error.to_string())
            };
            let id = if step.repeat.is_some() { format!("{id}.{}", n + 1) } else { id.clone() };
            steps.push(Due { id, n: n + 1, at: later(at)?, arrives: later(arrives)?, line, step });
        }
        Ok(())
    }

    /// Lets time pass: every timer on the way is told at its own moment.
    pub(super) fn advance_to(&mut self, to: Timestamp) {
        while let Some(due) = self.next_due().filter(|due| *due > self.now && *due <= to) {
            self.tick(due);
        }
        self.tick(to);
    }

    pub(super) fn step(&mut self, due: &Due<'_>) -> Result<(), String> {
        let step = due.step;
        if let Some(id) = &step.takes_back {
            let (home, replaced) = self.inputs.remove(id).ok_or_else(|| format!("there is no input `{id}`"))?;
            self.apply(
                Some(SubjectId::Contact(home)),
                Input::Delivery(Delivery::Withdraw { via: IdentifierKey(home.0), replaced }),
            );
            return Ok(());
        }
        let home = contact(step.who.as_deref().map(|who| who.replace("{n}", &due.n.to_string())).as_deref());
        let id = due.id.clone();
        let canonical = canonical(due)?;
        let mut outcomes = Outcomes::default();
        self.decoder.decode_value(&RawMeta::received_at(self.now), &canonical, &mut outcomes);
        let touchpoint = match outcomes.into_vec().pop() {
            Some(Outcome::Touchpoint(touchpoint)) => *touchpoint,
            Some(Outcome::Rejected(rejection)) => return Err(format!("{}: {}", rejection.field, rejection.message)),
            other => return Err(format!("not a touchpoint: {other:?}")),
        };
        let standing = Replaced {
            input: touchpoint.input.clone(),
            occurred_at: touchpoint.occurred_at,
            version: touchpoint.version.unwrap_or(0),
        };
        let former = self.inputs.get(&id).cloned();
        if former.is_none() || touchpoint.version.is_some() {
            self.inputs.insert(id, (home, standing));
        }
        // As the router does: a new version takes the place of the former one, or is taken from its home.
        let replaces = match former.filter(|_| touchpoint.version.is_some()) {
            Some((there, former)) if there != home => {
                self.apply(
                    Some(SubjectId::Contact(there)),
                    Input::Delivery(Delivery::Withdraw { via: IdentifierKey(there.0), replaced: former }),
                );
                None
            }
            Some((_, former)) => Some(former),
            None => None,
        };
        let domain = touchpoint.account.as_ref().and_then(|account| account.domain.clone());
        let delivered = Delivered {
            via: IdentifierKey(home.0),
            known: touchpoint.identifiers.iter().any(|identifier| identifier.kind.names()),
            account: domain.map(|domain| account(&domain)),
            arrived_at: self.now,
            replaces,
            touchpoint,
        };
        self.apply(Some(SubjectId::Contact(home)), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))));
        Ok(())
    }

    pub(super) fn transitions(&self, subject: SubjectId, life_cycle: &str) -> Vec<&StageTransition> {
        let all = self.transitions.iter();
        all.filter(|t| t.envelope.subject == subject && t.envelope.life_cycle.as_deref() == Some(life_cycle)).collect()
    }

    pub(super) fn segment_changes(&self, who: Option<&str>) -> Vec<&SegmentChange> {
        let subject = SubjectId::Contact(contact(who));
        self.segment_changes.iter().filter(|change| change.envelope.subject == subject).collect()
    }

    pub(super) fn actions(&self, who: Option<&str>) -> Vec<&Action> {
        let subject = SubjectId::Contact(contact(who));
        self.actions.iter().filter(|action| action.envelope.subject == subject).collect()
    }

    /// All that was told of hand-offs: of a contact, or of the company of a domain.
    pub(super) fn handoffs(&self, who: Option<&str>, domain: Option<&str>) -> Vec<&Handoff> {
        let is_about = |handoff: &&Handoff| match domain {
            Some(domain) => handoff.envelope.subject == SubjectId::Account(account(domain)),
            None => handoff.contact.contact_id == contact(who),
        };
        self.handoffs.iter().filter(is_about).collect()
    }

    /// How many hand-offs a team has given to its members, the first time each.
    pub(super) fn handed_out(&self, team: &str) -> Result<usize, String> {
        let mut teams = self.version.model.teams.iter();
        teams.find(|have| have.name == team).ok_or_else(|| format!("there is no team `{team}`"))?;
        let assigned =
            |told: &&Handoff| told.status == HandoffStatus::Assigned && told.to.team.as_deref() == Some(team);
        Ok(self.handoffs.iter().filter(assigned).count())
    }

    /// `Err` when the playbook has no such segment: nobody is ever in it.
    pub(super) fn is_segment(&self, name: &str) -> Result<(), String> {
        let there = self.version.model.segments.iter().any(|segment| segment.name == name);
        there.then_some(()).ok_or_else(|| format!("there is no segment `{name}`"))
    }

    /// The company of a domain as last published.
    pub(super) fn account(&self, domain: &str) -> Option<&AccountState> {
        self.accounts.get(&account(domain))
    }

    /// The last published state.
    pub(super) fn state(&self, who: Option<&str>) -> Option<&ContactState> {
        self.states.get(&contact(who))
    }

    pub(super) fn head(&self, who: Option<&str>) -> Option<&Head> {
        match self.rows.peek(&rows::head_key(contact(who))) {
            Some(Row::Head(head)) => Some(head),
            _ => None,
        }
    }

    /// What each input gives now: folded anew from the ledger.
    pub(super) fn trace(&self, who: Option<&str>) -> Trace {
        let contact = contact(who);
        let mut ledger: Vec<&LedgerRow> = Vec::new();
        for (key, row) in self.rows.iter().filter(|(key, _)| key.get(1..17) == Some(&contact.0[..])) {
            match row {
                Row::Tail(row) if key[0] == b'T' => ledger.push(row),
                Row::Chunk(chunk) => ledger.extend(chunk),
                _ => {}
            }
        }
        ledger.sort_by_cached_key(|row| row.place());
        let mut trace = Trace::default();
        let mut aggregate = engine::aggregate::Aggregate::default();
        ledger.into_iter().for_each(|row| fold_row(&self.versions, &mut aggregate, row, Some(&mut trace)));
        advance(&self.versions, &mut aggregate, self.now, Some(&mut trace));
        trace
    }

    fn next_due(&mut self) -> Option<Timestamp> {
        let Ok(keys) = self.rows.due(Timestamp::MAX, 1);
        self.rows.peek(keys.first()?).and_then(Row::due)
    }

    fn tick(&mut self, at: Timestamp) {
        self.now = at;
        self.apply(None, Input::Tick(at));
    }

    /// Applies an input and all that follows from it, in the order of the inbox.
    fn apply(&mut self, subject: Option<SubjectId>, input: Input) {
        let mut inbox = VecDeque::from([(subject, input)]);
        while let Some((subject, input)) = inbox.pop_front() {
            let mut out = Vec::new();
            // The broker's clock runs with the scenario's. Nothing can be missing: one playbook, rows in memory.
            let applied = self.engine.apply(&mut self.rows, &self.playbooks, subject, input, self.now, &mut out);
            debug_assert!(applied.is_ok(), "{applied:?}");
            let Ok(()) = self.engine.publish(&mut self.rows, &mut out);
            out.into_iter().for_each(|effect| self.carry_out(effect, &mut inbox));
        }
    }

    fn carry_out(&mut self, effect: Effect, inbox: &mut VecDeque<(Option<SubjectId>, Input)>) {
        match effect {
            Effect::StageTransition(transition) => self.transitions.push(*transition),
            Effect::SegmentChange(change) => self.segment_changes.push(*change),
            Effect::Action(action) => self.actions.push(*action),
            Effect::Handoff(handoff) => self.handoffs.push(*handoff),
            Effect::Contact(contact, Some(state)) => drop(self.states.insert(contact, *state)),
            Effect::Contact(contact, None) => drop(self.states.remove(&contact)),
            Effect::Send(subject, input) => inbox.push_back((Some(subject), *input)),
            Effect::Summary(account, summary) => {
                inbox.push_back((Some(SubjectId::Account(account)), Input::Summary(summary)));
            }
            Effect::Signal(contact, delivered) => {
                let told = Input::Delivery(Delivery::Touchpoint(delivered));
                inbox.push_back((Some(SubjectId::Contact(contact)), told));
            }
            Effect::Account(account, state) => drop(self.accounts.insert(account, *state)),
            Effect::ScoreChange(_) | Effect::Return(_) | Effect::Counted(_) => {}
        }
    }
}

/// The step as the canonical touchpoint, `{n}` filled in.
fn canonical(due: &Due<'_>) -> Result<Json, String> {
    let step = due.step;
    let what = step.what.as_deref().ok_or("say `what` happened, as `web page_view`")?;
    let (channel, kind) = what.split_once(' ').ok_or("`what` is a channel and a kind, as `web page_view`")?;
    let mut canonical = step.rest.clone();
    canonical.insert("source".into(), json!("scenario"));
    canonical.insert("id".into(), json!(due.id));
    canonical.insert("occurred_at".into(), json!(due.at.to_string()));
    canonical.insert("channel".into(), json!(channel));
    canonical.insert("kind".into(), json!(kind.trim()));
    let mut properties = Map::new();
    if let Some(url) = &step.url {
        let url = if url.starts_with('/') { format!("https://www.example.co.jp{url}") } else { url.clone() };
        properties.insert("url".into(), json!(url));
    }
    properties.extend(step.purpose.iter().map(|purpose| ("purpose".to_owned(), json!(purpose))));
    add(&mut canonical, "properties", properties);
    let mut identifiers = Map::new();
    for (kind, value) in
        [("email", &step.email), ("cookie", &step.cookie), ("crm_id", &step.crm_id), ("card", &step.card)]
    {
        identifiers.extend(value.iter().map(|value| (kind.to_owned(), json!(value))));
    }
    if identifiers.is_empty() && !canonical.contains_key("identifiers") {
        // Somebody it must be about: a browser of their own.
        let name = step.who.as_deref().unwrap_or(SOMEBODY);
        identifiers.insert("cookie".into(), json!(format!("scenario:{name}")));
    }
    add(&mut canonical, "identifiers", identifiers);
    let mut canonical = Json::Object(canonical);
    number(&mut canonical, due.n);
    Ok(canonical)
}

/// Fills `{n}` into every text.
fn number(value: &mut Json, n: u32) {
    match value {
        Json::String(text) if text.contains("{n}") => *text = text.replace("{n}", &n.to_string()),
        Json::Array(values) => values.iter_mut().for_each(|value| number(value, n)),
        Json::Object(fields) => fields.values_mut().for_each(|value| number(value, n)),
        _ => {}
    }
}

/// Adds entries to an object of the canonical form that may be there already.
fn add(canonical: &mut Map<String, Json>, field: &str, entries: Map<String, Json>) {
    if entries.is_empty() {
        return;
    }
    match canonical.get_mut(field) {
        Some(Json::Object(have)) => have.extend(entries),
        _ => drop(canonical.insert(field.to_owned(), Json::Object(entries))),
    }
}

pub(super) fn account(domain: &str) -> AccountId {
    AccountId(id_of(domain))
}

pub(super) fn contact(who: Option<&str>) -> ContactId {
    ContactId(id_of(who.unwrap_or(SOMEBODY)))
}

/// A name's bytes, spread over an id (FNV-1a, twice 64 bits).
fn id_of(name: &str) -> [u8; 16] {
    let hash =
        |seed: u64| name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x9ce4_8422_2325_cbf2));
    let mut id = [0; 16];
    id[..8].copy_from_slice(&high.to_be_bytes());
    id[8..].copy_from_slice(&low.to_be_bytes());
    id
}
