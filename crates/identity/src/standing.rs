use crate::evidence::Statement;
use serde::{Deserialize, Serialize};
use touchpoint::{IdentifierKey, Timestamp};

/// From when on a pointer points at whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) from: Timestamp,
    /// The contact, by the identifier that it was born from.
    pub(crate) home: IdentifierKey,
    /// What that person last said about tracking: whoever follows this step by a cookie must ask.
    pub(crate) tracking: Option<Statement>,
}

/// A pointer's steps through time. The first reaches back for ever ("else the first"), and no two neighbours are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Steps(Vec<Step>);

impl Steps {
    /// Steps from pieces in order of time; the last of those that begin together counts.
    pub(crate) fn of(pieces: impl IntoIterator<Item = Step>) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for mut piece in pieces {
            if steps.is_empty() {
                piece.from = Timestamp::MIN;
            }
            if steps.last().is_some_and(|last| last.from == piece.from) {
                steps.pop();
            }
            if steps.last().is_none_or(|last| (last.home, last.tracking) != (piece.home, piece.tracking)) {
                steps.push(piece);
            }
        }
        Self(steps)
    }

    pub(crate) fn always(home: IdentifierKey) -> Self {
        Self(vec![Step { from: Timestamp::MIN, home, tracking: None }])
    }

    /// The last step at or before `at`; `None` only when there are no steps.
    pub(crate) fn at(&self, at: Timestamp) -> Option<&Step> {
        let after = self.0.partition_point(|step| step.from <= at);
        self.0.get(after.saturating_sub(1))
    }

    /// From when until before when whose it is.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (Timestamp, Timestamp, IdentifierKey)> + '_ {
        let next = |at: usize| self.0.get(at + 1).map_or(Timestamp::MAX, |next| next.from);
        self.0.iter().enumerate().map(move |(at, step)| (step.from, next(at), step.home))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often the contact changes along time.
    pub(crate) fn changes(&self) -> usize {
        self.0.windows(2).filter(|pair| pair[0].home != pair[1].home).count()
    }

    /// These steps without those that may not be followed; the others reach over the gaps.
    pub(crate) fn only(&self, allowed: impl Fn(Option<Statement>) -> bool) -> Self {
        if self.0.iter().all(|step| allowed(step.tracking)) {
            return self.clone();
        }
        Self::of(self.0.iter().filter(|step| allowed(step.tracking)).copied())
    }

    /// One after the other: from its own time on each part decides, until the next; the first also decides before.
    /// `parts` are in order of time and have steps.
    pub(crate) fn in_turn(parts: &[(Timestamp, &Self)]) -> Self {
        let mut pieces = Vec::new();
        for (number, (from, steps)) in parts.iter().enumerate() {
            let from = if number == 0 { Timestamp::MIN } else { *from };
            let until = parts.get(number + 1).map(|(next, _)| *next);
            let within = |at: Timestamp| until.is_none_or(|until| at < until);
            if !within(from) {
                continue;
            }
            pieces.extend(steps.at(from).map(|step| Step { from, ..*step }));
            pieces.extend(steps.0.iter().filter(|step| step.from > from && within(step.from)).copied());
        }
        Self::of(pieces)
    }

    /// The intervals whose contact is another in `new`: from, until, the former contact. Neighbours of one former
    /// contact are one interval.
    pub(crate) fn moved(&self, new: &Self) -> Vec<(Timestamp, Timestamp, IdentifierKey)> {
        let mut bounds: Vec<Timestamp> = self.0.iter().chain(&new.0).map(|step| step.from).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let mut moved: Vec<(Timestamp, Timestamp, IdentifierKey)> = Vec::new();
        for (number, from) in bounds.iter().enumerate() {
            let until = bounds.get(number + 1).copied().unwrap_or(Timestamp::MAX);
            let [former, now] = [self, new].map(|steps| steps.at(*from).map(|step| step.home));
            match former {
                Some(former) if now != Some(former) => match moved.last_mut() {
                    Some(last) if last.1 == *from && last.2 == former => last.1 = until,
                    _ => moved.push((*from, until, former)),
                },
                _ => {}
            }
        }
        moved
    }
}

/// Where a pointer stands: at named people, or at an anonymous contact. Never without steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) known: bool,
    pub(crate) steps: Steps,
}

impl Standing {
    pub(crate) fn anonymous(steps: Steps) -> Self {
        Self { known: false, steps }
    }

    pub(crate) fn known(steps: Steps) -> Self {
        Self { known: true, steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IdentifierKey = IdentifierKey([1; 16]);
    const B: IdentifierKey = IdentifierKey([2; 16]);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn steps(pieces: &[(i64, IdentifierKey)]) -> Steps {
        Steps::of(pieces.iter().map(|(from, home)| Step { from: at(*from), home: *home, tracking: None }))
    }

    fn home(steps: &Steps, millis: i64) -> Option<IdentifierKey> {
        steps.at(at(millis)).map(|step| step.home)
    }

    #[test]
    fn the_last_step_at_or_before_counts_else_the_first() {
        let line = steps(&[(10, A), (15, A), (20, B)]);
        assert_eq!(
            [0, 10, 19, 20, 99].map(|millis| home(&line, millis)),
            [Some(A), Some(A), Some(A), Some(B), Some(B)]
        );
        assert_eq!(line.changes(), 1);
        assert_eq!(home(&Steps::default(), 0), None);
    }

    #[test]
    fn what_may_not_be_followed_leaves_no_hole() {
        let refused = Statement { at: at(0), input: A, refused: true };
        let line = Steps::of([
            Step { from: at(10), home: A, tracking: Some(refused) },
            Step { from: at(20), home: B, tracking: None },
        ]);
        assert_eq!(line.only(|said| said.is_none()), Steps::always(B));
    }

    #[test]
    fn parts_in_turn_decide_from_their_time_on() {
        let [ab, b] = [steps(&[(0, A), (50, B)]), steps(&[(0, B)])];
        assert_eq!(Steps::in_turn(&[(at(10), &ab), (at(30), &b)]), steps(&[(10, A), (30, B)]));
        assert_eq!(Steps::in_turn(&[(at(10), &b), (at(30), &ab)]), steps(&[(10, B), (30, A), (50, B)]));
        assert_eq!(Steps::in_turn(&[(at(10), &b), (at(30), &b), (at(30), &ab)]), steps(&[(10, B), (30, A), (50, B)]));
    }

    #[test]
    fn only_what_moved_is_called_back_and_neighbours_together() {
        let former = steps(&[(0, A), (10, B)]);
        assert_eq!(former.moved(&former), []);
        assert_eq!(former.moved(&steps(&[(0, A), (20, B)])), [(at(10), at(20), B)]);
        assert_eq!(
            steps(&[(0, A)]).moved(&steps(&[(0, B), (10, IdentifierKey([3; 16]))])),
            [(Timestamp::MIN, Timestamp::MAX, A)]
        );
    }
}
