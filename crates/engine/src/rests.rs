//! What a condition rests on, and what an input has changed: a set of nouns as bits. Scores and behaviours share bits where
//! there are many; then one more condition is asked than need be.

use crate::question::Awaited;
use playbook::model::{BehaviourIx, Condition, Model, ScoreIx};
use std::ops::{BitOr, BitOrAssign};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rests(u64);

impl Rests {
    pub(crate) const NOTHING: Self = Self(0);
    pub(crate) const EVERYTHING: Self = Self(u64::MAX);
    pub(crate) const KNOWN: Self = Self(1);
    pub(crate) const ATTRIBUTES: Self = Self(1 << 1);
    pub(crate) const ANSWERS: Self = Self(1 << 2);
    /// Consents, and the identifiers by which somebody can be reached.
    pub(crate) const REACH: Self = Self(1 << 3);
    /// Which company, and what it has told of itself.
    pub(crate) const ACCOUNT: Self = Self(1 << 4);
    /// The last own touchpoint.
    pub(crate) const OWN: Self = Self(1 << 5);
    /// The last raised hand or person's word.
    pub(crate) const MARK: Self = Self(1 << 6);
    pub(crate) const HANDOFFS: Self = Self(1 << 7);
    pub(crate) const STAGE: Self = Self(1 << 8);
    pub(crate) const READING: Self = Self(1 << 9);
    pub(crate) const SEGMENT: Self = Self(1 << 10);
    /// A touchpoint at hand that patterns of stages may match.
    pub(crate) const TOUCHPOINT: Self = Self(1 << 11);
    /// What a contact's state tells and no condition rests on: where it came from, who it is, its unit and owner, which
    /// content it has had, which programmes it is in.
    pub(crate) const PROFILE: Self = Self(1 << 12);
    pub(crate) const SCORES: Self = Self(0xffff << 16);
    pub(crate) const BEHAVIOURS: Self = Self(0xffff_ffff << 32);

    pub(crate) const fn score(ix: ScoreIx) -> Self {
        Self(1 << (16 + ix.0 % 16))
    }

    pub(crate) const fn behaviour(ix: BehaviourIx) -> Self {
        Self(1 << (32 + ix.0 % 32))
    }

    /// How many nouns there are.
    pub(crate) const NOUNS: usize = 64;

    /// Calls `each` with the number of every noun.
    pub(crate) fn each(self, mut each: impl FnMut(usize)) {
        let mut rest = self.0;
        while rest != 0 {
            each(rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }

    /// Have the two something in common?
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What a condition rests on beside time.
    pub(crate) fn of(model: &Model, condition: &Condition) -> Self {
        let mut rests = Self::NOTHING;
        condition.for_each_leaf(&mut |leaf| rests |= Self::of_leaf(model, leaf));
        rests
    }

    /// What a contact's state says: it is told again when some of it has changed, not for what time alone has done to it.
    pub(crate) fn published(model: &Model) -> Self {
        let pages = model.variants.iter().flat_map(|page| &page.choices).filter_map(|choice| choice.when.as_ref());
        let content = model.assets.iter().filter_map(|asset| asset.when.as_ref());
        Self::KNOWN
            | Self::ATTRIBUTES
            | Self::ANSWERS
            | Self::REACH
            | Self::ACCOUNT
            | Self::STAGE
            | Self::READING
            | Self::SEGMENT
            | Self::PROFILE
            | Self::SCORES
            | Self::of_all(model, pages.chain(content))
    }

    /// What any of these rests on.
    pub(crate) fn of_all<'a>(model: &Model, conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        conditions.into_iter().fold(Self::NOTHING, |rests, condition| rests | Self::of(model, condition))
    }

    fn of_leaf(model: &Model, leaf: &Condition) -> Self {
        match leaf {
            Condition::ScoreAtLeast(score, _) | Condition::ScoreBelow(score, _) => Self::score(*score),
            Condition::AnyScoreAtLeast(scores, _) | Condition::Close { scores, .. } => {
                scores.iter().fold(Self::NOTHING, |rests, score| rests | Self::score(*score))
            }
            Condition::Did(did) | Condition::DidNot(did) => {
                let since = if did.since_stage { Self::STAGE } else { Self::NOTHING };
                Self::behaviour(did.behaviour) | since
            }
            Condition::Reading(_) => Self::READING,
            Condition::Segment(_) => Self::SEGMENT,
            Condition::Colleagues { .. } => Self::ACCOUNT | Self::SEGMENT,
            Condition::AccountStage { .. } => Self::ACCOUNT,
            Condition::Stage { .. }
            | Condition::CameBy { .. }
            | Condition::CameFrom { .. }
            | Condition::HoldPassed { .. } => Self::STAGE,
            Condition::HandoffOpen | Condition::HandoffBreached { .. } => Self::HANDOFFS,
            Condition::Date { .. } => Self::ATTRIBUTES | Self::ANSWERS,
            Condition::Consent { .. } | Condition::Reachable(_) => Self::REACH,
            Condition::Tier(_) | Condition::Fit(_) | Condition::Attribute(..) => Self::ATTRIBUTES,
            Condition::Known => Self::KNOWN,
            Condition::Answer(..) => Self::ANSWERS,
            Condition::AnsweredSince(..) => Self::ANSWERS | Self::STAGE,
            Condition::Touchpoint(_) | Condition::Feedback { .. } => Self::TOUCHPOINT,
            Condition::Quiet(_) | Condition::OwnTouchpoint => Self::OWN,
            Condition::SinceMark(_) => Self::MARK,
            Condition::ReturnDue => {
                // The box, its date, and what brings somebody back before that.
                let mut rests = Self::STAGE | Self::ATTRIBUTES | Self::ANSWERS;
                for when in model.returns() {
                    when.for_each_leaf(&mut |leaf| {
                        // A reason may name the return itself.
                        if !matches!(leaf, Condition::ReturnDue) {
                            rests |= Self::of_leaf(model, leaf);
                        }
                    });
                }
                rests
            }
            // Asked of accounts.
            Condition::Members { .. } | Condition::AccountScoreAtLeast(_) | Condition::AccountScoreBelow(_) => {
                Self::EVERYTHING
            }
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => Self::of(model, leaf),
        }
    }
}

/// Changes by direction: what was done more often, or scores more, has come *up*. What has no direction has gone both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) up: Rests,
    pub(crate) down: Rests,
}

