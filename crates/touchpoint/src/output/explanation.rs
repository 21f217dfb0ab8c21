//! Why a score or stage is what it is: contributions, grouped by rule, and a sentence.

use crate::{InputId, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// One text for people, in both languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    pub ja: Text,
    pub en: Text,
}

impl Sentence {
    /// Characters (not bytes) in the short form: the length of a text field in the common CRMs.
    pub const SHORT_CHARS_MAX: usize = 255;

    /// The same, each language cut to [`Self::SHORT_CHARS_MAX`] characters; a cut one ends in `…`.
    pub fn shortened(&self) -> Self {
        Self { ja: shorten(&self.ja), en: shorten(&self.en) }
    }
}

fn shorten(text: &Text) -> Text {
    let mut chars = text.char_indices();
    match chars.nth(Sentence::SHORT_CHARS_MAX - 1) {
        // At least one more character follows the last that may stay: it gives its place to the ellipsis.
        Some((at, _)) if chars.next().is_some() => {
            let mut cut = Text::new(&text[..at]);
            cut.push('…');
            cut
        }
        _ => text.clone(),
    }
}

/// One score before and after an event, with what it mostly rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreMovement {
    pub name: Text,
    /// The value read, in thousandths of a point.
    pub before_milli: i64,
    pub after_milli: i64,
    /// The largest by what is left of them, largest first; not all.
    pub largest: Vec<ContributionGroup>,
}

/// What one rule gave a score, over all its touchpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionGroup {
    /// `S05`.
    pub rule: Text,
    /// The rule as people read it.
    pub label: Option<Sentence>,
    /// Live contributions of the rule.
    pub count: u32,
    /// Their sum when they were given, in thousandths of a point.
    pub points_then_milli: i64,
    /// What is left of that at the event.
    pub points_now_milli: i64,
    /// When the latest of them occurred.
    pub latest_at: Timestamp,
    /// The touchpoint of the group that has most left.
    pub example: Option<InputId>,
}

/// What one touchpoint gave a score by one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    pub input: InputId,
    pub rule: Text,
    /// Hash of the playbook version that gave the points.
    pub playbook: Text,
    pub occurred_at: Timestamp,
    /// As given, after caps, in thousandths of a point.
    pub points_then_milli: i64,
    /// What is left of it at the event.
    pub points_now_milli: i64,
}

/// A contribution that took the place of another: a new version of an input, or a newer answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedContribution {
    pub before: Contribution,
    pub after: Contribution,
}

/// A named line that makes the sum right: `floor`, `ceiling`, `rounding`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub name: Text,
    /// In thousandths of a point.
    pub points_milli: i64,
}

/// Who somebody is, as points and grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitReading {
    /// In thousandths of a point.
    pub points_milli: i64,
    /// `A` to `D`, `U` when too little is known.
    pub grade: Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_sentence_has_at_most_255_characters_and_says_when_it_was_cut() {
        let exact = "問".repeat(255);
        let long = "問".repeat(256);
        let short = Sentence { ja: Text::new(&exact), en: Text::new(&long) }.shortened();
        assert_eq!(short.ja, exact, "255 characters stay");
        assert_eq!(short.en.chars().count(), 255);
        assert!(short.en.ends_with("問…"));
    }
}
