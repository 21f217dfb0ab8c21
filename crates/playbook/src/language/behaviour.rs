//! What contacts do over time, and what it is taken to mean.

use super::{ConditionText, PatternText};
use crate::units::{Duration, LabelText, Word};
use notation::reading::{At, Many};
use notation::section;

section! {
    /// What contacts do, by a name that conditions use: `{did: pricing, days: 3, within: 14d}`. Either touchpoints
    /// (`when`), or several behaviours `in_order`, or `after_silence`.
    struct BehaviourText {
        /// What people read.
        label: LabelText,
        /// It occurs at each touchpoint that is one of these ...
        when: Many<PatternText>,
        /// ... unless this behaviour follows `within` so long; it occurs only then ...
        not_followed_by: Option<At<Word>>,
        /// ... and unless that behaviour had occurred less than so long before.
        nor_before: Option<At<Duration>>,
        /// It occurs when these behaviours have occurred in this order `within` so long, and then begins anew.
        in_order: Vec<At<Word>>,
        /// How long, for `not_followed_by` and `in_order`.
        within: Option<At<Duration>>,
        /// It occurs at an own touchpoint that ends at least so long a silence.
        after_silence: Option<At<Duration>>,
    }
}

section! {
    /// What a pattern of touchpoints is taken to mean (仮説): it chooses the next step. One counts at a time: the first in
    /// the file of those that hold. One that another took the place of counts again when it begins anew, or when what it rests
    /// on is done once more.
    struct ReadingText {
        /// What people read.
        label: LabelText,
        /// What is expected to help, and how that would show.
        hypothesis: Option<LabelText>,
        /// It holds as long as this does.
        when: ConditionText,
    }
}
