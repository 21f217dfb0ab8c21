//! A position whose records the input no longer has.

use observe::ServiceMetrics;

use crate::fault::Fault;

/// Where to go on. Holds that a partition (`place`) has everything from a position on; else, where the settings accept the
/// loss, it is where the partition begins. `who` stands there; `(low, end)` is what the partition has.
///
/// # Errors
/// `Fatal`, with how much is missing.
pub(crate) fn go_on(
    (who, place): (&str, &str),
    at: i64,
    (low, end): (i64, i64),
    accepted: bool,
    service: &ServiceMetrics,
) -> Result<i64, Fault> {
    let lost = match at {
        at if at < low => format!("the {} offsets before {low} are gone (retention)", low - at),
        at if at > end => format!("it ends at {end}: the topic was made anew"),
        at => return Ok(at),
    };
    if !accepted {
        let message =
            format!("{place}: {who} stands at {at}, but {lost}; stream.accept_lost_input goes on without them");
        return Err(Fault::fatal("input_lost", message));
    }
    service.faults("input_lost").inc();
    tracing::warn!(place, at, begins = low, lost, "going on without the input that is lost");
    Ok(low)
}
