//! What is missing, in plain words: `MQLまであと2.7点、または…`. No names of people.

use super::{Group, Missing, Need};
use crate::wording::{Both, day, either, points_up, span, test, whole};
use crate::words;
use jiff::tz::TimeZone;
use playbook::model::{AttributeOf, Reach, Test};
use touchpoint::output::Sentence;

impl Missing {
    /// In both languages, in at most [`Sentence::SHORT_CHARS_MAX`] characters each; moments in the playbook's zone.
    pub fn told(&self, zone: &TimeZone) -> Sentence {
        let mut told = Both::with_capacity(Sentence::SHORT_CHARS_MAX);
        let to = &self.label;
        let points_first = self.ways.first().is_some_and(|way| way.need.begins_with_points());
        match points_first {
            true => told.push(&to.ja, "").push("まで", ""),
            false => told.push(&to.ja, "For ").push("に必要なのは、", &to.en).push("", ": "),
        };
        for (n, way) in self.ways.iter().enumerate() {
            if n > 0 {
                told.push("、または", ", or ");
            }
            way.need.say(zone, &mut told);
            if n == 0 && points_first {
                told.push("", " to ").push("", &to.en);
            }
        }
        told.push("。", ".");
        Sentence::from(told).shortened()
    }
}

impl Need {
    /// The same of one way, as a part of a sentence.
    pub fn in_words(&self, zone: &TimeZone) -> Sentence {
        let mut told = Both::default();
        self.say(zone, &mut told);
        told.into()
    }

    fn begins_with_points(&self) -> bool {
        match self {
            Self::Points { main, .. } => *main,
            Self::All(parts) => parts.first().is_some_and(Self::begins_with_points),
            _ => false,
        }
    }

