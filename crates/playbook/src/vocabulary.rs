//! The words of the domain that every playbook knows: channels with their kinds, dispositions, questions with their
//! answers, kinds of feedback. A playbook adds its own under `vocabulary`.

/// Channels and their kinds.
pub(crate) const CHANNELS: &[(&str, &[&str])] = &[
    ("web", &["page_view", "cta_click", "form_submit", "download", "search", "video_view", "chat"]),
    (
        "email",
        &[
            "sent",
            "delivered",
            "deferred",
            "dropped",
            "open",
            "click",
            "bounce",
            "unsubscribe",
            "resubscribe",
            "spam_report",
            "reply",
            "auto_reply",
        ],
    ),
    ("call", &["connected", "no_answer", "voicemail", "absent", "gatekeeper", "callback_requested", "wrong_number"]),
    (
        "event",
        &[
            "invited",
            "reminded",
            "registered",
            "waitlisted",
            "cancelled",
            "joined",
            "left",
            "attended",
            "no_show",
            "on_demand_viewed",
            "asked",
            "survey",
            "booth_visit",
            "card_scan",
            "consultation",
            "followed_up",
        ],
    ),
    (
        "crm",
        &[
            "meeting_booked",
            "meeting_held",
            "meeting_cancelled",
            "proposal_sent",
            "quote_sent",
            "note",
            "accepted",
            "rejected",
            "held",
            "qualified",
            "converted",
            "opportunity_created",
            "opportunity_stage",
            "won",
            "lost",
            "contract_changed",
            "renewed",
            "churned",
            "owner_changed",
            "stage_set",
            "merged",
            "unmerged",
            "erased",
            "restricted",
        ],
    ),
    (
        "profile",
        &[
            "updated",
            "consent",
            "moved",
            "promoted",
            "left_company",
            "joined_company",
            "account_updated",
            "account_merged",
            "account_signal",
        ],
    ),
];

/// What `purpose` of a sent form can be.
pub(crate) const PURPOSES: &[&str] = &[
    "inquiry",
    "quote",
    "demo",
    "trial",
    "document_request",
    "newsletter",
    "download",
    "survey",
    "seminar",
    "partner",
    "support",
    "recruit",
];

/// How a call ended.
pub(crate) const DISPOSITIONS: &[&str] = &[
    "interested",
    "appointment",
    "material_requested",
    "callback",
    "later",
    "no_need",
    "not_interested",
    "wrong_person",
    "left_company",
    "do_not_call",
];

/// Questions and their answers; empty: any answer.
pub(crate) const QUESTIONS: &[(&str, &[&str])] = &[
    ("timeframe", &["3m", "6m", "12m", "later", "unknown"]),
    ("budget", &["secured", "planned", "none", "unknown"]),
    ("authority", &["decision_maker", "approver", "champion", "user", "gatekeeper", "unknown"]),
    ("need", &["stated", "latent", "none"]),
    ("issue", &[]),
    ("solution", &[]),
    ("competitor", &[]),
    ("contract_end", &[]),
    ("preferred_channel", &[]),
    ("preferred_time", &[]),
    ("reaction", &[]),
];

/// What people report back.
pub(crate) const FEEDBACK: &[&str] = &[
    "accepted",
    "held",
    "meeting_booked",
    "qualified",
    "opportunity_created",
    "opportunity_stage",
    "won",
    "lost",
    "rejected",
    "churned",
    "stage_set",
];

/// Channels on which we write down what happened, and give nobody anything.
pub(crate) const RECORDS: [&str; 2] = ["crm", "profile"];

/// Languages of content, by the letters of ISO 639-1.
pub(crate) const LANGUAGES: [&str; 2] = ["ja", "en"];

/// Departments.
pub(crate) const DEPARTMENTS: &[&str] = &["marketing", "inside_sales", "sales", "success", "partner"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marketers_find_every_built_in_word_in_their_readme() {
        let readme = include_str!("../../../deploy/playbooks/README.md");
        let listed: Vec<&str> = readme.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        let channels = CHANNELS.iter().flat_map(|(channel, kinds)| std::iter::once(channel).chain(*kinds));
        let questions = QUESTIONS.iter().flat_map(|(question, answers)| std::iter::once(question).chain(*answers));
        for word in channels.chain(questions).chain(PURPOSES).chain(DISPOSITIONS).chain(FEEDBACK) {
            assert!(listed.contains(word), "{word}");
        }
    }
}
