//! Bursts: what no person does so fast.

use super::names::Names;
use super::patterns::pattern;
use crate::language::BurstText;
use crate::limits;
use crate::model::{Burst, Millis};
use crate::units::Duration;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::At;

pub(super) fn bursts(texts: &[BurstText], names: &Names, notes: &mut Notes) -> Vec<Burst> {
    if texts.len() > limits::BURSTS_MAX {
        let message = format!("{} bursts; at most {}", texts.len(), limits::BURSTS_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
        return Vec::new();
    }
    texts.iter().map(|text| burst(text, names, notes)).collect()
}

fn burst(text: &BurstText, names: &Names, notes: &mut Notes) -> Burst {
    let of = pattern(&text.of, names, notes);
    if of.channels.is_empty() || of.kinds.is_empty() {
        notes
            .add(MistakeKind::Missing, text.of.span, "a burst is of touchpoints of a channel and a kind")
            .help("say `{channel: email, kind: click}`");
    }
    let at_least = text.at_least.value.0;
    if at_least < 2 {
        notes.add(MistakeKind::NeverHolds, text.at_least.span, "one alone is no burst: at least 2");
    }
    Burst {
        of,
        distinct: text.distinct.value.0.clone(),
        per: text.per.as_ref().map(|per| per.value.0.clone()),
        at_least: at_least as usize,
        within: short(&text.within, notes),
        before: text.before.as_ref().map(|before| (pattern(&before.of, names, notes), short(&before.within, notes))),
    }
}

/// All that is so near to a touchpoint is looked at once more when it comes.
fn short(said: &At<Duration>, notes: &mut Notes) -> Millis {
    let millis = said.value.0;
    if !(1..=limits::BURST_MILLIS_MAX).contains(&millis) {
        let message = format!("a burst is short: at most {} min", limits::BURST_MILLIS_MAX / 60_000);
        notes.add(MistakeKind::TooLarge, said.span, message);
    }
    millis.clamp(1, limits::BURST_MILLIS_MAX)
}
