//! One sentence for a person in sales: what, why (at most three reasons, grouped by rule), about what. No names of people.

use crate::aggregate::{Given, Move, MovedBy, Position};
use crate::condition::Asked;
use crate::fold::Trace;
use crate::head::Head;
use crate::question::Question;
use crate::teller::Teller;
use crate::wording::{Both, list, local, points_of, shown, whole};
use playbook::model::{Condition, EntryBy, LifeCycle, Mark, Milli, Stage};
use touchpoint::output::{Cause, ContributionGroup, Envelope, Sentence};
use touchpoint::{Text, Value};

/// Reasons that a sentence names at the most.
const REASONS_MAX: usize = 3;

/// A move that was decided, before it is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) life_cycle: &'a LifeCycle,
    pub(crate) position: &'a Position,
    pub(crate) moved: &'a Move,
    /// The stage that was last announced.
    pub(crate) from: Option<&'a Text>,
    pub(crate) envelope: &'a Envelope,
    pub(crate) trace: &'a Trace,
}

impl Teller<'_> {
    /// Why a contact moved, in both languages.
    pub(crate) fn sentence(&self, head: &Head, decided: Decided<'_>) -> Sentence {
        let find = |name: &Text| decided.life_cycle.stage(name);
        let to =
            find(&decided.position.stage).map_or_else(|| Both::new("終了", "Ended"), |stage| Both::of(&stage.label));
        let from = decided.from.and_then(find);
        let opened = self.opened_by(head, decided, from);
        let mut told = Both::default();
        if let Some(why) = self.why(head, decided, from, &opened) {
            told.say(&why);
        }
        told.say(&self.figures(decided, &opened));
        if let Some(deciding) = decided.envelope.scores.first() {
            let gave = deciding.largest.iter().filter(|group| group.points_now_milli > 0);
            let took = deciding.largest.iter().rev().filter(|group| group.points_now_milli < 0);
            let lists = [
                list("決め手", "Mostly", gave.take(REASONS_MAX).map(grouped)),
                list("減点", "Less", took.take(REASONS_MAX).map(grouped)),
            ];
            lists.iter().flatten().for_each(|list| told.say(list));
        }
        self.about(head, decided, &mut told);
        Sentence { ja: format!("{}: {}", to.ja, told.ja).into(), en: format!("{}: {}", to.en, told.en).into() }
    }

    /// What opened the stage, where it was not the scores by themselves.
    fn why(&self, head: &Head, decided: Decided<'_>, from: Option<&Stage>, opened: &[&Condition]) -> Option<Both> {
        let Decided { envelope, moved, trace, .. } = decided;
        let by_success = from.is_some_and(|stage| stage.owner == "success");
        let why = match envelope.cause {
            Cause::Correction => return Some(self.correction(decided, from)),
            Cause::Feedback if by_success => Both::new("カスタマーサクセスの判断", "the word of success"),
            Cause::Feedback => Both::new("営業の判断", "the word of sales"),
            Cause::Manual => Both::new("手動で設定", "set by hand"),
            Cause::Timer => Both::new("時間の経過", "time passed"),
            Cause::Activation => Both::new("プレイブックの変更", "another playbook"),
            Cause::Profile => Both::new("属性の変更", "the profile changed"),
            Cause::Association => Both::new("同じ部署の方の状況", "what became of colleagues"),
            // The reason for which the stage before was left.
            Cause::Rule => return envelope.reason_code.as_ref().map(|code| self.reason(code)),
            Cause::Touchpoint if moved.by == MovedBy::Hand => Both::new("お客様からの申し出", "a hand was raised"),
            Cause::Touchpoint if moved.by == MovedBy::Person => Both::new("担当者の判断", "a person judged so"),
            _ => return None,
        };
        let reason = envelope.reason_code.as_ref().map(|code| self.reason(code));
        // A hand's rule stands among those that gave most; a person's word gives no points, often.
        let marked = |given: &&Given| {
            let mark = self.versions.rule(given.version, given.rule).and_then(|rule| rule.marks);
            moved.by == MovedBy::Person && mark == Some(Mark::Person)
        };
        let rule = trace.given.iter().find(marked).and_then(|given| self.versions.rule(given.version, given.rule));
        let entered = !matches!(moved.by, MovedBy::Exit | MovedBy::Timer);
        let attribute = || self.attribute(head, opened).filter(|_| entered);
        let colleagues = || self.colleagues(opened).filter(|_| entered);
        let detail = reason.or_else(|| rule.map(|rule| Both::of(&rule.label))).or_else(attribute).or_else(colleagues);
        Some(detail.map_or_else(|| why.clone(), |detail| why.within(&detail)))
    }

    /// What was taken back, or came late: the largest of it.
    fn correction(&self, decided: Decided<'_>, from: Option<&Stage>) -> Both {
        let place = |name: &Text| decided.life_cycle.stages.iter().position(|stage| stage.name == *name);
        let back = from.filter(|from| place(&decided.position.stage) < place(&from.name));
        let what = match back {
            Some(from) => {
                Both::new(format!("{}を取り消し", from.label.ja), format!("{} was taken back", from.label.en))
            }
            None => Both::new("訂正", "corrected"),
        };
        let taken = decided.trace.taken.iter().map(|taken| (taken, -taken.points));
        let given = decided.trace.given.iter().map(|given| (given, given.points));
        let mut changes: Vec<(&Given, Milli)> = taken.chain(given).filter(|(_, points)| *points != 0).collect();
        // Of several what went the way of the move, largest first.
        changes.sort_by_key(|(_, points)| if back.is_some() { *points } else { -*points });
        let told = changes.iter().take(REASONS_MAX).map(|(change, points)| {
            let label =
                self.versions.rule(change.version, change.rule).map(|rule| Both::of(&rule.label)).unwrap_or_default();
            let at = local(&self.version.model.zone, change.occurred_at);
            let sign = if *points > 0 { "+" } else { "" };
            Both::new(
                format!("{}の{}({sign}{})", at.ja, label.ja, points_of(*points)),
                format!("{} of {} ({sign}{})", label.en, at.en, points_of(*points)),
            )
        });
        list(&what.ja, &what.en, told).unwrap_or(what)
    }

    fn reason(&self, code: &Text) -> Both {
        Both::named(self.version.model.reason(code).map(|reason| &reason.label), code)
    }

    /// The attribute that moved the contact, and its value.
    fn attribute(&self, head: &Head, opened: &[&Condition]) -> Option<Both> {
        let (of, name) = opened.iter().find_map(|condition| match condition {
            Condition::Attribute(of, name, _) => Some((*of, name)),
            _ => None,
        })?;
        let value = shown(crate::fit::find(&head.aggregate.facts, of, name)?);
        let label = Both::named(self.version.model.attribute_label(of, name), name);
        Some(Both::new(format!("{}: {value}", label.ja), format!("{}: {value}", label.en)))
    }

    /// What the colleagues are that a stage opened by.
    fn colleagues(&self, opened: &[&Condition]) -> Option<Both> {
        opened.iter().find_map(|condition| match condition {
            Condition::Colleagues { segment, .. } => {
                Some(Both::of(&self.version.model.segments[usize::from(segment.0)].label))
            }
            _ => None,
        })
    }

    /// The scores that count for everything, the first with the threshold that it passed, and the fit.
    fn figures(&self, decided: Decided<'_>, opened: &[&Condition]) -> Both {
        let mut threshold = opened.iter().find_map(|condition| match condition {
            Condition::ScoreAtLeast(score, points) => Some((*score, *points, false)),
            Condition::ScoreBelow(score, points) => Some((*score, *points, true)),
            _ => None,
        });
        let (mut ja, mut en) = (Vec::new(), Vec::new());
        let fit = decided.envelope.fit.as_ref();
        let mut fit = fit.map(|fit| (format!("適合度{}", fit.grade), format!("fit {}", fit.grade)));
        for ix in self.version.scores() {
            let score = &self.version.model.scores[usize::from(ix.0)];
            let movement = decided.envelope.scores.iter().find(|have| have.name == score.name);
            let Some(movement) = movement.filter(|_| score.solution.is_none()) else { continue };
            let passed = threshold.take_if(|(of, ..)| *of == ix);
            // Below 40 must not read "40.0 (threshold 40)".
            let below = passed.is_some_and(|(_, _, below)| below) && movement.after_milli > 0;
            let points = points_of(movement.after_milli - if below { movement.after_milli % 100 } else { 0 });
            let (in_ja, in_en) = match passed.map(|(_, passed, _)| whole(passed)) {
                Some(passed) => (format!("(基準{passed})"), format!(" (threshold {passed})")),
                None => Default::default(),
            };
            ja.push(format!("{}{points}{in_ja}", score.label.ja));
            en.push(format!("{} {points}{in_en}", score.label.en));
            // The fit stands behind the first.
            if let Some((fit_ja, fit_en)) = fit.take() {
                ja.push(fit_ja);
                en.push(fit_en);
            }
        }
        Both::new(ja.join("、"), en.join(", "))
    }

    fn about(&self, head: &Head, decided: Decided<'_>, told: &mut Both) {
        let model = &self.version.model;
        let solution = decided.envelope.top_solution.as_ref();
        if let Some(solution) = solution.and_then(|name| model.solutions.iter().find(|have| have.name == *name)) {
            told.say(&Both::new(format!("関心: {}", solution.label.ja), format!("Interest: {}", solution.label.en)));
        }
        let Some(issue) = head.aggregate.answer("issue") else { return };
        let names = match &issue.value {
            Value::Text(name) => std::slice::from_ref(name),
            Value::List(names) => names,
            Value::Bool(_) | Value::Number(_) => &[],
        };
        let label = |name: &Text| {
            let label = model.issues.iter().find(|(have, _)| have == name).map(|(_, label)| label);
            Both::named(label, name)
        };
        list("課題", "Issue", names.iter().map(label)).iter().for_each(|list| told.say(list));
    }

    /// The parts that hold of the condition that opened the stage, or ended the one before.
    fn opened_by<'c>(&self, head: &Head, decided: Decided<'c>, from: Option<&'c Stage>) -> Vec<&'c Condition> {
        let (version, position) = (self.version, decided.position);
        // The conditions of a life cycle that was given up speak of another version's scores and behaviours.
        if !version.model.life_cycles.iter().any(|have| std::ptr::eq(have, decided.life_cycle)) {
            return Vec::new();
        }
        let watched = self.versions.at(self.at).map(|(ix, _)| self.versions.watched(ix)).unwrap_or_default();
        let aggregate = &head.aggregate;
        let asked = Asked { version, watched, aggregate, position: Some(position), at_hand: None, since: None };
        let stages = &decided.life_cycle.stages;
        let here = stages.iter().position(|stage| stage.name == position.stage);
        let by = match decided.moved.by {
            MovedBy::Score => EntryBy::Score,
            MovedBy::Profile => EntryBy::Profile,
            MovedBy::Association => EntryBy::Association,
            MovedBy::Exit | MovedBy::Timer => {
                let exits =
                    from.iter().flat_map(|from| &from.exits).filter(|exit| Some(usize::from(exit.to.0)) == here);
                return self.met(&asked, exits.map(|exit| &exit.when));
            }
            _ => return Vec::new(),
        };
        let entries = here.into_iter().flat_map(|here| &stages[here].entries).filter(|entry| entry.by == by);
        self.met(&asked, entries.map(|entry| &entry.when))
    }

    fn met<'c>(&self, asked: &Asked<'_>, conditions: impl Iterator<Item = &'c Condition>) -> Vec<&'c Condition> {
        let mut parts = Vec::new();
        for condition in conditions {
            if asked.met(condition, self.at, &mut parts) {
                break;
            }
            parts.clear();
        }
        parts
    }
}

fn grouped(group: &ContributionGroup) -> Both {
    let label = group.label.as_ref().map(|label| (&label.ja, &label.en)).unwrap_or((&group.rule, &group.rule));
    let points = points_of(group.points_now_milli);
    match group.count {
        1 => Both::new(format!("{}({points})", label.0), format!("{} ({points})", label.1)),
        n => Both::new(format!("{}{n}回({points})", label.0), format!("{} x{n} ({points})", label.1)),
    }
}