    fn say(&self, zone: &TimeZone, told: &mut Both) {
        match self {
            Self::All(parts) => match parts.as_slice() {
                [] => {
                    told.push("次のタッチポイント", "the next touchpoint");
                }
                [Self::Wait { until }, Self::OwnTouchpoint] => {
                    let day = day(zone, *until);
                    told.push(&day.ja, "something they do themselves from ").push("以降のご本人の行動", &day.en);
                    told.push("", " on");
                }
                parts => say_each(parts, ("、かつ", " and "), told, |part, told| {
                    // Alternatives among other things stand in brackets.
                    let open = matches!(part, Self::Any(_));
                    let (before, after) = if open { ("(", ")") } else { ("", "") };
                    told.push(before, before);
                    part.say(zone, told);
                    told.push(after, after);
                }),
            },
            Self::Any(parts) => say_each(parts, ("、または", " or "), told, |part, told| part.say(zone, told)),
            Self::Points { label, main, missing_milli, .. } => {
                let points = points_up(*missing_milli);
                let name: &str = if *main { "" } else { &label.ja };
                told.push(name, &points).push("あと", " more points").push(&points, "").push("点", "");
                if !main {
                    told.push("", " of ").push("", &label.en);
                }
            }
            Self::Times { label, more, days, within_millis, .. } => {
                let more_times = more.to_string();
                say_quoted((&label.ja, &label.en), told);
                told.push("あと", if *days { " on " } else { " " }).push(&more_times, &more_times);
                told.push(if *days { "日" } else { "回" }, if *days { " more day" } else { " more time" });
                told.push("", if *more == 1 { "" } else { "s" });
                if let Some(span) = within_millis.map(span) {
                    told.push("(", " (within ").push(&span.ja, &span.en).push("以内)", ")");
                }
            }
            Self::Reading { label, ends, .. } => {
                told.push("「", if *ends { "the end of the reading " } else { "the reading " }).push(&label.ja, "");
                say_quoted(("", &label.en), told);
                told.push(if *ends { "」の終わり" } else { "」の読み" }, "");
            }
            Self::Fit { grades, not, .. } => {
                told.push("適合度", if *not { "a fit other than " } else { "fit " });
                let grades = either(grades.iter().map(|grade| Both::new(grade.as_str(), grade.as_str())));
                told.push(&grades.ja, &grades.en).push(if *not { "以外" } else { "" }, "");
            }
            Self::Known => {
                told.push("個人の特定(メールアドレスなど)", "knowing who it is (by an e-mail address, a card)");
            }
            Self::Attribute { name, label, test: asked, not, .. } => {
                let value = test(asked, |value| Both::new(value, value));
                say_unless(*not, &Both::named(label.as_ref(), name).colon(&value), told);
            }
            Self::Answer { question, test: asked, not, anew } => {
                let label = words::question(question);
                let answer = match asked {
                    Test::Present => Both::new(label.ja + "の回答", format!("an answer about the {}", label.en)),
                    asked => label.colon(&test(asked, |value| words::answer(question, value))),
                };
                let answer = if *anew { answer.within(&Both::new("新たに", "once more")) } else { answer };
                say_unless(*not, &answer, told);
            }
            Self::Touchpoint { labels } => {
                say_each(labels, ("・", " or "), told, |label, told| say_quoted((&label.ja, &label.en), told));
            }
            Self::OwnTouchpoint => {
                told.push("ご本人の行動", "something they do themselves");
            }
            Self::In { what, names, not } => say_unless(*not, &what.of(names), told),
            Self::Colleagues { more, segment: (_, label) } => {
                let more = more.to_string();
                told.push("同じ会社であと", &more).push(&more, " more at the company in ").push("人が", "");
                say_quoted((&label.ja, &label.en), told);
                told.push("に入ること", "");
            }
            Self::Consent { purpose, channel, test: asked, not } => {
                let about = Both::new("同意", "consent").within(&words::purpose(purpose));
                let about = match channel {
                    Some(channel) => about.within(&Both::new(channel.as_str(), channel.as_str())),
                    None => about,
                };
                say_unless(*not, &about.colon(&test(asked, words::consent)), told);
            }
            Self::Handoff { not } => say_unless(*not, &Both::new("営業への引き渡し", "an open hand-off"), told),
            Self::Reachable { by, not } => {
                let by = match by {
                    Reach::Email => Both::new("メールで連絡できること", "being reachable by e-mail"),
                    Reach::Call => Both::new("電話で連絡できること", "being reachable by phone"),
                };
                say_unless(*not, &by, told);
            }
            Self::Close { at_least_milli, apart_milli } => {
                let (least, apart) = (whole(*at_least_milli), whole(*apart_milli));
                told.push("ともに", "two interests of at least ")
                    .push(&least, &least)
                    .push("点以上で差が", " points, ");
                told.push(&apart, &apart).push("点以内の2つの関心", " apart at most");
            }
            Self::Word { of } if of == "success" => {
                told.push("カスタマーサクセスの判断", "the word of success");
            }
            Self::Word { .. } => {
                told.push("営業の判断", "the word of sales");
            }
            Self::Wait { until } => {
                let day = day(zone, *until);
                told.push(&day.ja, "waiting until ").push("になること", &day.en);
            }
        }
    }
}

impl Group {
    fn of(&self, names: &[super::Named]) -> Both {
        let each = either(names.iter().map(|(_, label)| Both::new(label.ja.as_str(), format!("\"{}\"", label.en))));
        let (ja, en) = match self {
            Self::Segment => ("セグメント", "the segment"),
            Self::Tier => ("階層", "the tier"),
            Self::Stage { of: AttributeOf::Contact, .. } => ("ステージ", "the stage"),
            Self::Stage { of: AttributeOf::Account, .. } => ("会社のステージ", "the company's stage"),
        };
        Both::new(format!("{ja}「{}」", each.ja), format!("{en} {}", each.en))
    }
}

fn say_each<T>(all: &[T], between: (&str, &str), told: &mut Both, mut say: impl FnMut(&T, &mut Both)) {
    for (n, one) in all.iter().enumerate() {
        if n > 0 {
            told.push(between.0, between.1);
        }
        say(one, told);
    }
}

/// Labels are written as headings: in English they need quotes to be read in a sentence.
fn say_quoted((ja, en): (&str, &str), told: &mut Both) {
    told.push(ja, "\"").push("", en).push("", "\"");
}

fn say_unless(not: bool, what: &Both, told: &mut Both) {
    told.push("", if not { "no longer " } else { "" }).push(&what.ja, &what.en);
    told.push(if not { "でないこと" } else { "" }, "");
}
