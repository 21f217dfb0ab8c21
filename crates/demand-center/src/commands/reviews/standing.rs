//! The reviews as they stand. What was found and what was decided have keys of their own, so that compaction keeps both: of
//! each the last counts, and a decision settles what was found before it.

use crate::failure::Failure;
use crate::kafka::Cluster;
use crate::service::Forms;
use crate::settings::Settings;
use crate::topics::{TopicPlan, names};
use rdkafka::message::Message;
use std::collections::BTreeMap;
use touchpoint::Text;
use touchpoint::output::{Review, ReviewStatus};
use wire::DecodeError;

/// Every review that Kafka keeps, by id.
///
/// # Errors
/// When the cluster does not answer, or a record is none of ours.
pub(super) fn standing(
    settings: &Settings,
    cluster: &Cluster,
    forms: &Forms,
) -> Result<BTreeMap<Text, Review>, Failure> {
    let topic = TopicPlan::new(settings).name(names::REVIEWS);
    let reader = cluster.reader(&topic)?;
    let mut decoder = forms.decoder()?;
    let (mut found, mut decided) = (BTreeMap::new(), BTreeMap::new());
    let mut unreadable = None;
    for partition in 0..reader.partitions() {
        reader.read(partition, reader.bounds(partition)?, |message| {
            let Some(bytes) = message.payload() else { return };
            match decoder.read::<Review>(bytes) {
                Ok(review) => {
                    let kept = if review.status == ReviewStatus::Decided { &mut decided } else { &mut found };
                    kept.insert(review.review_id.clone(), review);
                }
                Err(error) => unreadable = Some((message.partition(), message.offset(), error)),
            }
        })?;
    }
    match unreadable {
        None => {
            for (id, decision) in decided {
                let is_settled =
                    |found: &Review| found.status != ReviewStatus::Open || found.recorded_at <= decision.recorded_at;
                if found.get(&id).is_none_or(is_settled) {
                    found.insert(id, decision);
                }
            }
            Ok(found)
        }
        Some((partition, offset, error)) => {
            let (message, next) = match error {
                DecodeError::Rejected(rejection) => (rejection.message, "run the binary that wrote it"),
                DecodeError::Registry(error) => (error.to_string(), "let the registry answer"),
            };
            Err(Failure::findings(message).at(format!("{topic}/{partition}/{offset}")).next(next))
        }
    }
}
