//! Hand-offs: who is passed to whom, until when what is to be done, and the teams that take them.

use super::programme::{Clock, Percent};
use super::{ConditionText, WaitText};
use crate::model::{Promise, Wait};
use crate::units::{Count, Duration, LabelText, Word};
use notation::reading::{At, Many, Unit};
use notation::units::YesNo;
use notation::{section, units};
use schemars::{Schema, json_schema};

section! {
    /// Contacts who are passed to a person. Of several that a contact calls for in one life cycle the first in the file counts.
    struct HandoffText {
        /// What people read: why the contact is passed on.
        label: LabelText,
        /// The life cycle that it belongs to; the first, if not said. A company has one open hand-off in each per unit.
        life_cycle: Option<At<Word>>,
        /// Who is passed on: those for whom this begins to hold.
        opens: ConditionText,
        /// It stands as long as this holds: one that nobody has accepted yet is withdrawn then.
        stands: ConditionText,
        /// To whom; the first that leads to somebody counts. The common `routes` follow.
        routes: Vec<RouteText>,
        /// The team waits so long for more urgent ones before it gives this one to somebody: for lists that come all at once.
        gather: Option<At<Duration>>,
        /// true: the team takes it even when its capacity is used up.
        beyond_capacity: Option<YesNo>,
        /// Until when somebody tries to reach the contact: `4bh`, `1bd at 12:00`.
        first_attempt: At<PromiseText>,
        /// Until when it is accepted, rejected or held: `3bd`.
        decision: At<PromiseText>,
        /// After this share of the time a warning is given, if nothing has happened yet.
        warn_at: Option<At<Percent>>,
        /// What becomes of it when nothing has happened in time: `next`, another member of the team; `close`, nothing is expected
        /// any more; or the name of another team. It stays where it is, if not said.
        breach: Option<At<Word>>,
        /// The team's lead is told when nothing has happened so long after that.
        lead_after: Option<At<WaitText>>,
        /// Questions to ask, if they are not answered yet.
        ask: Many<At<Word>>,
    }
}

section! {
    /// Somebody to whom contacts are passed: exactly one of `partner_in`, `owner`, `person_in`, `team` and `department`.
    struct RouteText {
        /// Only for these.
        when: Option<ConditionText>,
        /// The partner that this attribute of the account names.
        partner_in: Option<At<Word>>,
        /// true: the person that the CRM names as the owner of the contact.
        owner: Option<YesNo>,
        /// The person that this attribute of the account names by their id in the CRM.
        person_in: Option<At<Word>>,
        /// A team.
        team: Option<At<Word>>,
        /// The first team of this department that takes the contact; `by_coverage`: of the one that leads for the company's tier.
        department: Option<At<Word>>,
    }
}

section! {
    /// People who take hand-offs, by turns.
    struct TeamText {
        /// What people read.
        label: LabelText,
        /// The department that they belong to.
        department: At<Word>,
        /// Which contacts they take, as those of a territory or interested in a product; everybody, if not said.
        takes: Option<ConditionText>,
        /// Their ids in the CRM.
        members: Many<At<Word>>,
        /// How many hand-offs each of them takes a business day; any number, if not said.
        capacity: Option<At<Count>>,
        /// Who is told when they are late: an id.
        lead: Option<At<Word>>,
    }
}

section! {
    /// What holds for all hand-offs together.
    struct HandingOverText {
        /// The behaviour that counts as an attempt to reach the contact.
        attempt: Option<At<Word>>,
        /// The score by which a team takes the best first, among those that are equally urgent.
        best_first: Option<At<Word>>,
        /// To whom contacts are passed; the first that leads to somebody counts.
        routes: Vec<RouteText>,
    }
}

/// `4bh`, `3bd`, `1bd at 12:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PromiseText(pub(crate) Promise);

impl Unit for PromiseText {
    const NAME: &str = "Promise";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        let expected = || "expected until when, as `4bh`, `3bd` or `1bd at 12:00`".to_owned();
        let Some((days, clock)) = text.split_once(" at ") else {
            return WaitText::parse(text).map(|wait| Self(Promise::Within(wait)));
        };
        let days = match WaitText::parse(days.trim()) {
            Ok(Wait::Business { days, millis: 0 }) if days > 0 => days,
            _ => return Err(expected()),
        };
        let clock = Clock::parse(clock, true).map_err(|_| expected())?;
        Ok(Self(Promise::OnDay { days, at: clock.0 }))
    }

    fn unit_schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "Until when: a duration, business time, or a time of a business day to come: `4bh`, `3bd`, `1bd at 12:00`.",
            "pattern": "^\\s*[0-9]"
        })
    }
}

units!(PromiseText);
