//! The size of business that the contact's company may become, and which department therefore leads.

use crate::aggregate::{Facts, Position};
use crate::fit::find;
use crate::version::Version;
use playbook::model::{Condition, Coverage, Stage, StageIx, Tier, TierIx};
use touchpoint::{Actor, Text};

/// The first tier that fits; `None` when none does.
pub(crate) fn tier(version: &Version, facts: &Facts) -> Option<TierIx> {
    (0..).map(TierIx).zip(&version.model.tiers).find(|(_, tier)| fits(&tier.when, facts)).map(|(ix, _)| ix)
}

pub(crate) fn named<'a>(version: &'a Version, facts: &Facts) -> Option<&'a Tier> {
    tier(version, facts).map(|ix| &version.model.tiers[usize::from(ix.0)])
}

/// A tier's condition asks for attributes of the account only.
fn fits(condition: &Condition, facts: &Facts) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| fits(part, facts)),
        Condition::Any(parts) => parts.iter().any(|part| fits(part, facts)),
        Condition::Not(part) => !fits(part, facts),
        Condition::Attribute(of, name, test) => test.holds(find(facts, *of, name)),
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

fn department(version: &Version, facts: &Facts, position: &Position) -> Option<Text> {
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
