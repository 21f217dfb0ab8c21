//! Fit: points from attributes, a grade from points.

use super::names::Names;
use crate::language::{CriterionText, FitText, PlaybookText};
use crate::model::{AttributeOf, Fit, FitCriterion, Milli};
use crate::units::Word;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::At;
use touchpoint::Text;

/// Without the section nobody has a grade but "unknown".
pub(crate) fn fit(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Fit {
    let Some(fit) = &text.fit else { return Fit { known_min: 1, ..Fit::default() } };
    let criteria = fit.criteria.iter().map(|(name, criterion)| one(name, criterion, names, notes)).collect();
    let mut grades: Vec<(Text, Milli)> =
        fit.grades.iter().map(|(grade, points)| (Text::new(&grade.value), points.value.0)).collect();
    grades.push((fit.lowest.value.0.clone(), Milli::MIN));
    check_grade_names(fit, notes);
    Fit { criteria, grades, unknown: fit.unknown.value.0.clone(), known_min: fit.known_at_least.value.0 as usize }
}

fn one(name: &At<String>, text: &CriterionText, names: &Names, notes: &mut Notes) -> FitCriterion {
    let attribute = At { value: Word(Text::new(&name.value)), span: name.span };
    let mut of = Vec::new();
    for word in &text.of.0 {
        let (whose, table) = match word.value.0.as_str() {
            "contact" => (AttributeOf::Contact, &names.contact_attributes),
            "account" => (AttributeOf::Account, &names.account_attributes),
            other => {
                notes
                    .add(MistakeKind::UnknownName, word.span, format!("attributes are not of `{other}`"))
                    .help("write `contact`, `account` or both");
                continue;
            }
        };
        table.find(&attribute, notes);
        of.push(whose);
    }
    if text.of.is_empty() {
        notes.add(MistakeKind::Missing, name.span, "`of` is missing").help("write `of: contact` or `of: account`");
    }
    FitCriterion {
        attribute: attribute.value.0,
        of,
        points: text.points.iter().map(|case| (case.is.test.clone(), case.points.0)).collect(),
        key: text.key.is_some_and(|key| key.0),
    }
}

fn check_grade_names(fit: &FitText, notes: &mut Notes) {
    for word in [&fit.lowest, &fit.unknown] {
        if let Some((first, _)) = fit.grades.0.iter().find(|(grade, _)| grade.value == word.value.0) {
            let message = format!("the grade `{}` has a threshold already", word.value.0);
            notes.add(MistakeKind::SaidTwice, word.span, message).other(first.span);
        }
    }
    if fit.lowest.value == fit.unknown.value {
        let message = format!("`{}` is both the lowest grade and the unknown one", fit.unknown.value.0);
        notes.add(MistakeKind::SaidTwice, fit.unknown.span, message).other(fit.lowest.span);
    }
}
