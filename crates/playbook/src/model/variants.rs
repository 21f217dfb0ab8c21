//! What a page shows to whom.

use super::Condition;
use touchpoint::Text;

/// The variants of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Variants {
    /// Of the page.
    pub name: Text,
    /// The first that fits is shown.
    pub choices: Vec<Choice>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub show: Show,
    /// For whom; `None`: for everybody.
    pub when: Option<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    This(Text),
    /// The name of the solution that the contact is most interested in; fits where there is one.
    StrongestInterest,
}