impl Changes {
    pub(crate) const NOTHING: Self = Self::of(Rests::NOTHING);
    pub(crate) const EVERYTHING: Self = Self::of(Rests::EVERYTHING);

    /// In either direction.
    pub(crate) const fn of(what: Rests) -> Self {
        Self { up: what, down: what }
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.up.meets(other.up) || self.down.meets(other.down)
    }

    pub(crate) const fn touches(self, what: Rests) -> bool {
        self.all().meets(what)
    }

    /// Whatever the direction.
    pub(crate) const fn all(self) -> Rests {
        Rests(self.up.0 | self.down.0)
    }

    /// What may make a condition hold (`rising`), or end it. Whatever else it rests on, at any moment from now on, takes it
    /// further from that.
    fn turning(model: &Model, condition: &Condition, rising: bool) -> Self {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().fold(Self::NOTHING, |all, part| all | Self::turning(model, part, rising))
            }
            Condition::Not(part) => Self::turning(model, part, !rising),
            leaf => {
                let rests = Rests::of_leaf(model, leaf);
                match Self::direction(leaf) {
                    Some(up) if up == rising => Self { up: rests, ..Self::NOTHING },
                    Some(_) => Self { down: rests, ..Self::NOTHING },
                    None => Self::of(rests),
                }
            }
        }
    }

    /// What may bring about what is awaited.
    pub(crate) fn bringing(model: &Model, awaited: Awaited<'_>) -> Self {
        let Awaited { when, unless, wanted } = awaited;
        let unless = unless.map(|unless| Self::turning(model, unless, !wanted));
        Self::turning(model, when, wanted) | unless.unwrap_or(Self::NOTHING)
    }

    /// Whether what a leaf rests on makes it hold when it comes up, or when it goes down; `None`: either may.
    fn direction(leaf: &Condition) -> Option<bool> {
        match leaf {
            Condition::ScoreAtLeast(..) | Condition::AnyScoreAtLeast(..) => Some(true),
            Condition::ScoreBelow(..) => Some(false),
            Condition::Did(did) if !did.since_stage => Some(true),
            Condition::DidNot(did) if !did.since_stage => Some(false),
            // Own touchpoints end silence.
            Condition::Quiet(_) => Some(false),
            _ => None,
        }
    }
}

impl BitOr for Changes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { up: self.up | other.up, down: self.down | other.down }
    }
}

impl BitOrAssign for Changes {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl BitOr for Rests {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Rests {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
