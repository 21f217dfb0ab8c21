//! Scores, groups, rules and the account score.

use super::conditions::{Asks, Known, condition};
use super::names::Names;
use super::patterns::{pattern, patterns};
use crate::language::{LimitText, PlaybookText, PointsText, RuleText, ScoreText};
use crate::limits;
use crate::model::{
    AccountScore, Group, Label, Mark, Milli, Pattern, Points, Rule, Scope, Score, Solution, SolutionIx, Test, Window,
};
use crate::units::{Points as PointsValue, Word};
use notation::mistake::{MistakeKind, Notes};
use notation::nearest::suggestion;
use notation::reading::{At, Named};
use touchpoint::Text;

pub(crate) fn scores(text: &PlaybookText, solutions: &[Solution], notes: &mut Notes) -> Vec<Score> {
    let mut scores = Vec::new();
    for (name, score) in text.scores.iter() {
        let floor = score.at_least.map_or(0, |points| points.0);
        if score.half_life.value.0 < limits::HALF_LIFE_MIN_MILLIS {
            let message = format!("`{}` would fade at once", name.value);
            notes.add(MistakeKind::WrongForm, score.half_life.span, message).help("a half-life is an hour or longer");
        }
        if score.at_most.value.0 <= floor {
            let message = format!(
                "`{}` is at least {} and at most {}",
                name.value,
                super::points(floor),
                super::points(score.at_most.value.0)
            );
            notes.add(MistakeKind::OutOfOrder, score.at_most.span, message).help("`at_most` is above `at_least`");
        }
        if per_solution(score, notes) {
            if solutions.is_empty() {
                notes.add(MistakeKind::Empty, name.span, "there is no solution that this score could stand for");
            }
            for (at, solution) in solutions.iter().enumerate() {
                let label = Label {
                    ja: compact_str::format_compact!("{}({})", score.label.0.ja, solution.label.ja),
                    en: compact_str::format_compact!("{} ({})", score.label.0.en, solution.label.en),
                };
                let name = compact_str::format_compact!("{}.{}", name.value, solution.name);
                scores.push(one(name, label, score, Some(SolutionIx(at as u16))));
            }
        } else {
            scores.push(one(Text::new(&name.value), score.label.0.clone(), score, None));
        }
    }
    if scores.len() > limits::SCORES_MAX {
        let message = format!("{} scores, one per solution counted each; at most {}", scores.len(), limits::SCORES_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    scores
}

pub(crate) fn groups(text: &PlaybookText, notes: &mut Notes) -> Vec<Group> {
    let mut groups = Vec::new();
    for (name, group) in text.groups.iter() {
        if group.cap.value.0 <= 0 {
            notes
                .add(MistakeKind::NeverHolds, group.cap.span, "a cap of 0 lets no points through")
                .help("a cap is above 0");
        }
        let window = window(&group.per, notes).unwrap_or(Window::Month);
        groups.push(Group { name: Text::new(&name.value), cap: group.cap.value.0, window });
    }
    groups
}

pub(crate) fn rules(text: &PlaybookText, known: Known<'_>, notes: &mut Notes) -> Vec<Rule> {
    let names = known.names;
    if text.rules.0.len() > limits::RULES_MAX {
        let message = format!("{} rules; at most {}", text.rules.0.len(), limits::RULES_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
    let mut rules = Vec::new();
    for (id, rule) in text.rules.iter() {
        crate::units::check_name(id, notes);
        let when = patterns(&rule.when.0, names, notes);
        let (points, implied) = points_of(id, rule, names, notes);
        if matches!(points, Points::Answer { .. }) && !rule.limit.is_empty() {
            let message = format!("`{}` gives points for an answer, and these count until the next one", id.value);
            notes.add(MistakeKind::WrongForm, id.span, message).help("an answer needs no `limit`: leave it out");
        }
        let asks = if rule.reading.is_some() { Asks::Reward } else { Asks::Rule };
        let reading = rule.reading.as_ref().and_then(|reading| names.readings.find(reading, notes));
        if let Some(word) = &rule.reading {
            by_reading(word, rule, &implied, notes);
        } else if when.is_empty() && implied.is_empty() {
            notes
                .add(MistakeKind::Missing, id.span, "`when` is missing")
                .help("say which touchpoints give these points");
        }
        rules.push(Rule {
            id: Text::new(&id.value),
            label: rule.label.0.clone(),
            when: if when.is_empty() { implied } else { when },
            reading,
            condition: rule.condition.as_ref().and_then(|text| condition(text, known.asking(asks), notes)),
            points,
            limits: rule.limit.0.iter().map(|limit| limit.0.clone()).collect(),
            group: rule.group.as_ref().and_then(|group| names.groups.find(group, notes)),
            marks: rule.marks.as_ref().and_then(|mark| mark_of(mark, notes)),
        });
    }
    rules
}

/// A reading begins once, whatever the touchpoint is.
fn by_reading(word: &At<Word>, rule: &RuleText, implied: &[Pattern], notes: &mut Notes) {
    if !rule.when.is_empty() || !implied.is_empty() {
        notes
            .add(
                MistakeKind::WrongForm,
                word.span,
                "a rule gives points for a reading or for touchpoints, not for both",
            )
            .help("make two rules of it; for a reading `points` is a number");
    }
    if let Some(mark) = &rule.marks {
        notes
            .add(MistakeKind::WrongForm, mark.span, "a reading raises no hand, and is no person's word")
            .help("a rule for the touchpoints that do has `marks`");
    }
    let scoped = |limit: &LimitText| limit.0.scope != Scope::Rule;
    if rule.limit.0.iter().any(scoped) {
        notes
            .add(MistakeKind::WrongForm, word.span, "a reading has no asset, message, event or product to count by")
            .help("limit it by time alone: `once per month`");
    }
}

pub(crate) fn account_score(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Option<AccountScore> {
    let score = text.account_score.as_ref()?;
    let of = names.scores.find(&score.of, notes)?;
    Some(AccountScore { of, member_cap: score.contact_at_most.0, anonymous_cap: score.anonymous_at_most.0 })
}

fn one(name: Text, label: Label, score: &ScoreText, solution: Option<SolutionIx>) -> Score {
    let floor = score.at_least.map_or(0, |points| points.0);
    Score { name, label, half_life: score.half_life.value.0, floor, ceiling: score.at_most.value.0, solution }
}

fn per_solution(score: &ScoreText, notes: &mut Notes) -> bool {
    if let Some(per) = score.per.as_ref().filter(|per| per.value.0 != "solution") {
        notes
            .add(MistakeKind::UnknownName, per.span, "a score is per `solution` or for everything")
            .help("write `per: solution`, or leave it out");
    }
    score.per.is_some()
}

/// The points, and the touchpoints that they imply when `when` is not said.
fn points_of(id: &At<String>, rule: &RuleText, names: &Names, notes: &mut Notes) -> (Points, Vec<Pattern>) {
    match &rule.points {
        PointsText::Fixed(points) => (Points::Fixed(points.value.0), Vec::new()),
        PointsText::Cases(cases) => {
            if cases.is_empty() {
                notes.add(MistakeKind::Empty, id.span, "there is no case in `points`");
            }
            if !rule.when.is_empty() {
                notes
                    .add(
                        MistakeKind::WrongForm,
                        id.span,
                        "the cases of `points` say which touchpoints; `when` has no place beside them",
                    )
                    .help("move what `when` says into each case");
            }
            let cases: Vec<(Pattern, Milli)> =
                cases.iter().map(|case| (pattern(&case.when, names, notes), case.points.value.0)).collect();
            let implied = cases.iter().map(|(pattern, _)| pattern.clone()).collect();
            (Points::Cases(cases), implied)
        }
        PointsText::ByValue(by) => {
            let by_value = by.values.iter().map(|(value, points)| (Text::new(&value.value), points.value.0)).collect();
            if by.values.is_empty() {
                notes.add(MistakeKind::Empty, by.span, "`values` names no value");
            }
            match (&by.answer, &by.property) {
                (Some(question), None) => {
                    check_answers(question, &by.values, names, notes);
                    let question = question.value.0.clone();
                    let answers = vec![(question.clone(), Test::Present)];
                    (Points::Answer { question, by_value }, vec![Pattern { answers, ..Pattern::default() }])
                }
                (None, Some(property)) => {
                    let name = property.value.0.clone();
                    let properties = vec![(name.clone(), Test::Present)];
                    (Points::Property { name, by_value }, vec![Pattern { properties, ..Pattern::default() }])
                }
                _ => {
                    notes.add(MistakeKind::WrongForm, by.span, "points go by one `answer` or one `property`");
                    (Points::Fixed(0), vec![Pattern::default()])
                }
            }
        }
    }
}

fn check_answers(question: &At<Word>, values: &Named<At<PointsValue>>, names: &Names, notes: &mut Notes) {
    let Some(possible) = names.questions.find(question, notes) else { return };
    for (value, _) in
        values.iter().filter(|(value, _)| !possible.is_empty() && !possible.iter().any(|p| *p == value.value))
    {
        notes
            .add(
                MistakeKind::UnknownName,
                value.span,
                format!("nobody answers `{}` with `{}`", question.value.0, value.value),
            )
            .help(suggestion(&value.value, possible.iter().map(Text::as_str)));
    }
}

fn mark_of(word: &At<Word>, notes: &mut Notes) -> Option<Mark> {
    match word.value.0.as_str() {
        "hand" => Some(Mark::Hand),
        "person" => Some(Mark::Person),
        other => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("there is no mark `{other}`"))
                .help("hand: the contact raised a hand; person: one of us judged");
            None
        }
    }
}

fn window(word: &At<Word>, notes: &mut Notes) -> Option<Window> {
    match word.value.0.as_str() {
        "day" => Some(Window::Day),
        "month" => Some(Window::Month),
        "quarter" => Some(Window::Quarter),
        "ever" => Some(Window::Ever),
        other => {
            notes
                .add(MistakeKind::UnknownName, word.span, format!("there is no calendar window `{other}`"))
                .help(suggestion(other, ["day", "month", "quarter", "ever"]));
            None
        }
    }
}
