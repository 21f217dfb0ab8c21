//! Content: what it is about, for whom, where it can be given, what it is expected to bring about.

use super::ConditionText;
use crate::units::{Count, Duration, LabelText, Points, Word};
use notation::reading::{At, Many};
use notation::section;

section! {
    /// A piece of content: a cell or several of the content map.
    struct ContentText {
        /// What people read.
        title: LabelText,
        /// What sort: article, white_paper, case, ...
        kind as "type": At<Word>,
        /// The solution that it is about; without one, about all.
        solution: Option<At<Word>>,
        /// The issues that it is about, or `all`: each of them. Without one, about none in particular.
        issue: Many<At<Word>>,
        /// The stages of the first life cycle that it is for. Without one it is never proposed.
        stages: Many<At<Word>>,
        /// Where it can be given, the first choice first: channels, and the people who hand it over (inside_sales, sales, success).
        channels: Many<At<Word>>,
        /// The languages in which it is there: ja, en. Who is known to have another one is not proposed it.
        language: Many<At<Word>>,
        /// Words by which patterns ask for it: `{kind: download, tag: roi}`.
        tags: Many<At<Word>>,
        /// Only for those for whom this holds.
        when: Option<ConditionText>,
        /// What it is expected to bring about.
        hypothesis: Option<HypothesisText>,
    }
}

section! {
    /// What a piece of content is expected to bring about (仮説), and how that shows.
    struct HypothesisText {
        /// What people read.
        label: LabelText,
        /// What it is measured by.
        expects: ExpectsText,
    }
}

section! {
    /// What a hypothesis is measured by: one thing that follows, and until when (`at_least` goes with `score` and `any_score`, `days` with `did`).
    struct ExpectsText {
        /// The contact reaches this stage of the first life cycle.
        stage: Option<At<Word>>,
        /// This score ...
        score: Option<At<Word>>,
        /// One of the scores of this family (one per solution) ...
        any_score: Option<At<Word>>,
        /// ... is at least this.
        at_least: Option<At<Points>>,
        /// This becomes the reading.
        reading: Option<At<Word>>,
        /// This question is answered.
        answer: Option<At<Word>>,
        /// This behaviour occurs ...
        did: Option<At<Word>>,
        /// ... on at least so many days; once if not said.
        days: Option<At<Count>>,
        /// This behaviour does not occur.
        did_not: Option<At<Word>>,
        /// Within so long after the content was given.
        within: At<Duration>,
    }
}
