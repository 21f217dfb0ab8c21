//! What the router leaves to people, as it stands on `demand.reviews`.

use identity::{HashKey, KeyKind, Likeness, Review as About};
use stream::Topic;
use touchpoint::output::{Review, ReviewKind, ReviewStatus};
use touchpoint::{IdentifierKey, SubjectId, Text, Timestamp};
use wire::Encoder;

/// The topic as its writers see it.
#[derive(Clone, Debug)]
pub(crate) struct Reviews {
    pub(crate) topic: Topic,
    pub(crate) encoder: Encoder,
    /// Ids are hashes: the same pair for the same reason has the same.
    pub(crate) hash_key: HashKey,
}

impl Reviews {
    /// The record about something that was found at a moment, or is to be decided no more.
    pub(crate) fn record(&self, about: About, open: bool, recorded_at: Timestamp) -> Review {
        let (kind, reason) = match about {
            About::SameAs { one: SubjectId::Account(_), because, .. } => (ReviewKind::SameAccount, reason(because)),
            About::SameAs { because, .. } => (ReviewKind::SameContact, reason(because)),
            About::Shared { .. } => (ReviewKind::SharedIdentifier, "shared"),
        };
        let (subjects, identifier) = match about {
            About::SameAs { one, other, .. } => (vec![text(&one), text(&other)], None),
            About::Shared { key } => (Vec::new(), Some(key)),
        };
        let said = format!("{reason} {subjects:?} {identifier:?}");
        Review {
            review_id: Text::new(format!("r{}", self.hash_key.key(KeyKind::Namesake, &said))),
            status: if open { ReviewStatus::Open } else { ReviewStatus::Closed },
            kind,
            reason: Text::new(reason),
            recorded_at,
            subjects,
            identifier: identifier.as_ref().map(text),
            identifier_kind: identifier.as_ref().and_then(kind_of).map(Text::const_new),
            decision: None,
            decided_by: None,
        }
    }
}

const fn reason(because: Likeness) -> &'static str {
    match because {
        Likeness::Identifier => "identifier",
        Likeness::NameAndCompany => "name_and_company",
    }
}

fn text(shown: &impl std::fmt::Display) -> Text {
    Text::new(shown.to_string())
}

fn kind_of(key: &IdentifierKey) -> Option<&'static str> {
    Some(match KeyKind::of(key)? {
        KeyKind::CrmId => "crm_id",
        KeyKind::Email => "email",
        KeyKind::Card => "card",
        KeyKind::Phone => "phone",
        KeyKind::Badge => "badge",
        KeyKind::Cookie => "cookie",
        KeyKind::CorporateNumber => "corporate_number",
        KeyKind::CrmAccount => "crm_account",
        KeyKind::Domain => "domain",
        KeyKind::Input | KeyKind::Opportunity | KeyKind::Namesake => return None,
    })
}
