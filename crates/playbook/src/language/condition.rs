//! Conditions: small trees over a contact's state and the touchpoint at hand.

use super::{PatternText, TestText, WaitText};
use crate::units::{Count, Duration, Points, Word};
use notation::reading::{At, Many, Named};
use notation::section;
use notation::units::YesNo;

section! {
    /// A condition: exactly one of these words (`at_least` and `below` go with `score` and `any_score`, `apart` with `close`, `times`, `days`, `within` and `since` with `did`, `since` with `answer`, `for` with `stage` and `handoff`, `in_segment` with `members` and `colleagues`, `within_next`, `within_last` and `past_by` with `date`, `channel` with `consent`, `reasons` with `feedback`).
    struct ConditionText {
        /// All of them hold.
        all: Option<Vec<ConditionText>>,
        /// Any of them holds.
        any: Option<Vec<ConditionText>>,
        /// It does not hold.
        not: Option<Box<ConditionText>>,
        /// This score's value now ...
        score: Option<At<Word>>,
        /// One of the scores of this family (one per solution) ...
        any_score: Option<At<Word>>,
        /// ... is at least this.
        at_least: Option<At<Points>>,
        /// ... is below this.
        below: Option<At<Points>>,
        /// Two scores of this family (one per solution) are both at least `at_least` ...
        close: Option<At<Word>>,
        /// ... and no more apart than this.
        apart: Option<At<Points>>,
        /// This behaviour has occurred ...
        did: Option<At<Word>>,
        /// ... at least so many times; once if not said ...
        times: Option<At<Count>>,
        /// ... on at least so many days ...
        days: Option<At<Count>>,
        /// ... less than so long ago; ever if not said.
        within: Option<At<Duration>>,
        /// `stage`: only what was done, or answered, since the stage was entered; `step`: since the step of the programme began; `programme`, beside `leaves`: since the contact came into it.
        since: Option<At<Word>>,
        /// This is the reading now.
        reading: Option<At<Word>>,
        /// In one of these segments.
        segment: Many<At<Word>>,
        /// The company is of one of these tiers.
        tier: Many<At<Word>>,
        /// Life cycle -> at one of these stages of it ...
        stage: Named<Many<At<Word>>>,
        /// ... for at least so long (also with `handoff: breached`).
        stood_for as "for": Option<At<WaitText>>,
        /// Life cycle -> what brought the contact to the stage at which they stand: score, hand, person, profile, association, feedback.
        came_by: Named<Many<At<Word>>>,
        /// Life cycle -> the stage from which the contact came to where they stand is one of these.
        came_from: Named<Many<At<Word>>>,
        /// Of an account: at least so many of its contacts are ...
        members: Option<At<Count>>,
        /// Of a contact: at least so many others of the same unit are ...
        colleagues: Option<At<Count>>,
        /// ... in this segment.
        in_segment: Option<At<Word>>,
        /// Life cycle of accounts -> the contact's account stands at one of these stages of it.
        account_stage: Named<Many<At<Word>>>,
        /// This day of the customer ...
        date: Option<DateText>,
        /// ... begins in less than this, or is today, ...
        within_next: Option<Duration>,
        /// ... began less than this ago, ...
        within_last: Option<Duration>,
        /// ... or has been over for this.
        past_by: Option<At<WaitText>>,
        /// The fit grade is one of these.
        fit: Many<At<Word>>,
        /// true: we know who it is; false: anonymous.
        known: Option<YesNo>,
        /// Attribute of the contact -> test.
        contact: Named<TestText>,
        /// Attribute of the account -> test.
        account: Named<TestText>,
        /// Question -> test on the latest answer.
        answer: Named<TestText>,
        /// Purpose -> what was last said of it: granted, denied, or a test ...
        consent: Named<TestText>,
        /// ... for this channel; of any if not said.
        channel: Option<At<Word>>,
        /// May be written to (email), or called (call).
        reachable: Option<At<Word>>,
        /// The touchpoint at hand is one of these.
        touchpoint: Many<PatternText>,
        /// The touchpoint at hand is this word of sales or success ...
        feedback: Many<At<Word>>,
        /// ... with one of these reasons.
        reasons: Many<At<Word>>,
        /// No own touchpoint for so long.
        quiet_for: Option<Duration>,
        /// So long since the last raised hand or person's word, or there was none.
        since_last_word: Option<Duration>,
        /// The date until which sales holds is past by so long, counted from the beginning of that day.
        hold_passed_by: Option<At<WaitText>>,
        /// Of the contact's hand-offs, in any life cycle: `open`, one is; `breached`, the first attempt or the decision of one that is open is late ...
        handoff: Option<At<Word>>,
        /// true: the tier of the company wants the contact handed over; also where no tier fits.
        handed_over_by_tier: Option<YesNo>,
        /// In the recycle box, and the earliest date of return has come.
        return_due: Option<YesNo>,
        /// The touchpoint at hand is the contact's own.
        own_touchpoint: Option<YesNo>,
    }
}

section! {
    /// A day that the customer has: an answer or an attribute that is a day, as 2027-03-31.
    struct DateText {
        /// This question's latest answer.
        answer: Option<At<Word>>,
        /// This attribute of the contact.
        contact: Option<At<Word>>,
        /// This attribute of the account.
        account: Option<At<Word>>,
    }
}
