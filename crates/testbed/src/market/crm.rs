//! The CRM's own numbers: record ids, commits, who works there.

use super::dice::Dice;

/// A Salesforce org. Ids are made of a type's prefix and a number; with that, the last three letters, which say where
/// capitals stand, are the same for all of a type.
pub(super) struct Crm {
    next: u64,
    commit: u64,
    pub(super) dice: Dice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Lead,
    Contact,
    Account,
    Opportunity,
    OpportunityContactRole,
}

impl Entity {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lead => "Lead",
            Self::Contact => "Contact",
            Self::Account => "Account",
            Self::Opportunity => "Opportunity",
            Self::OpportunityContactRole => "OpportunityContactRole",
        }
    }
}

impl Crm {
    pub(super) const fn new(dice: Dice) -> Self {
        Self { next: 1, commit: 1_100_638_000_000, dice }
    }

    pub(super) fn id(&mut self, entity: Entity) -> String {
        let number = self.next;
        self.next += 1;
        match entity {
            Entity::Lead => format!("00Q5i{number:010}EAA"),
            Entity::Contact => format!("0035i{number:010}AAA"),
            Entity::Account => format!("0015i{number:010}AAA"),
            Entity::Opportunity => format!("0065i{number:010}AAA"),
            Entity::OpportunityContactRole => format!("00K5i{number:010}EAA"),
        }
    }

    /// A transaction: its key and commit number.
    pub(super) fn transaction(&mut self) -> (String, u64) {
        self.commit += 1 + self.dice.below(50);
        (self.dice.uuid(), self.commit)
    }
}

/// Users of the org: two of inside sales, four of sales. A company keeps its own.
pub(super) fn inside_sales(account: usize) -> (&'static str, &'static str) {
    [("0055i0000000901AAA", "is-tanabe"), ("0055i0000000902AAA", "is-okuda")][account % 2]
}

pub(super) fn salesperson(account: usize) -> &'static str {
    ["0055i0000000911AAA", "0055i0000000912AAA", "0055i0000000913AAA", "0055i0000000914AAA"][account % 4]
}
