//! One sentence for a person in sales: what, why (at most three reasons, grouped by rule), about what. No names.

use crate::aggregate::{Aggregate, Position};
use crate::version::Version;
use playbook::model::{Label, LifeCycle};
use std::fmt::Write;
use touchpoint::Text;
use touchpoint::output::{Cause, Envelope, ScoreMovement, Sentence};

/// Reasons that a sentence names at the most.
const REASONS_MAX: usize = 3;

/// Why a contact moved, in both languages.
pub(crate) fn transition(
    version: &Version,
    life_cycle: &LifeCycle,
    position: &Position,
    envelope: &Envelope,
    aggregate: &Aggregate,
) -> Sentence {
    let stage = life_cycle.stages.iter().find(|stage| stage.name == position.stage);
    let stage = stage.map_or_else(Label::default, |stage| stage.label.clone());
    let mut ja = format!("{}: ", stage.ja);
    let mut en = format!("{}: ", stage.en);
    let (why_ja, why_en) = why(version, envelope, position);
    ja.push_str(&why_ja);
    en.push_str(&why_en);
    let mut facts_ja = Vec::new();
    let mut facts_en = Vec::new();
    for score in version.scores() {
        let score = &version.model.scores[usize::from(score.0)];
        let Some(movement) = envelope.scores.iter().find(|have| have.name == score.name) else { continue };
        if score.solution.is_none() {
            facts_ja.push(format!("{}{}", score.label.ja, points(movement.after_milli)));
            facts_en.push(format!("{} {}", score.label.en, points(movement.after_milli)));
        }
    }
    if let Some(fit) = &envelope.fit {
        facts_ja.push(format!("適合度{}", fit.grade));
        facts_en.push(format!("fit {}", fit.grade));
    }
    // Writing to a string does not fail.
    let _ = write!(ja, "{}。", facts_ja.join("、"));
    let _ = write!(en, "{}.", facts_en.join(", "));
    if let Some(deciding) = envelope.scores.first() {
        reasons(deciding, &mut ja, &mut en);
    }
    if let Some(solution) = &envelope.top_solution
        && let Some(solution) = version.model.solutions.iter().find(|have| have.name == *solution)
    {
        let _ = write!(ja, "関心: {}。", solution.label.ja);
        let _ = write!(en, " Interest: {}.", solution.label.en);
    }
    if let Some(issue) = aggregate.answers.iter().find(|answered| answered.question == "issue")
        && let touchpoint::Value::Text(issue) = &issue.value
    {
        let label = version.model.issues.iter().find(|(name, _)| name == issue).map(|(_, label)| label);
        let (in_ja, in_en) = label.map_or((issue, issue), |label| (&label.ja, &label.en));
        let _ = write!(ja, "課題: {in_ja}。");
        let _ = write!(en, " Issue: {in_en}.");
    }
    Sentence { ja: Text::from(ja), en: Text::from(en) }
}

fn why(version: &Version, envelope: &Envelope, position: &Position) -> (String, String) {
    let reason = envelope.reason_code.as_ref().map(|code| {
        let known = version.model.reason_by_code.get(code).and_then(|at| version.model.reasons.get(usize::from(*at)));
        known.map_or_else(
            || (code.to_string(), code.to_string()),
            |reason| (reason.label.ja.to_string(), reason.label.en.to_string()),
        )
    });
    let (mut ja, mut en) = match envelope.cause {
        Cause::Feedback => ("営業の判断".to_owned(), "the word of sales".to_owned()),
        Cause::Manual => ("手動で設定".to_owned(), "set by hand".to_owned()),
        Cause::Timer => ("時間の経過".to_owned(), "time passed".to_owned()),
        Cause::Correction => ("取り消し・訂正".to_owned(), "corrected".to_owned()),
        Cause::Activation => ("プレイブックの変更".to_owned(), "another playbook".to_owned()),
        Cause::Profile => ("属性の変更".to_owned(), "the profile changed".to_owned()),
        Cause::Touchpoint if position.last_move.as_ref().is_some_and(|m| m.by == crate::aggregate::MovedBy::Hand) => {
            ("お客様からの申し出".to_owned(), "a hand was raised".to_owned())
        }
        Cause::Touchpoint if position.last_move.as_ref().is_some_and(|m| m.by == crate::aggregate::MovedBy::Person) => {
            ("担当者の判断".to_owned(), "a person judged so".to_owned())
        }
        _ => (String::new(), String::new()),
    };
    if let Some((reason_ja, reason_en)) = reason {
        let _ = write!(ja, "({reason_ja})");
        let _ = write!(en, " ({reason_en})");
    }
    if !ja.is_empty() {
        ja.push_str("。 ");
        en.push_str(". ");
    }
    (ja.replace("。 ", "。"), en)
}

fn reasons(deciding: &ScoreMovement, ja: &mut String, en: &mut String) {
    let largest: Vec<_> =
        deciding.largest.iter().filter(|group| group.points_now_milli > 0).take(REASONS_MAX).collect();
    if largest.is_empty() {
        return;
    }
    let name = |label: &Option<Sentence>, rule: &Text, ja: bool| match label {
        Some(label) if ja => label.ja.to_string(),
        Some(label) => label.en.to_string(),
        None => rule.to_string(),
    };
    let told_ja: Vec<String> = largest
        .iter()
        .map(|g| match g.count {
            1 => format!("{}({})", name(&g.label, &g.rule, true), points(g.points_now_milli)),
            n => format!("{}{n}回({})", name(&g.label, &g.rule, true), points(g.points_now_milli)),
        })
        .collect();
    let told_en: Vec<String> = largest
        .iter()
        .map(|g| match g.count {
            1 => format!("{} ({})", name(&g.label, &g.rule, false), points(g.points_now_milli)),
            n => format!("{} x{n} ({})", name(&g.label, &g.rule, false), points(g.points_now_milli)),
        })
        .collect();
    let _ = write!(ja, "決め手: {}。", told_ja.join("、"));
    let _ = write!(en, " Mostly: {}.", told_en.join(", "));
}

/// Thousandths as people read them: one decimal, cut off.
fn points(milli: i64) -> String {
    let tenths = milli / 100;
    let sign = if milli < 0 && tenths <= 0 && milli / 100 != 0 { "-" } else { "" };
    format!("{sign}{}.{}", (tenths / 10).abs(), (tenths % 10).abs())
}
