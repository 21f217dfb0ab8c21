//! The size of business that the contact's company may become, and which department therefore leads.

use crate::aggregate::{Facts, Position};
use crate::fit::find;
use crate::version::Version;
use playbook::model::{AttributeOf, Condition, Coverage, Stage, StageIx, Tier, TierIx};
use touchpoint::{Actor, Text, Value};

/// The first tier that fits; `None` when none does.
pub(crate) fn tier(version: &Version, facts: &Facts) -> Option<TierIx> {
    tier_of(version, &|name| find(facts, AttributeOf::Account, name))
}

/// Of an account with these attributes.
pub(crate) fn tier_of<'v>(version: &Version, find: &impl Fn(&str) -> Option<&'v Value>) -> Option<TierIx> {
    (0..).map(TierIx).zip(&version.model.tiers).find(|(_, tier)| fits(&tier.when, find)).map(|(ix, _)| ix)
}

pub(crate) fn named<'a>(version: &'a Version, facts: &Facts) -> Option<&'a Tier> {
    tier(version, facts).map(|ix| &version.model.tiers[usize::from(ix.0)])
}

/// A tier's condition asks for attributes of the account only.
fn fits<'v>(condition: &Condition, find: &impl Fn(&str) -> Option<&'v Value>) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| fits(part, find)),
        Condition::Any(parts) => parts.iter().any(|part| fits(part, find)),
        Condition::Not(part) => !fits(part, find),
        Condition::Attribute(_, name, test) => test.holds(find(name)),
        _ => false,
    }
}

/// Who leads the contact: the person that the CRM names, and the department that the stage, or the tier at that stage, names.
pub(crate) fn owner(version: &Version, facts: &Facts, position: Option<&Position>) -> Option<Actor> {
    let department = position.and_then(|position| department(version, facts, position));
    match (&facts.owner, department) {
        (Some(owner), Some(department)) => Some(Actor { role: Some(department), ..owner.clone() }),
        (Some(owner), None) => Some(owner.clone()),
        (None, department) => department.map(|department| Actor { id: None, role: Some(department) }),
    }
}

pub(crate) fn department(version: &Version, facts: &Facts, position: &Position) -> Option<Text> {
    let life_cycle = version.model.life_cycles.iter().find(|have| have.name == position.life_cycle)?;
    let (ix, stage) = (0..).map(StageIx).zip(&life_cycle.stages).find(|(_, stage)| stage.name == position.stage)?;
    if stage.owner == Stage::BY_COVERAGE {
        return coverage(version, facts, ix).map(|coverage| coverage.lead.clone());
    }
    (stage.owner != Stage::NOBODY).then(|| stage.owner.clone())
}

/// What the tier says of a stage of the first life cycle.
fn coverage<'a>(version: &'a Version, facts: &Facts, stage: StageIx) -> Option<&'a Coverage> {
    named(version, facts)?.coverage_at(stage)
}
