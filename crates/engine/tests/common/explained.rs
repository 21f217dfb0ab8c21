//! An explanation against the fold that it explains.

use super::contact;
use super::history::{CONTACTS, World};
use engine::decay::Gathered;
use engine::explain::{ExplainError, Explanation, explain};
use engine::rows::{self, Row};
use engine::version::NameKey;
use std::collections::BTreeSet;
use touchpoint::output::Sentence;
use touchpoint::{ContactId, InputId, Timestamp};

impl World {
    /// Why a contact stands where it stands now.
    pub(crate) fn explain(&self, contact: ContactId) -> Option<Explanation> {
        explain(&mut self.rows.clone(), &self.playbooks, contact, None).ok()
    }

    /// Every contact's explanation adds up to what everybody reads; after [`World::settle`].
    pub(crate) fn check_explained(&self) {
        for id in 0..CONTACTS {
            let who = contact(id);
            let Some(head) = self.head(who).filter(|head| head.rows > 0) else {
                assert!(self.explain(who).is_none(), "there is nothing to explain");
                continue;
            };
            // Who has not heard of the last activation yet stands where it did before.
            if self.versions.is_empty() || usize::from(head.folded_with) != self.versions.len() {
                continue;
            }
            let explained = self.explain(who).expect("an explanation");
            self.check_scores(&explained, who);
            let (_, version) = self.versions.at(self.now.expect("settled")).expect("a version");
            let fit = engine::fit::fit(&version.model, &head.aggregate.facts);
            assert_eq!((fit.points, &fit.grade), (explained.fit.points_milli, &explained.fit.grade));
            let criteria: i64 = explained.fit.criteria.iter().map(|one| one.points_milli).sum();
            assert_eq!(criteria, fit.points, "the fit is the sum of its criteria");
            let stands: Vec<_> = head.aggregate.positions.iter().map(|p| (&p.life_cycle, &p.stage, p.since)).collect();
            let told: Vec<_> = explained.standings.iter().map(|one| (&one.life_cycle, &one.stage, one.since)).collect();
            assert_eq!(told, stands);
            for standing in &explained.standings {
                let told = standing.sentence.as_ref().is_some_and(|told| !told.ja.is_empty());
                assert!(told || self.has_forgotten(who), "{standing:?}");
                let missing = standing.missing.as_ref().map(|missing| missing.told(&explained.zone));
                if let Some(Sentence { ja, en }) = missing {
                    assert!(
                        ja.chars().count() <= Sentence::SHORT_CHARS_MAX
                            && en.chars().count() <= Sentence::SHORT_CHARS_MAX
                    );
                }
            }
        }
    }

    fn has_forgotten(&self, who: ContactId) -> bool {
        let directory = self.rows.peek(&rows::directory_key(who));
        matches!(directory, Some(Row::Directory(directory)) if directory.forgotten_until.is_some())
    }

    fn check_scores(&self, explained: &Explanation, who: ContactId) {
        let head = self.head(who).expect("a head");
        let (_, version) = self.versions.at(self.now.expect("settled")).expect("a version");
        let inputs: BTreeSet<&InputId> = self.live[&who].values().map(|row| &row.touchpoint.input).collect();
        assert_eq!(explained.scores.len(), version.model.scores.len());
        for (score, explained_score) in version.model.scores.iter().zip(&explained.scores) {
            let lines = head.aggregate.lines.iter().filter(|line| line.score == NameKey::of(&score.name));
            let mut sums = Gathered::new();
            let mut count = 0;
            for line in lines {
                sums.merge(line.half_life, &line.sums);
                count += line.count as usize;
            }
            let read = sums.read(explained.at).clamp(score.floor, score.ceiling.max(score.floor));
            assert_eq!(explained_score.points_milli, read, "{} as everybody reads it", score.name);
            let listed: i64 = explained_score.contributions.iter().map(|one| one.points_now_milli).sum();
            let adjusted: i64 = explained_score.adjustments.iter().map(|line| line.points_milli).sum();
            assert_eq!(listed + adjusted, read, "{} adds up: {explained_score:?}", score.name);
            let giving = explained_score.contributions.iter().filter(|one| one.points_then_milli != 0);
            assert_eq!(giving.count(), count, "{}: as many as count", score.name);
            for one in &explained_score.contributions {
                // A reading may begin by what has left the horizon since.
                assert!(inputs.contains(&one.input) || self.has_forgotten(who), "{one:?}");
                let gone = one.gone_at.is_some_and(|gone| gone <= explained.at);
                assert_eq!(gone, one.points_now_milli == 0 && one.points_then_milli != 0, "{one:?}");
            }
        }
    }

    /// The same at a later moment: as if nothing happened until then.
    pub(crate) fn explain_at(
        &self,
        contact: ContactId,
        at: Timestamp,
    ) -> Result<Explanation, ExplainError<std::convert::Infallible>> {
        explain(&mut self.rows.clone(), &self.playbooks, contact, Some(at))
    }
}
