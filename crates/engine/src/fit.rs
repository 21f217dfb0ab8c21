//! Fit: points and grade from what contact and account are, whatever they did.

use crate::aggregate::{Aggregate, Attribute, Facts};
use playbook::model::{AttributeOf, FitCriterion, Milli, Model};
use touchpoint::{Text, Value};

/// Points and grade. Missing values give no points; too many missing make the grade "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitValue {
    pub points: Milli,
    pub grade: Text,
}

/// Reads the fit of these facts.
pub fn fit(model: &Model, facts: &Facts) -> FitValue {
    let mut points = 0;
    let mut known = 0;
    for criterion in &model.fit.criteria {
        let Some((_, value)) = attribute(facts, criterion) else { continue };
        known += usize::from(criterion.key);
        points += self::points(criterion, value);
    }
    let grade = if known < model.fit.known_min {
        model.fit.unknown.clone()
    } else {
        let reached = model.fit.grades.iter().find(|(_, lowest)| points >= *lowest);
        reached.map_or_else(|| model.fit.unknown.clone(), |(grade, _)| grade.clone())
    };
    FitValue { points, grade }
}

/// The value that a criterion looks at, and whose it is.
pub(crate) fn attribute<'a>(facts: &'a Facts, criterion: &FitCriterion) -> Option<(AttributeOf, &'a Value)> {
    criterion.of.iter().find_map(|of| Some((*of, find(facts, *of, &criterion.attribute)?)))
}

/// The points that a criterion gives for a value.
pub(crate) fn points(criterion: &FitCriterion, value: &Value) -> Milli {
    criterion.points.iter().find(|(test, _)| test.holds(Some(value))).map_or(0, |(_, points)| *points)
}

/// The value of an attribute of contact or account.
pub(crate) fn find<'a>(facts: &'a Facts, of: AttributeOf, name: &str) -> Option<&'a Value> {
    let attributes: &[Attribute] = match of {
        AttributeOf::Contact => &facts.contact_attributes,
        AttributeOf::Account => &facts.account_attributes,
    };
    attributes.binary_search_by(|have| have.name.as_str().cmp(name)).ok().map(|at| &attributes[at].value)
}

/// Whether a question need not be asked: it was answered, or what its answer would tell is known.
pub(crate) fn is_answered(model: &Model, aggregate: &Aggregate, question: &str) -> bool {
    let known = |(of, name): (AttributeOf, &Text)| find(&aggregate.facts, of, name).is_some();
    aggregate.answer(question).is_some() || model.set_by_answer(question).is_some_and(known)
}
