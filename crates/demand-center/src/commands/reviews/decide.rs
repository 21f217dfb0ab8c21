use super::standing::standing;
use crate::commands::said::{self, say};
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, Outgoing};
use crate::output::talk;
use crate::service::Forms;
use crate::settings::Settings;
use crate::topics::{TopicPlan, names};
use clap::ValueEnum;
use identity::{Coded, Message};
use serde_json::json;
use touchpoint::Text;
use touchpoint::output::{Review, ReviewKind, ReviewStatus};

/// What a person says of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// The two are one: the first takes in the other
    Same,
    /// They are two, whatever comes
    Different,
    /// The identifier is not shared: it begins anew
    Release,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Release => "release",
        }
    }

    const fn fits(self, kind: ReviewKind) -> bool {
        match kind {
            ReviewKind::SameContact => matches!(self, Self::Same | Self::Different),
            ReviewKind::SharedIdentifier => matches!(self, Self::Release),
            // Ours are no ids of a CRM.
            ReviewKind::SameAccount => false,
        }
    }
}

/// Carries out what a person decided, and notes it.
///
/// # Errors
/// When there is no such review, the decision does not fit it, or the cluster does not take it.
pub(in crate::commands) fn decide(
    settings: &Settings,
    review: &str,
    decision: Decision,
    by: &str,
) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&settings.kafka)?;
    let forms = Forms::new(settings)?;
    let Some(review) = standing(settings, &cluster, &forms)?.remove(review) else {
        return Err(Failure::findings(format!("no review is called `{review}`; nothing was decided"))
            .next("`demand-center reviews list` prints them"));
    };
    if !decision.fits(review.kind) {
        let next = match review.kind {
            ReviewKind::SameContact => "`same` or `different`",
            ReviewKind::SharedIdentifier => "`release`; to leave it shared, do nothing",
            ReviewKind::SameAccount => "companies are merged in the CRM, whose record `merged` is followed",
        };
        let (decision, kind) = (decision.as_str(), review.kind.as_str());
        return Err(Failure::usage(format!("`{decision}` decides nothing about `{kind}`")).next(next));
    }
    match decision {
        Decision::Same | Decision::Different => {
            let kind = if decision == Decision::Same { "merged" } else { "unmerged" };
            say(settings, &cluster, (&review.review_id, kind, by), json!({ "contact": review.subjects }))?;
        }
        Decision::Release => release(settings, &review)?,
    }
    note(
        settings,
        &forms,
        Review {
            status: ReviewStatus::Decided,
            recorded_at: said::now(),
            decision: Some(Text::const_new(decision.as_str())),
            decided_by: Some(Text::new(by)),
            ..review
        },
    )?;
    talk("decided; it holds as soon as the services have read it");
    Ok(Exit::Done)
}

/// Tells the identifier's owner.
fn release(settings: &Settings, review: &Review) -> Result<(), Failure> {
    let Message::Notice(notice) = Message::release() else { return Ok(()) };
    let mut value = Vec::new();
    notice.encode(&mut value).map_err(|error| Failure::findings(error.to_string()))?;
    let topic = TopicPlan::new(settings).name(names::TOUCHPOINTS);
    let key = review.identifier.clone().unwrap_or_default();
    said::send(settings, Outgoing::with_opaque_to(&topic, 0).key(key.as_bytes()).payload(&value))
}

fn note(settings: &Settings, forms: &Forms, review: Review) -> Result<(), Failure> {
    let mut value = Vec::new();
    forms.outputs.write(&review, &mut value);
    let key = format!("{}/decision", review.review_id);
    let topic = TopicPlan::new(settings).name(names::REVIEWS);
    said::send(settings, Outgoing::with_opaque_to(&topic, 0).key(key.as_bytes()).payload(&value))
}
