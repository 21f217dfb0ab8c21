use crate::failure::Failure;
use touchpoint::Timestamp;

/// A moment as people write it; `flag` is where.
pub(super) fn moment(text: &str, flag: &str) -> Result<Timestamp, Failure> {
    if text == "now" {
        return Ok(Timestamp::from_millis(observe::clock::now().as_millis()));
    }
    Timestamp::parse(text).map_err(|why| {
        Failure::usage(format!("`{text}` is no moment: {why}"))
            .at(flag)
            .next("write `now`, or a time with an offset as 2026-04-01T00:00:00+09:00")
    })
}
