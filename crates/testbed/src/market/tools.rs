//! How the company's tools are set up.

use super::seminar;
use ingest::Settings;
use std::collections::BTreeMap;

/// The settings of ingest that the market's company would have: which webinar belongs to which campaign, what its
/// registration form asks, what its CRM calls a lead on hold, and that it reckons in yen. Everything decodes without
/// them too; seminars then belong to no campaign of the playbook, and nobody is held.
pub fn tool_settings() -> Settings {
    let mut settings = Settings { time_zone: String::from("Asia/Tokyo"), ..Settings::default() };
    settings.zoom_webinar.campaigns =
        seminar::campaigns().map(|(webinar, campaign)| (webinar.to_string(), String::from(campaign))).collect();
    settings.zoom_webinar.questions = BTreeMap::from([(String::from("課題は何ですか"), String::from("issue"))]);
    settings.salesforce.status_kinds.insert(String::from("Nurturing - Hold"), String::from("held"));
    settings.salesforce.currency = Some(String::from("JPY"));
    settings
}
