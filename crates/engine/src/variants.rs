//! What pages show to a contact: the first variant that fits.

use crate::aggregate::Aggregate;
use crate::condition::Asked;
use crate::question::Question;
use crate::teller::top_solution;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::Show;
use touchpoint::{Text, Timestamp};

/// Page and variant, for each page for which one fits.
pub(crate) fn shown(
    versions: &Versions,
    in_force: (VersionIx, &Version),
    aggregate: &Aggregate,
    at: Timestamp,
) -> Vec<(Text, Text)> {
    let (_, version) = in_force;
    let asked = Asked::of(versions, in_force, aggregate);
    let pages = version.model.variants.iter().filter_map(|page| {
        let mut fitting = page.choices.iter().filter(|one| one.when.as_ref().is_none_or(|when| asked.holds(when, at)));
        let shown = fitting.find_map(|one| match &one.show {
            Show::This(name) => Some(name.clone()),
            Show::StrongestInterest => top_solution(version, aggregate, at),
        });
        Some((page.name.clone(), shown?))
    });
    pages.collect()
}
