//! What a page shows to whom.

use super::ConditionText;
use crate::units::Word;
use notation::reading::At;
use notation::section;

section! {
    /// One of the variants of a page.
    struct VariantText {
        /// Its name, as the site knows it.
        show: Option<At<Word>>,
        /// `strongest_interest`: the name of the solution that the contact is most interested in, if there is one.
        by: Option<At<Word>>,
        /// For whom; for everybody else, if not said.
        when: Option<ConditionText>,
    }
}
