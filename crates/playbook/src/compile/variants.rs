//! Variants of pages.

use super::conditions::{Asks, Known, condition};
use crate::language::{PlaybookText, VariantText};
use crate::model::{Choice, Show, Variants};
use crate::units::check_name;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::At;
use touchpoint::Text;

const STRONGEST_INTEREST: &str = "strongest_interest";

pub(crate) fn variants(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Variants> {
    let mut all = Vec::new();
    for (name, said) in text.variants.iter() {
        check_name(name, notes);
        let choices: Vec<Choice> = said.0.iter().filter_map(|one| choice(name, one, known, notes)).collect();
        if choices.is_empty() && said.0.is_empty() {
            notes.add(MistakeKind::Empty, name.span, "there are no variants").help("as `[{show: default}]`");
        }
        let everybody = |one: &VariantText| one.when.is_none() && one.by.is_none();
        if let Some(last) = said.0.iter().position(everybody).filter(|last| last + 1 < said.0.len()) {
            let shown = said.0[last].show.as_ref().map_or(name.span, |show| show.span);
            notes
                .add(MistakeKind::NeverHolds, shown, "this is for everybody: what stands after it is never shown")
                .help("put it last, or say `when`");
        }
        all.push(Variants { name: Text::new(&name.value), choices });
    }
    all
}

fn choice(name: &At<String>, said: &VariantText, known: Known<'_>, notes: &mut Notes) -> Option<Choice> {
    let show = match (&said.show, &said.by) {
        (Some(show), None) => Show::This(show.value.0.clone()),
        (None, Some(by)) if by.value.0 == STRONGEST_INTEREST => Show::StrongestInterest,
        (None, Some(by)) => {
            notes
                .add(MistakeKind::UnknownName, by.span, format!("nothing is shown by `{}`", by.value.0))
                .help("write `by: strongest_interest`");
            return None;
        }
        (show, _) => {
            let span = show.as_ref().map_or(name.span, |show| show.span);
            notes.add(MistakeKind::WrongForm, span, "a variant says one of `show` and `by`");
            return None;
        }
    };
    let when = said.when.as_ref().and_then(|when| condition(when, known.asking(Asks::Content), notes));
    Some(Choice { show, when })
}
