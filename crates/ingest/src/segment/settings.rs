use crate::settings::{SettingsError, check_names, loosen, table, texts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How calls of Segment and RudderStack are read. Names of events, forms, categories and traits are compared without
/// case, spaces and marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentSettings {
    /// `track` event -> kind.
    pub events: BTreeMap<String, EventRule>,
    /// Form (`form_id`, `form_name`, `form_type`) -> purpose of its `form_submit`, where the call says no `purpose`.
    pub forms: BTreeMap<String, String>,
    /// Consent category -> purpose. Others are not read.
    pub consent_categories: BTreeMap<String, String>,
    /// Trait -> attribute of the account; every other trait is an attribute of the contact under its own name.
    pub account_traits: BTreeMap<String, String>,
    /// Traits and form fields that hold a person's own number. Others may be a switchboard and identify nobody.
    pub own_phone_traits: Vec<String>,
}

/// The touchpoint of a `track` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    pub kind: String,
    /// Sets `properties.purpose` where the call has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// Names of the e-commerce, video, live chat and B2B specs, and names that are common where no spec has one.
/// `Product Viewed` is not here: the `page` call of the same view counts already.
const EVENTS: &[(&str, &str, &str)] = &[
    ("Form Submitted", "form_submit", ""),
    ("Form Submit", "form_submit", ""),
    ("Inquiry Submitted", "form_submit", "inquiry"),
    ("Contact Form Submitted", "form_submit", "inquiry"),
    ("Quote Requested", "form_submit", "quote"),
    ("Demo Requested", "form_submit", "demo"),
    ("Trial Started", "form_submit", "trial"),
    ("Document Requested", "form_submit", "document_request"),
    ("Newsletter Subscribed", "form_submit", "newsletter"),
    ("Survey Submitted", "form_submit", "survey"),
    ("Seminar Applied", "form_submit", "seminar"),
    ("File Downloaded", "download", ""),
    ("Document Downloaded", "download", ""),
    ("Content Downloaded", "download", ""),
    ("CTA Clicked", "cta_click", ""),
    ("Promotion Clicked", "cta_click", ""),
    ("Products Searched", "search", ""),
    ("Site Searched", "search", ""),
    ("Video Playback Started", "video_view", ""),
    ("Video Playback Paused", "video_view", ""),
    ("Video Playback Interrupted", "video_view", ""),
    ("Video Playback Completed", "video_view", ""),
    ("Video Content Started", "video_view", ""),
    ("Video Content Playing", "video_view", ""),
    ("Video Content Completed", "video_view", ""),
    ("Live Chat Conversation Started", "chat", ""),
    ("Live Chat Message Sent", "chat", ""),
    ("Segment Consent Preference Updated", "consent", ""),
];

/// What a video player says to itself.
const PLAYER_EVENTS: &[&str] = &[
    "Video Playback Buffer Started",
    "Video Playback Buffer Completed",
    "Video Playback Seek Started",
    "Video Playback Seek Completed",
    "Video Playback Resumed",
    "Video Quality Updated",
    "Video Ad Started",
    "Video Ad Playing",
    "Video Ad Completed",
];

pub(crate) fn ignored_by_default() -> BTreeMap<String, Vec<String>> {
    ["rudderstack", "segment"].into_iter().map(|source| (String::from(source), texts(PLAYER_EVENTS))).collect()
}

impl Default for SegmentSettings {
    fn default() -> Self {
        let rule = |kind: &str, purpose: &str| EventRule {
            kind: String::from(kind),
            purpose: Some(String::from(purpose)).filter(|purpose| !purpose.is_empty()),
        };
        Self {
            events: EVENTS.iter().map(|(event, kind, purpose)| (String::from(*event), rule(kind, purpose))).collect(),
            forms: BTreeMap::new(),
            consent_categories: table(&[("Analytics", "tracking"), ("Tracking", "tracking")]),
            account_traits: table(&[
                ("company.employee_count", "employees"),
                ("company.employees", "employees"),
                ("company.industry", "industry"),
                ("employees", "employees"),
                ("industry", "industry"),
            ]),
            own_phone_traits: texts(&["mobile", "mobilePhone", "directPhone"]),
        }
    }
}

impl SegmentSettings {
    pub(crate) fn compile(&mut self) -> Result<(), SettingsError> {
        check_names("segment.events", self.events.values().map(|rule| &rule.kind))?;
        check_names("segment.events", self.events.values().filter_map(|rule| rule.purpose.as_ref()))?;
        check_names("segment.forms", self.forms.values())?;
        check_names("segment.consent_categories", self.consent_categories.values())?;
        check_names("segment.account_traits", self.account_traits.values())?;
        loosen("segment.events", &mut self.events)?;
        loosen("segment.forms", &mut self.forms)?;
        loosen("segment.consent_categories", &mut self.consent_categories)?;
        loosen("segment.account_traits", &mut self.account_traits)?;
        self.own_phone_traits.iter_mut().for_each(|name| *name = crate::settings::loose(name));
        Ok(())
    }
}
