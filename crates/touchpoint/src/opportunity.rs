use crate::{Date, Decimal, Text};
use serde::{Deserialize, Serialize};

/// A deal in the CRM, as far as one touchpoint tells it: absent means "not said", never "cleared".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Opportunity {
    /// Scoped: `salesforce:0065e01`.
    pub id: Text,
    /// `new`, `expansion`, `renewal`, ... as the CRM calls it.
    pub kind: Option<Text>,
    pub stage: Option<Text>,
    pub amount: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<Text>,
    pub products: Vec<Text>,
    pub close_on: Option<Date>,
    pub contacts: Vec<OpportunityContact>,
}

/// A person named by an opportunity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpportunityContact {
    pub crm_id: Text,
    pub role: Option<Text>,
}
