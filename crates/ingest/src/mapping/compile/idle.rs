//! Words of a line that say nothing beside others.

use crate::mapping::text::LineText;
use notation::mistake::{MistakeKind, Notes, Span};

/// Words of a line that another of its words leaves without a meaning: something else was meant.
pub(super) fn refuse(text: &LineText, line: Span, notes: &mut Notes) {
    let said = [
        ("drop", text.drop.is_some()),
        ("cases", !text.cases.is_empty()),
        ("all", !text.all.is_empty()),
        ("kind", text.kind.is_some()),
    ];
    let Some((counts, _)) = said.into_iter().find(|(_, is_said)| *is_said) else { return };
    let of_a_kind = [
        ("channel", text.channel.is_some()),
        ("direction", text.direction.is_some()),
        ("takes_back", text.takes_back.is_some()),
        ("refuses", text.refuses.is_some()),
        ("with", text.with.is_some()),
        ("without", !text.without.is_empty()),
    ];
    let idle = said.into_iter().chain(of_a_kind.into_iter().filter(|_| counts != "kind"));
    for (word, _) in idle.filter(|(word, is_said)| *is_said && *word != counts) {
        notes
            .add(MistakeKind::NeverHolds, line, format!("`{word}` says nothing beside `{counts}`"))
            .help("say one of `kind`, `drop`, `cases`, `all`; the other words belong to a `kind`, in each case");
    }
}
