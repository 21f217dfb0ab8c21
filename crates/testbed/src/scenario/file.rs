//! A scenario as it is written.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What it shows, in one sentence.
    pub(super) scenario: String,
    /// Where the expected figures come from, what is left out.
    #[serde(default)]
    #[allow(dead_code)] // for people
    note: Option<String>,
    /// Files that stand in for those of the playbook under test, by name.
    #[serde(default)]
    pub(super) playbook: BTreeMap<String, String>,
    pub(super) when: Vec<Spanned<Step>>,
    pub(super) then: Vec<Spanned<Expected>>,
}

/// One input (or one repeated). What has no name here is a field of the canonical touchpoint: `campaign`, `answers`, `attributes`, ...
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    /// When it occurred: `2026-07-01 10:00` in the playbook's zone, or with an offset.
    pub(super) at: String,
    /// When we hear of it; else at once.
    pub(super) arrives: Option<String>,
    /// Channel and kind: `web page_view`.
    pub(super) what: Option<String>,
    /// The contact, by any name; there is one as a rule. `{n}` in it is the number of the repetition.
    pub(super) who: Option<String>,
    /// To name it later; else the step's number.
    pub(super) id: Option<String>,
    /// Takes the input of this id back.
    pub(super) takes_back: Option<String>,
    /// Happens again and again; `{n}` in a text is the number of the repetition.
    pub(super) repeat: Option<Repeat>,
    pub(super) url: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) email: Option<String>,
    pub(super) cookie: Option<String>,
    pub(super) crm_id: Option<String>,
    pub(super) card: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Json>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    pub(super) every_days: i64,
    pub(super) times: u32,
}

/// What must hold at a moment.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) at: String,
    pub(super) who: Option<String>,
    /// By its domain: what follows is about this company, not about a contact.
    pub(super) account: Option<String>,
    /// Members of the company.
    pub(super) contacts: Option<u32>,
    /// Values as read then, to a hundredth of a point.
    pub(super) score: BTreeMap<String, f64>,
    pub(super) stage: Option<String>,
    /// Another life cycle than the first.
    pub(super) life_cycle: Option<String>,
    pub(super) since: Option<String>,
    pub(super) fit: Option<String>,
    pub(super) fit_points: Option<f64>,
    pub(super) known: Option<bool>,
    pub(super) reachable: Option<bool>,
    /// All transitions told so far, in order.
    pub(super) transitions: Option<Vec<ExpectedTransition>>,
    pub(super) milestones: BTreeMap<String, ExpectedMilestone>,
    /// Points that inputs give now, by id and rule, after limits and caps.
    pub(super) points: BTreeMap<String, BTreeMap<String, f64>>,
    /// What limits and caps took of them.
    pub(super) cut: BTreeMap<String, BTreeMap<String, f64>>,
    pub(super) recycled: Option<u32>,
    /// Earliest return from the recycle box; `never`: not by itself.
    pub(super) returns: Option<String>,
    /// When time alone leads to another stage next; `never`.
    pub(super) next_move: Option<String>,
    /// When time alone changes something next; `never`.
    pub(super) next_timer: Option<String>,
    pub(super) top_solution: Option<String>,
    /// The reading that counts; `none`.
    pub(super) reading: Option<String>,
    /// What to give next; `none`.
    pub(super) next_content: Option<String>,
    /// Where to give it; `none`.
    pub(super) next_channel: Option<String>,
    /// Page -> the variant that it shows; `none`.
    pub(super) variants: BTreeMap<String, String>,
    /// The programmes that the contact is in, in the order in which they speak.
    pub(super) programmes: Option<Vec<String>>,
    /// Segment -> is the contact in it?
    pub(super) segments: BTreeMap<String, bool>,
    /// All that was told so far of entering and leaving the segments that are named here, in order.
    pub(super) segment_changes: Option<Vec<ExpectedSegmentChange>>,
    /// All that the programmes that are named here did so far, in order; `[]`: no programme did anything.
    pub(super) actions: Option<Vec<ExpectedAction>>,
    /// All that was told so far of hand-offs, in order.
    pub(super) handoffs: Option<Vec<ExpectedHandoff>>,
    /// Team -> how many hand-offs its members were given so far, of whomever.
    pub(super) handed_out: BTreeMap<String, usize>,
    /// The tier of the company; `none`.
    pub(super) tier: Option<String>,
    /// The department that leads; `none`.
    pub(super) department: Option<String>,
    /// Part of what is missing for the next stage (Japanese or English); `nothing`: no way leads on.
    pub(super) missing: Option<String>,
}

/// One of `planned`, `held_out`, `withheld`, `cancelled`, as `programme.step`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExpectedAction {
    pub(super) planned: Option<String>,
    pub(super) held_out: Option<String>,
    pub(super) withheld: Option<String>,
    pub(super) cancelled: Option<String>,
    /// Not before.
    pub(super) at: Option<String>,
    /// Not after; `never`.
    pub(super) until: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) content: Option<String>,
    pub(super) to: Option<String>,
    pub(super) ask: Option<Vec<String>>,
    /// Why it is withheld.
    pub(super) reason: Option<String>,
    /// Part of its sentence, Japanese or English.
    pub(super) says: Option<String>,
}

/// What has happened, with the name of the hand-off: `{offered: hand_raised}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExpectedHandoff {
    pub(super) offered: Option<String>,
    pub(super) joined: Option<String>,
    pub(super) assigned: Option<String>,
    pub(super) accepted: Option<String>,
    pub(super) held: Option<String>,
    pub(super) rejected: Option<String>,
    pub(super) reassigned: Option<String>,
    pub(super) warned: Option<String>,
    pub(super) advised: Option<String>,
    pub(super) withdrawn: Option<String>,
    pub(super) breached: Option<String>,
    pub(super) closed: Option<String>,
    pub(super) at: Option<String>,
    pub(super) who: Option<String>,
    pub(super) department: Option<String>,
    pub(super) team: Option<String>,
    /// `none`: nobody yet.
    pub(super) person: Option<String>,
    pub(super) partner: Option<String>,
    /// Who is told, too; `none`.
    pub(super) informed: Option<String>,
    /// Until when; `never`: nothing is due any more.
    pub(super) first_attempt: Option<String>,
    pub(super) decision: Option<String>,
    /// Contacts that are in it then.
    pub(super) contacts: Option<usize>,
    pub(super) reason: Option<String>,
    pub(super) ask: Option<Vec<String>>,
    pub(super) mind: Option<Vec<String>>,
    /// Part of its sentence, Japanese or English.
    pub(super) says: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExpectedSegmentChange {
    pub(super) entered: Option<String>,
    pub(super) left: Option<String>,
    pub(super) at: Option<String>,
    pub(super) cause: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExpectedTransition {
    pub(super) to: String,
    pub(super) from: Option<String>,
    pub(super) at: Option<String>,
    pub(super) recorded_at: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) direction: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) skipped: Option<Vec<String>>,
    /// It corrects the transition before.
    pub(super) corrects: Option<bool>,
    /// Part of the sentence (Japanese or English).
    pub(super) says: Option<String>,
    /// Part of what it said to be missing for the next stage (Japanese or English).
    pub(super) missing: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedMilestone {
    pub(super) first: String,
    pub(super) count: u32,
}
