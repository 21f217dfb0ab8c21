//! What time brings to a hand-off, and who takes it then: warnings, breaches, the next member or team.

use super::desk::Desk;
use super::row::HandoffRow;
use super::saying::Said;
use super::team::team_id;
use super::watch::{Comes, Watch};
use super::{Given, TeamWork, Waiting};
use crate::input::{Effect, Input};
use crate::rows::{self, Row, Rows};
use playbook::model::{Breach, Team};
use touchpoint::output::HandoffStatus;
use touchpoint::{EventId, SubjectId, Text};

/// How often a hand-off is given to somebody else by itself: then it stays, and the team's lead knows.
const ROUNDS_MAX: usize = 5;

impl<'a, R: Rows> Desk<'a, R> {
    /// Time has come to where a row said it would.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn due(mut self, id: EventId) -> Result<(), R::Error> {
        let Some(Row::Handoff(row)) = self.rows.get(&rows::handoff_key(self.desk, id))? else { return Ok(()) };
        let mut row = row.clone();
        for at in 0..row.contacts.len() {
            // Who takes it then has all promises anew.
            if self.pass(&mut row, at) {
                break;
            }
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    /// True when somebody else is to take it.
    fn pass(&mut self, row: &mut HandoffRow, at: usize) -> bool {
        let now = self.now;
        let joined = &mut row.contacts[at];
        if joined.is_over {
            return false;
        }
        let comes = [("first_attempt", joined.first_attempt.pass(now)), ("decision", joined.decision.pass(now))];
        let reminds = joined.remind_at.is_some_and(|remind_at| remind_at <= now);
        if reminds {
            joined.remind_at = None;
        }
        let tells_lead = joined.lead_at.is_some_and(|lead_at| lead_at <= now);
        if tells_lead {
            joined.lead_at = None;
        }
        let is_late = !joined.first_attempt.is_met || !joined.decision.is_met;
        for (what, comes) in comes {
            let is_passed_on = match comes.filter(|_| !row.contacts[at].is_over) {
                Some(Comes::Breach) => self.breach(row, at, what),
                Some(Comes::Warning) => {
                    self.say(row, at, Said::because(HandoffStatus::Warned, what));
                    false
                }
                None => false,
            };
            if is_passed_on {
                return true;
            }
        }
        if reminds && !row.contacts[at].is_over {
            self.say(row, at, Said::because(HandoffStatus::Warned, "hold_passed"));
        }
        let lead = self.lead(row).filter(|_| tells_lead && is_late && !row.contacts[at].is_over);
        if lead.is_some() {
            let said = Said::because(HandoffStatus::Breached, "told_to_lead");
            self.say(row, at, Said { informed: lead, ..said });
        }
        false
    }

    /// True when somebody else is to take it.
    fn breach(&mut self, row: &mut HandoffRow, at: usize, what: &'static str) -> bool {
        let kind = self.kind(&row.contacts[at].wants.handoff);
        let joined = &mut row.contacts[at];
        let is_first = joined.breached_at.is_none();
        joined.breached_at.get_or_insert(self.now);
        // Counted from the first time: that others have it meanwhile is what the lead should know.
        if let Some(wait) = kind.and_then(|kind| kind.lead_after) {
            let moment = self.version.model.after(self.now, wait);
            joined.lead_at.get_or_insert(moment);
        }
        self.say(row, at, Said::because(HandoffStatus::Breached, what));
        if is_first {
            self.tell_contact(row, at);
        }
        match kind.map(|kind| &kind.breach) {
            Some(Breach::Next) => return self.pass_on(row, at, None, what),
            Some(Breach::Team(team)) => {
                let other = self.version.model.teams.iter().find(|have| have.name == *team);
                return other.is_some() && self.pass_on(row, at, other, what);
            }
            Some(Breach::Close) => {
                row.contacts[at].is_over = true;
                self.say(row, at, Said::because(HandoffStatus::Closed, "not_attended"));
                self.tell_contact(row, at);
                if row.is_over() {
                    self.leave_team(row);
                }
            }
            Some(Breach::Stay) | None => {}
        }
        false
    }

    /// Somebody else takes it: of the same team, or of another one. Promises are given anew, to all of its contacts. True
    /// when that is so.
    pub(super) fn pass_on(&mut self, row: &mut HandoffRow, at: usize, other: Option<&Team>, why: &str) -> bool {
        // Whom people named is not taken from by a clock, nor what somebody is at work on, nor what went round and round;
        // and where nobody has it yet, nobody else would have it sooner.
        let is_named = row.to.team.is_none() && row.to.holder().is_some();
        let is_same = other.is_none_or(|other| Some(&other.name) == row.to.team.as_ref());
        let has_nobody = row.to.team.is_none() || row.to.person.is_none();
        if is_named || row.is_worked_on() || row.without.len() >= ROUNDS_MAX || (is_same && has_nobody) {
            return false;
        }
        self.leave_team(row);
        row.without.extend(row.to.person.take());
        row.passed_on_for = Some(Text::new(why));
        if let Some(other) = other.filter(|_| !is_same) {
            row.to = super::route::of_team(other);
            self.say(row, at, Said::of(HandoffStatus::Reassigned));
        }
        let model = &self.version.model;
        for joined in row.contacts.iter_mut().filter(|joined| !joined.is_over) {
            if let Some(kind) = self.kind(&joined.wants.handoff) {
                joined.first_attempt = Watch::anew(model, self.now, kind.first_attempt, kind.warn_at);
                joined.decision = Watch::anew(model, self.now, kind.decision, kind.warn_at);
            }
        }
        self.find_member(row, at);
        true
    }

    /// Asks the team for a member.
    pub(super) fn find_member(&mut self, row: &mut HandoffRow, at: usize) {
        let Some(team) = row.to.team.clone().filter(|_| row.to.person.is_none()) else { return };
        row.round += 1;
        let wants = &row.contacts[at].wants;
        let kind = self.kind(&wants.handoff);
        let waiting = Waiting {
            handoff: row.id,
            desk: self.desk,
            round: row.round,
            rank: wants.rank,
            asked_at: wants.asked_at,
            gathers_until: wants.asked_at.plus_millis(kind.map_or(0, |kind| kind.gather)),
            is_beyond_capacity: kind.is_some_and(|kind| kind.is_beyond_capacity),
            without: row.without.clone(),
            team: team.clone(),
            told_at: self.now,
        };
        let work = Input::Team(TeamWork::Find(Box::new(waiting)));
        self.out.push(Effect::Send(SubjectId::Team(team_id(&team)), Box::new(work)));
    }

    /// The team need not look for anybody any more.
    pub(super) fn leave_team(&mut self, row: &mut HandoffRow) {
        let Some(team) = row.to.team.as_ref().filter(|_| row.to.person.is_none() && row.round > 0) else { return };
        let work = Input::Team(TeamWork::Leave { handoff: row.id, round: row.round });
        self.out.push(Effect::Send(SubjectId::Team(team_id(team)), Box::new(work)));
        // Its answer may be on the way.
        row.round += 1;
    }

    /// A team has answered.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn given(mut self, given: Given) -> Result<(), R::Error> {
        let Some(Row::Handoff(row)) = self.rows.get(&rows::handoff_key(self.desk, given.handoff))? else {
            return Ok(());
        };
        let mut row = row.clone();
        // It has gone elsewhere meanwhile.
        let Some(at) = row.contacts.iter().position(|joined| !joined.is_over) else { return Ok(()) };
        if row.round != given.round || row.to.person.is_some() {
            return Ok(());
        }
        let said = match given.member {
            Some(member) => {
                row.to.person = Some(member);
                match row.without.is_empty() {
                    true => Said::of(HandoffStatus::Assigned),
                    false => Said { reason: row.passed_on_for.clone(), ..Said::of(HandoffStatus::Reassigned) },
                }
            }
            None => {
                row.to.team = None;
                Said::because(HandoffStatus::Reassigned, "no_such_team")
            }
        };
        self.say(&row, at, said);
        for at in 0..row.contacts.len() {
            if !row.contacts[at].is_over {
                self.tell_contact(&row, at);
            }
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    /// The lead of the team, of the person's team, or of the department's first.
    pub(super) fn lead(&self, row: &HandoffRow) -> Option<Text> {
        let teams = &self.version.model.teams;
        let named = row.to.team.as_ref().and_then(|team| teams.iter().find(|have| have.name == *team));
        let theirs = || row.to.person.as_ref().and_then(|person| self.team_of(person));
        let first = || teams.iter().find(|have| Some(&have.department) == row.to.department.as_ref());
        named.or_else(theirs).or_else(first)?.lead.clone()
    }

    /// The first team that somebody is a member of.
    pub(super) fn team_of(&self, person: &Text) -> Option<&'a Team> {
        self.version.model.teams.iter().find(|team| team.members.contains(person))
    }
}
