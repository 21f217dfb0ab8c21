//! Segments, tiers and coverage.

use super::ConditionText;
use crate::units::{Duration, LabelText, Word};
use notation::reading::{At, Many, Named};
use notation::section;
use notation::units::YesNo;

section! {
    /// A set of contacts that keeps itself up to date; entering and leaving it are events.
    struct SegmentText {
        /// What people read.
        label: LabelText,
        /// Who comes in, unless `until` holds for them.
        when: ConditionText,
        /// Who goes; who would not come in any more, if not said. Whoever went comes in again when `when` has not held for once.
        until: Option<ConditionText>,
        /// Nobody stays longer than this.
        lasts: Option<At<Duration>>,
        /// true: advertising tools show something to its members.
        audience: Option<YesNo>,
    }
}

section! {
    /// The size of the business that a company may become; the first that fits counts.
    struct TierText {
        /// What people read.
        label: LabelText,
        /// Which companies: conditions on attributes of the account.
        when: ConditionText,
        /// Stage or phase of the first life cycle -> who leads there.
        coverage: Named<CoverageText>,
        /// Whom sales wants handed over, at a stage that calls for it; all, if not said.
        hand_over: Option<ConditionText>,
    }
}

section! {
    /// Which department does what for a company of one tier at one stage.
    struct CoverageText {
        /// The department in charge.
        lead: At<Word>,
        /// Departments that help.
        help: Many<At<Word>>,
        /// On which channels.
        channels: Many<At<Word>>,
        /// How much, in your words.
        effort: Option<Word>,
    }
}
