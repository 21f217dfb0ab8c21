//! What a score mostly rests on: its live contributions by rule, those with most left first.

use crate::aggregate::Line;
use crate::decay::Faded;
use crate::version::Versions;
use playbook::model::{Milli, Millis, Rule};
use smallvec::SmallVec;
use std::cmp::Ordering;
use touchpoint::output::{ContributionGroup, Sentence};
use touchpoint::{Text, Timestamp};

/// Groups of contributions that an event names at the most: what a person reads.
const LARGEST_MAX: usize = 5;

/// The lines of one score, read at one moment.
pub(crate) struct Lines<'a> {
    versions: &'a Versions,
    /// What is left of all of them together, each truncated by itself as it is listed.
    pub(crate) sum: Milli,
    /// The largest first; of many, the one that costs most has the last place.
    largest: SmallVec<[OfRule<'a>; LARGEST_MAX]>,
}

/// What one rule gave, under all playbook versions: lines that stand together, the last one's words are taken.
#[derive(Clone, Copy)]
struct OfRule<'a> {
    lines: &'a [Line],
    now: Milli,
}

impl<'a> Lines<'a> {
    /// `lines`: sorted by rule, then by the playbook version that gave the points.
    pub(crate) fn of(versions: &'a Versions, lines: &'a [Line], faded: impl Fn(Millis) -> Faded) -> Self {
        let mut all = Self { versions, sum: 0, largest: SmallVec::new() };
        let (mut count, mut least) = (0_usize, None::<OfRule<'_>>);
        for lines in lines.chunk_by(|a, b| a.rule == b.rule) {
            let now = lines.iter().map(|line| line.sums.read_faded(faded(line.half_life))).sum();
            let one = OfRule { lines, now };
            all.sum += now;
            count += 1;
            if least.is_none_or(|least| all.order(&least, &one) == Ordering::Less) {
                least = Some(one);
            }
            if all.largest.len() == LARGEST_MAX {
                if all.largest.last().is_some_and(|last| all.order(last, &one) == Ordering::Less) {
                    continue;
                }
                all.largest.pop();
            }
            let place = all.largest.iter().position(|have| all.order(&one, have) == Ordering::Less);
            all.largest.insert(place.unwrap_or(all.largest.len()), one);
        }
        if let Some(least) = least.filter(|least| least.now < 0 && count > LARGEST_MAX) {
            all.largest[LARGEST_MAX - 1] = least;
        }
        all
    }

    /// What has most left stands first, of equals the rule whose id does.
    fn order(&self, one: &OfRule<'_>, other: &OfRule<'_>) -> Ordering {
        let id = |of: &OfRule<'_>| self.rule(of).map(|rule| &rule.id);
        other.now.cmp(&one.now).then_with(|| id(one).cmp(&id(other)))
    }

    fn rule(&self, of: &OfRule<'_>) -> Option<&'a Rule> {
        of.lines.iter().rev().find_map(|line| self.versions.rule(line.version, line.rule))
    }

    /// The largest as events name them.
    pub(crate) fn groups(&self, labelled: bool) -> Vec<ContributionGroup> {
        let group = |of: &OfRule<'_>| {
            let rule = self.rule(of);
            let label = rule.filter(|_| labelled).map(|rule| &rule.label);
            ContributionGroup {
                rule: rule.map_or(Text::const_new("?"), |rule| rule.id.clone()),
                label: label.map(|label| Sentence { ja: label.ja.clone(), en: label.en.clone() }),
                count: of.lines.iter().map(|line| line.count).sum(),
                points_then_milli: of.lines.iter().map(|line| line.given).sum(),
                points_now_milli: of.now,
                latest_at: of.lines.iter().map(|line| line.last_at).fold(Timestamp::MIN, Timestamp::max),
                example: None,
            }
        };
        self.largest.iter().map(group).collect()
    }
}
