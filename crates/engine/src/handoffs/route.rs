//! To whom a contact goes.

use super::asking::Look;
use crate::aggregate::Attribute;
use crate::fit::find as find_attribute;
use crate::hash::content_hash;
use crate::question::Question;
use crate::tier;
use playbook::model::{AttributeOf, Handoff, RouteTo, Stage, Team};
use touchpoint::output::HandedTo;
use touchpoint::{Actor, Text};

/// What the way rests on that others decide: the company, and whom the CRM names. What the contact does moves nobody.
pub(super) struct Basis<'a> {
    account: &'a [Attribute],
    unit: Option<&'a Text>,
    owner: Option<&'a Actor>,
}

impl<'a> Basis<'a> {
    pub(super) fn of(look: &Look<'a>) -> Self {
        let facts = &look.aggregate.facts;
        Self { account: &facts.account_attributes, unit: facts.account_unit.as_ref(), owner: facts.owner.as_ref() }
    }

    pub(super) fn hash(&self) -> u64 {
        let account: Vec<_> = self.account.iter().map(|attribute| (&attribute.name, &attribute.value)).collect();
        content_hash(&(account, self.unit, self.owner))
    }

    pub(super) fn owner(&self) -> Option<&'a Text> {
        self.owner?.id.as_ref()
    }

    /// The owner that the CRM names takes over.
    pub(super) fn owner_after(&self, former: HandedTo) -> HandedTo {
        match self.owner.and_then(|owner| owner.id.clone()) {
            Some(person) if former.partner.is_none() => HandedTo { person: Some(person), ..former },
            _ => former,
        }
    }
}

/// The first of the routes that leads to somebody.
pub(super) fn find(look: &Look<'_>, kind: &Handoff) -> HandedTo {
    let asked = look.asked();
    let open = kind.routes.iter().filter(|route| route.when.as_ref().is_none_or(|when| asked.holds(when, look.at)));
    open.filter_map(|route| to(look, kind, &route.to)).next().unwrap_or_default()
}

fn to(look: &Look<'_>, kind: &Handoff, to: &RouteTo) -> Option<HandedTo> {
    let model = &look.version().model;
    let facts = &look.aggregate.facts;
    let attribute = |name: &Text| find_attribute(facts, AttributeOf::Account, name).and_then(|value| value.as_text());
    let department = || covering(look, kind);
    Some(match to {
        RouteTo::Partner(name) => {
            HandedTo { partner: Some(Text::new(attribute(name)?)), department: department(), ..HandedTo::default() }
        }
        RouteTo::Owner => {
            let owner = facts.owner.as_ref()?;
            let department = owner.role.clone().or_else(department);
            HandedTo { person: Some(owner.id.clone()?), department, ..HandedTo::default() }
        }
        RouteTo::Person(name) => {
            HandedTo { person: Some(Text::new(attribute(name)?)), department: department(), ..HandedTo::default() }
        }
        RouteTo::Team(place) => of_team(&model.teams[*place]),
        RouteTo::Department(name) => {
            let department = if name == Stage::BY_COVERAGE { department()? } else { name.clone() };
            let asked = look.asked();
            let takes = |team: &&Team| {
                team.department == department && team.takes.as_ref().is_none_or(|takes| asked.holds(takes, look.at))
            };
            match model.teams.iter().find(takes) {
                Some(team) => of_team(team),
                None => HandedTo { department: Some(department), ..HandedTo::default() },
            }
        }
    })
}

pub(super) fn of_team(team: &Team) -> HandedTo {
    HandedTo { department: Some(team.department.clone()), team: Some(team.name.clone()), ..HandedTo::default() }
}

/// The department that leads where the contact stands.
fn covering(look: &Look<'_>, kind: &Handoff) -> Option<Text> {
    let position = look.aggregate.position(&kind.life_cycle)?;
    tier::department(look.version(), &look.aggregate.facts, position)
}
