//! Which of several needs are told: all of what a condition asks for, and of alternatives those that ask for the fewest
//! things.

use super::{Found, Need};
use playbook::model::Milli;

pub(super) fn all_of(each: impl Iterator<Item = Found>) -> Found {
    let mut all = Vec::new();
    for found in each {
        match found {
            Found::Never => return Found::Never,
            Found::Met => {}
            Found::Lacks(Need::All(parts)) => all.extend(parts),
            Found::Lacks(need) => all.push(need),
        }
    }
    if all.is_empty() { Found::Met } else { Found::Lacks(one_or_all(all)) }
}

pub(super) fn any_of(each: impl Iterator<Item = Found>) -> Found {
    let mut any = Vec::new();
    for found in each {
        match found {
            Found::Met => return Found::Met,
            Found::Never => {}
            Found::Lacks(Need::Any(parts)) => any.extend(parts),
            Found::Lacks(need) => any.push(need),
        }
    }
    let mut any = fewest(any);
    match any.len() {
        0 => Found::Never,
        1 => Found::Lacks(any.remove(0)),
        _ => Found::Lacks(Need::Any(any)),
    }
}

pub(super) fn one_or_all(mut all: Vec<Need>) -> Need {
    if all.len() == 1 { all.remove(0) } else { Need::All(all) }
}

/// Of alternatives those that ask for the fewest things; of those that ask for points alone the one that asks for the
/// fewest points.
pub(super) fn fewest(needs: Vec<Need>) -> Vec<Need> {
    let Some(least) = needs.iter().map(things).min() else { return needs };
    let points = needs.iter().filter(|need| things(need) == least).filter_map(points_alone).min();
    let mut points_told = false;
    let mut kept = needs;
    kept.retain(|need| {
        things(need) == least
            && match points_alone(need) {
                None => true,
                mine => mine == points && !std::mem::replace(&mut points_told, true),
            }
    });
    kept
}

fn things(need: &Need) -> usize {
    match need {
        Need::All(parts) => parts.iter().map(things).sum(),
        Need::Any(parts) => parts.iter().map(things).min().unwrap_or_default(),
        _ => 1,
    }
}

/// All the points that are missing, where nothing else is.
fn points_alone(need: &Need) -> Option<Milli> {
    match need {
        Need::All(parts) if !parts.is_empty() => parts.iter().map(points_alone).sum(),
        Need::Points { missing_milli, .. } => Some(*missing_milli),
        _ => None,
    }
}
