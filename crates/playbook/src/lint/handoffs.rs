//! Hand-offs that never stand, routes that nothing gets to, teams that nothing leads to.

use super::stages::contradictory;
use crate::language::{PlaybookText, RouteText};
use crate::model::{Breach, Condition, Model, RouteTo, Stage, Team};
use notation::mistake::{MistakeKind, Notes};

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    for ((_, said), team) in text.teams.iter().zip(&model.teams) {
        said.takes.iter().zip(&team.takes).for_each(|(said, takes)| contradictory(said, takes, notes));
    }
    let common = text.handing_over.iter().flat_map(|common| &common.routes);
    let common: Vec<&RouteText> = common.collect();
    routes(&common, notes);
    for ((_, said), handoff) in text.handoffs.iter().zip(&model.handoffs) {
        contradictory(&said.stands, &handoff.stands, notes);
        let mut parts = Vec::new();
        flatten(&handoff.opens, &mut parts);
        flatten(&handoff.stands, &mut parts);
        let both = Condition::All(parts);
        contradictory(&said.opens, &both, notes);
        routes(&said.routes.iter().collect::<Vec<_>>(), notes);
    }
    for (at, ((name, _), team)) in text.teams.iter().zip(&model.teams).enumerate() {
        let after_breach = Breach::Team(team.name.clone());
        let is_after_breach = model.handoffs.iter().any(|handoff| handoff.breach == after_breach);
        let mut routes = model.handoffs.iter().flat_map(|handoff| &handoff.routes);
        if !is_after_breach && !routes.clone().any(|route| leads_to(&route.to, at, team)) {
            notes
                .add(MistakeKind::NeverHolds, name.span, format!("nothing leads to the team `{}`", name.value))
                .help("name it, or its department, in the routes of a hand-off");
            continue;
        }
        let is_named = is_after_breach || routes.any(|route| route.to == RouteTo::Team(at));
        let earlier =
            model.teams[..at].iter().position(|have| have.department == team.department && have.takes.is_none());
        if let Some((first, _)) = earlier.filter(|_| !is_named).and_then(|earlier| text.teams.iter().nth(earlier)) {
            let message = format!("`{}` takes everybody of the department before `{}` does", first.value, name.value);
            notes
                .add(MistakeKind::Shadowed, name.span, message)
                .help("put the team that `takes` some of them first, or name it in a route")
                .other(first.span);
        }
    }
}

/// What has to hold all together.
fn flatten(condition: &Condition, parts: &mut Vec<Condition>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|part| flatten(part, parts)),
        other => parts.push(other.clone()),
    }
}

fn leads_to(to: &RouteTo, at: usize, team: &Team) -> bool {
    match to {
        RouteTo::Team(to) => *to == at,
        RouteTo::Department(department) => *department == team.department || department == Stage::BY_COVERAGE,
        RouteTo::Partner(_) | RouteTo::Owner | RouteTo::Person(_) => false,
    }
}

/// What stands after a route that always leads to somebody is never asked.
fn routes(said: &[&RouteText], notes: &mut Notes) {
    let always = |route: &RouteText| {
        let department = route.department.as_ref().is_some_and(|word| word.value.0 != Stage::BY_COVERAGE);
        route.when.is_none() && (department || route.team.is_some())
    };
    if let Some(last) = said.iter().position(|route| always(route)).filter(|last| last + 1 < said.len()) {
        notes
            .add(MistakeKind::NeverHolds, said[last].span, "this always leads to somebody: what follows is never asked")
            .help("put it last, or say `when`");
    }
}
