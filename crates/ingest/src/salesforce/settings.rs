use crate::ids;
use crate::settings::{SettingsError, check_names, check_targets, loosen, table, texts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How Salesforce's change events are read. Values of pick lists are compared without case, spaces and marks; names of
/// fields are Salesforce's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SalesforceSettings {
    /// The scope of its ids: `salesforce:00Q...`. A second org needs another.
    pub scope: String,
    /// Changes that we made ourselves, by the API client's id (the `client=` of `changeOrigin`).
    pub own_clients: Vec<String>,
    /// Changes that we made ourselves, by the user's id (`commitUser`).
    pub own_users: Vec<String>,
    /// The role of the people who change records.
    pub actor_role: String,
    /// `Lead.Status` -> what sales said: `accepted`, `rejected`, `held`, `qualified`. Others are an update.
    pub status_kinds: BTreeMap<String, String>,
    /// Stages that win and that lose an opportunity; all others are open.
    pub won_stages: Vec<String>,
    pub lost_stages: Vec<String>,
    /// Fields that hold the reason of a rejection or loss; the first that is set counts.
    pub reason_fields: Vec<String>,
    /// A reason as the field writes it -> our code. Others are kept as they are.
    pub reasons: BTreeMap<String, String>,
    /// Fields that hold the day until which sales holds a lead.
    pub until_fields: Vec<String>,
    /// `OpportunityContactRole.Role` -> our role. Others are kept as they are.
    pub roles: BTreeMap<String, String>,
    /// Field of Lead, Contact or Account -> attribute of the contact. Fields that no table names are not read.
    pub contact_attributes: BTreeMap<String, String>,
    /// Field of Lead, Contact or Account -> attribute of the account.
    pub account_attributes: BTreeMap<String, String>,
    /// Fields that hold a person's own number. `Phone` is taken for the switchboard.
    pub own_phone_fields: Vec<String>,
    /// ISO 4217 of amounts, where the org has one currency only.
    pub currency: Option<String>,
}

impl Default for SalesforceSettings {
    fn default() -> Self {
        Self {
            scope: String::from("salesforce"),
            own_clients: Vec::new(),
            own_users: Vec::new(),
            actor_role: String::from("sales"),
            status_kinds: table(&[
                ("Contacted", "accepted"),
                ("Working", "accepted"),
                ("Working - Contacted", "accepted"),
                ("Qualified", "qualified"),
                ("Unqualified", "rejected"),
                ("Closed - Not Converted", "rejected"),
            ]),
            won_stages: texts(&["Closed Won"]),
            lost_stages: texts(&["Closed Lost"]),
            reason_fields: texts(&["Reason__c", "Rejection_Reason__c", "Unqualified_Reason__c", "Loss_Reason__c"]),
            reasons: BTreeMap::new(),
            until_fields: texts(&["Hold_Until__c"]),
            roles: table(&[
                ("Decision Maker", "decision_maker"),
                ("Economic Buyer", "approver"),
                ("Economic Decision Maker", "approver"),
                ("Executive Sponsor", "approver"),
                ("Evaluator", "champion"),
                ("Influencer", "champion"),
                ("Business User", "user"),
                ("Gatekeeper", "gatekeeper"),
            ]),
            contact_attributes: table(&[
                ("Department", "department"),
                ("LeadSource", "lead_source"),
                ("Rating", "rating"),
                ("Title", "title"),
            ]),
            account_attributes: table(&[
                ("AnnualRevenue", "revenue"),
                ("Industry", "industry"),
                ("NumberOfEmployees", "employees"),
                ("Type", "customer_type"),
            ]),
            own_phone_fields: texts(&["MobilePhone"]),
            currency: None,
        }
    }
}

impl SalesforceSettings {
    pub(crate) fn compile(&mut self) -> Result<(), SettingsError> {
        check_names("salesforce", [&self.scope, &self.actor_role])?;
        check_names("salesforce.status_kinds", self.status_kinds.values())?;
        check_names("salesforce.reasons", self.reasons.values())?;
        check_names("salesforce.roles", self.roles.values())?;
        check_names("salesforce.contact_attributes", self.contact_attributes.values())?;
        check_names("salesforce.account_attributes", self.account_attributes.values())?;
        check_targets("salesforce.contact_attributes", &self.contact_attributes)?;
        check_targets("salesforce.account_attributes", &self.account_attributes)?;
        loosen("salesforce.status_kinds", &mut self.status_kinds)?;
        loosen("salesforce.reasons", &mut self.reasons)?;
        loosen("salesforce.roles", &mut self.roles)?;
        for stages in [&mut self.won_stages, &mut self.lost_stages] {
            stages.iter_mut().for_each(|stage| *stage = crate::settings::loose(stage));
        }
        for user in &mut self.own_users {
            if let Some(id) = ids::salesforce_id(user) {
                *user = String::from(id);
            }
        }
        Ok(())
    }
}
