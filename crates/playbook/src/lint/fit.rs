//! Fit points that never count, grades that nobody gets.

use super::cover::test_covers;
use crate::compile::points;
use crate::language::PlaybookText;
use crate::model::Model;
use notation::mistake::{MistakeKind, Notes};

pub(super) fn lint(text: &PlaybookText, model: &Model, notes: &mut Notes) {
    let Some(fit) = &text.fit else { return };
    for ((name, said), criterion) in fit.criteria.iter().zip(&model.fit.criteria) {
        for (at, (test, _)) in criterion.points.iter().enumerate() {
            let shadow = criterion.points[..at].iter().position(|(earlier, _)| test_covers(earlier, test));
            if let Some(earlier) = shadow {
                let message = format!(
                    "an earlier line of `{}` holds whenever this one does; the first that fits counts",
                    name.value
                );
                notes
                    .add(MistakeKind::Shadowed, said.points[at].is.span, message)
                    .help("put the narrower one first")
                    .other(said.points[earlier].is.span);
            }
        }
    }
    let mut before: Option<(&str, i64)> = None;
    for (grade, lowest) in fit.grades.iter() {
        let lowest_points = lowest.value.0;
        if let Some((better, threshold)) = before.filter(|(_, threshold)| lowest_points >= *threshold) {
            let message = format!(
                "grade `{}` from {} comes after grade `{better}` from {}",
                grade.value,
                points(lowest_points),
                points(threshold)
            );
            notes
                .add(MistakeKind::OutOfOrder, lowest.span, message)
                .help("grades stand best first, with falling points");
        }
        before = Some((&grade.value, lowest_points));
    }
    let best: i64 = model.fit.criteria.iter().map(|c| c.points.iter().map(|(_, p)| *p).max().unwrap_or(0).max(0)).sum();
    for (grade, lowest) in fit.grades.iter().filter(|(_, lowest)| lowest.value.0 > best) {
        let message = format!("nobody reaches grade `{}`: all criteria together give {}", grade.value, points(best));
        notes.add(MistakeKind::NeverHolds, lowest.span, message).help("lower the threshold, or raise points");
    }
    let keys = model.fit.criteria.iter().filter(|criterion| criterion.key).count();
    if model.fit.known_min > keys {
        let message = format!(
            "{} criteria must be known, and {keys} have `key: true`: everybody stays unknown",
            model.fit.known_min
        );
        notes
            .add(MistakeKind::NeverHolds, fit.known_at_least.span, message)
            .help("mark more criteria with `key: true`");
    }
}
