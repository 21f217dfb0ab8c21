//! The next best content for a contact, and the channel to give it on: what the content map has for its stage and what it
//! has not had yet.
//!
//! What is about an issue that the contact named comes first, then what is about the solution that it is most interested in,
//! then what is about none in particular; of equals the first in the playbook. What is about another issue, or another
//! solution, is proposed only while nothing says that it is another one.

use crate::aggregate::Aggregate;
use crate::condition::Asked;
use crate::consumption;
use crate::question::Question;
use crate::teller::strongest_interest;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::{Asset, AssetIx, IssueIx, Issues, SolutionIx, StageIx};
use smallvec::SmallVec;
use touchpoint::{Text, Timestamp, Value};

/// What to give next, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    pub asset: AssetIx,
    /// A channel, or the people who hand it over.
    pub channel: Text,
}

/// How close a piece of content is to the contact, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    /// About an issue that it named.
    Issue,
    /// About the solution of its strongest interest.
    Solution,
    /// About none in particular.
    General,
    /// About one of which it is not known whether it is the contact's.
    Open,
}

/// The best there is at `now`; `None`: nothing is left, or the contact stands at no stage of the version in force.
pub fn next_content(
    versions: &Versions,
    in_force: (VersionIx, &Version),
    aggregate: &Aggregate,
    now: Timestamp,
) -> Option<Recommendation> {
    let about = About::of(versions, in_force, aggregate, now)?;
    let mut best: Option<(Closeness, Recommendation)> = None;
    for ix in about.candidates() {
        let Some(closeness) = about.closeness(ix) else { continue };
        if best.as_ref().is_some_and(|(have, _)| *have <= closeness) {
            continue;
        }
        if let Some(recommendation) = about.recommendation(ix) {
            best = Some((closeness, recommendation));
            if closeness == Closeness::Issue {
                break;
            }
        }
    }
    best.map(|(_, recommendation)| recommendation)
}

/// The best `most` there are at `now`, the first the next one.
pub fn best_content(
    versions: &Versions,
    in_force: (VersionIx, &Version),
    aggregate: &Aggregate,
    now: Timestamp,
    most: usize,
) -> Vec<Recommendation> {
    let Some(about) = About::of(versions, in_force, aggregate, now) else { return Vec::new() };
    let all = about.candidates().filter_map(|ix| Some((about.closeness(ix)?, about.recommendation(ix)?)));
    let mut all: Vec<(Closeness, Recommendation)> = all.collect();
    // Stable: of equals the first in the playbook stays first.
    all.sort_by_key(|(closeness, _)| *closeness);
    all.into_iter().take(most).map(|(_, recommendation)| recommendation).collect()
}

/// What is asked of every piece of content, worked out once for the contact.
struct About<'a> {
    asked: Asked<'a>,
    now: Timestamp,
    stage: StageIx,
    issues: SmallVec<[IssueIx; 4]>,
    interest: Option<SolutionIx>,
    language: Option<&'a str>,
}

impl<'a> About<'a> {
    fn of(
        versions: &'a Versions,
        (version_ix, version): (VersionIx, &'a Version),
        aggregate: &'a Aggregate,
        now: Timestamp,
    ) -> Option<Self> {
        let model = &version.model;
        let life_cycle = model.life_cycles.first()?;
        let position = aggregate.position(&life_cycle.name)?;
        let stage = life_cycle.stages.iter().position(|stage| stage.name == position.stage)?;
        // Where there is nothing to give, nothing need be asked.
        if version.content.at(StageIx(stage as u16)).is_empty() {
            return None;
        }
        let issue = |name: &Text| model.issues.iter().position(|(have, _)| have == name).map(|at| IssueIx(at as u16));
        let language = aggregate.facts.person.as_ref().and_then(|person| person.language.as_deref());
        Some(Self {
            asked: Asked::of(versions, (version_ix, version), aggregate),
            now,
            stage: StageIx(stage as u16),
            issues: said(aggregate, "issue").iter().filter_map(issue).collect(),
            interest: strongest_interest(version, aggregate, now),
            // `ja` of `ja-JP`.
            language: language.and_then(|language| language.split(['-', '_']).next()).filter(|said| !said.is_empty()),
        })
    }

    /// What the map has for the stage and the contact has not had yet, in the order of the playbook.
    fn candidates(&self) -> impl Iterator<Item = AssetIx> {
        let content = &self.asked.version.content;
        let all = content.at(self.stage).iter().copied();
        all.filter(move |ix| !consumption::has(self.asked.aggregate, content.key(*ix)))
    }

    /// `None`: it is about something else.
    fn closeness(&self, ix: AssetIx) -> Option<Closeness> {
        let asset = self.asset(ix);
        let these: &[IssueIx] = match &asset.issues {
            Issues::These(these) => these,
            Issues::General | Issues::All => &[],
        };
        if these.iter().any(|issue| self.issues.contains(issue)) {
            return Some(Closeness::Issue);
        }
        if asset.solution.is_some() && asset.solution == self.interest {
            return Some(Closeness::Solution);
        }
        if these.is_empty() && asset.solution.is_none() {
            return Some(Closeness::General);
        }
        let of_another_issue = !these.is_empty() && !self.issues.is_empty();
        let of_another_solution = asset.solution.is_some() && self.interest.is_some();
        (!of_another_issue && !of_another_solution).then_some(Closeness::Open)
    }

    /// `None`: it is in another language, cannot be given to the contact, or is not for it.
    fn recommendation(&self, ix: AssetIx) -> Option<Recommendation> {
        let asset = self.asset(ix);
        let understood =
            |languages: &[Text], language: &str| languages.iter().any(|one| one.eq_ignore_ascii_case(language));
        if !asset.languages.is_empty() && self.language.is_some_and(|said| !understood(&asset.languages, said)) {
            return None;
        }
        let channel = channel(self.asked.aggregate, asset)?;
        if asset.when.as_ref().is_some_and(|when| !self.asked.holds(when, self.now)) {
            return None;
        }
        Some(Recommendation { asset: ix, channel: channel.clone() })
    }

    fn asset(&self, ix: AssetIx) -> &'a Asset {
        &self.asked.version.model.assets[usize::from(ix.0)]
    }
}

/// Of those on which it can be given and the contact be reached: the one that the contact wishes, else the first.
pub(crate) fn channel<'b>(aggregate: &Aggregate, asset: &'b Asset) -> Option<&'b Text> {
    let open = || asset.channels.iter().filter(|channel| aggregate.facts.reachable_by(channel));
    let wished = said(aggregate, "preferred_channel");
    let mut wished = wished.iter().filter_map(|wish| open().find(|channel| meets(channel, wish)));
    wished.next().or_else(|| open().next())
}

/// Inside sales calls: who wishes to be called is called by them.
fn meets(channel: &str, wish: &str) -> bool {
    channel == wish || (channel == "inside_sales" && wish == "call")
}

/// What the contact last answered to a question, each of several.
fn said<'a>(aggregate: &'a Aggregate, question: &str) -> &'a [Text] {
    match aggregate.answer(question).map(|answered| &answered.value) {
        Some(Value::Text(one)) => std::slice::from_ref(one),
        Some(Value::List(several)) => several,
        Some(Value::Bool(_) | Value::Number(_)) | None => &[],
    }
}
