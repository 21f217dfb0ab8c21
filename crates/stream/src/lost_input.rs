//! A position whose records the input no longer has.

use observe::ServiceMetrics;
use store::{InputPosition, TopicId};

use crate::fault::Fault;

/// What a partition of the input holds now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) topic: TopicId,
    /// Offset of the first record.
    pub(crate) low: i64,
    /// Offset after the last one.
    pub(crate) end: i64,
}

/// Where to go on. Holds that a partition (`place`) has everything from a position on; else, where the settings accept the
/// loss, it is where the partition begins. `who` stands there.
///
/// # Errors
/// `Fatal`, with how much is missing.
pub(crate) fn go_on(
    (who, place): (&str, &str),
    at: InputPosition,
    held: Held,
    accepted: bool,
    service: &ServiceMetrics,
) -> Result<InputPosition, Fault> {
    let Held { topic, low, end } = held;
    let lost = match at.offset {
        // Of the other nothing was ever read.
        0 if at.topic.is_other_than(topic) => return Ok(InputPosition { topic, offset: low }),
        _ if at.topic.is_other_than(topic) => "that was another topic of this name: it was made anew".to_owned(),
        offset if offset < low => format!("the {} offsets before {low} are gone (retention)", low - offset),
        offset if offset > end => format!("it ends at {end}: the topic was made anew"),
        offset => return Ok(InputPosition { topic, offset }),
    };
    let at = at.offset;
    if !accepted {
        let message = format!(
            "{place}: {who} stands at {at}, but {lost}; stream.accept_lost_input goes on without what is lost, at {low}"
        );
        return Err(Fault::fatal("input_lost", message));
    }
    service.faults("input_lost").inc();
    tracing::warn!(place, at, begins = low, lost, "going on without the input that is lost");
    Ok(InputPosition { topic, offset: low })
}

/// An input topic that is another than the one whose records were read until now.
pub(crate) fn made_anew(topic: &str) -> Fault {
    let message = format!(
        "{topic} was made anew while it was read, so that some of its records may have been passed over; start again, and it is read from where it begins, or the start tells what is lost"
    );
    Fault::fatal("input_lost", message)
}
