use crate::{Text, Timestamp};
use serde::{Deserialize, Serialize};

/// What a person allowed or refused: per purpose and, where given, channel; with its basis, moment and evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Consent {
    /// `marketing`, `tracking`, `profiling`, or another the playbook names.
    pub purpose: Text,
    pub channel: Option<Text>,
    pub state: ConsentState,
    /// `opt_in`, `business_card`, `business_relation`, `published`, ...
    pub basis: Option<Text>,
    pub at: Option<Timestamp>,
    pub evidence: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConsentState {
    Granted,
    Denied,
}

impl ConsentState {
    /// As playbooks and schemas call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }
}
