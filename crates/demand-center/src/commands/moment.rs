use crate::failure::Failure;
use crate::settings::Span;
use touchpoint::Timestamp;

/// How long before now: `24h`; `None`: it is written otherwise.
pub(super) fn ago(text: &str) -> Option<Timestamp> {
    let span: Span = text.parse().ok()?;
    let millis = i64::try_from(span.0.as_millis()).ok()?;
    Some(Timestamp::from_millis(observe::clock::now().as_millis().saturating_sub(millis)))
}

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
