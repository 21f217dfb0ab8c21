//! The explanation as a page for people. Points have three decimals: what is listed adds up to the last digit.

use super::language::Language;
use ::engine::explain::{
    ContributionExplained, CriterionExplained, Explanation, FitExplained, ReadingExplained, ScoreExplained, Standing,
};
use ::engine::handoffs::HandoffExplained;
use ::engine::programmes::{NextMove, ProgrammeExplained};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::collections::BTreeMap;
use touchpoint::{Timestamp, Value};

/// The whole page.
pub(super) fn page(explained: &Explanation, language: Language) -> String {
    let page = Page { explained, language };
    let mut text = page.head();
    explained.standings.iter().for_each(|standing| text += &page.standing(standing));
    explained.scores.iter().for_each(|score| text += &page.score(score));
    text += &page.fit(&explained.fit);
    text += &explained.reading.as_ref().map(|reading| page.reading(reading)).unwrap_or_default();
    explained.programmes.iter().for_each(|programme| text += &page.programme(programme));
    explained.handoffs.iter().for_each(|handoff| text += &page.handoff(handoff));
    text + &page.left_out()
}

struct Page<'a> {
    explained: &'a Explanation,
    language: Language,
}

impl Page<'_> {
    fn head(&self) -> String {
        let Explanation { contact, playbook, known, .. } = self.explained;
        let of = |ja, en| self.language.of(ja, en);
        let known = if *known { of("特定済み", "known") } else { of("匿名", "anonymous") };
        let at = self.moment(self.explained.at);
        let zone = self.explained.zone.iana_name().map(|zone| format!(" ({zone})")).unwrap_or_default();
        format!(
            "{contact}  {known}\n{} {at}{zone}  {} {} {} ({})\n",
            of("時点", "as of"),
            of("プレイブック", "playbook"),
            playbook.name,
            playbook.label,
            short(&playbook.hash),
        )
    }

    /// The latest of what counts for nothing.
    fn left_out(&self) -> String {
        const SHOWN: usize = 20;
        let all = &self.explained.left_out;
        if all.is_empty() {
            return String::new();
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for one in all.iter().rev().take(SHOWN) {
            let why = match (one.in_burst_of, self.language) {
                (Some(count), Language::Ja) => format!("機械: 同時に{count}件"),
                (Some(count), Language::En) => format!("a machine: one of {count} at a time"),
                (None, Language::Ja) => "除外の設定".to_owned(),
                (None, Language::En) => "ignored by the playbook".to_owned(),
            };
            let what = format!("{} {}", one.channel, one.kind);
            table.add_row([self.moment(one.occurred_at), what, why, format!("{} {}", one.input.source, one.input.id)]);
        }
        let mut text = match self.language {
            Language::Ja => format!("\n集計対象外 {}件\n", all.len()),
            Language::En => format!("\nNot counted: {}\n", all.len()),
        };
        table.lines().for_each(|line| text += &format!(" {}\n", line.trim_end()));
        text
    }

    fn standing(&self, standing: &Standing) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let (cycle, stage) = (self.language.label(&standing.life_cycle_label), self.language.label(&standing.label));
        let stage = if stage.is_empty() { standing.stage.as_str() } else { stage };
        let mut lines = format!("\n{cycle}: {stage}  {} {}\n", of("開始", "since"), self.moment(standing.since));
        let mut line = |ja, en, text: &str| lines += &format!("  {}: {text}\n", of(ja, en));
        if let Some(told) = &standing.sentence {
            line("理由", "why", self.language.sentence(told));
        }
        if let Some(until) = standing.held_until {
            line("保留期限", "held until", &self.moment(until));
        }
        if let Some(returns) = standing.returns_at {
            line("復帰可能日", "earliest return", &self.moment(returns));
        }
        let told = standing.missing.as_ref().map(|missing| missing.told(&self.explained.zone));
        let nothing = of("この先の段階はありません。", "no stage follows by itself.");
        line("次へ", "next", told.as_ref().map_or(nothing, |told| self.language.sentence(told)));
        lines
    }

    fn score(&self, score: &ScoreExplained) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let mut text = format!("\n{} {}\n", self.language.label(&score.label), points(score.points_milli));
        let (mut live, rest): (Vec<_>, Vec<_>) = score.contributions.iter().partition(|one| one.points_now_milli != 0);
        live.sort_by_key(|one| -one.points_now_milli.abs());
        if live.is_empty() && score.adjustments.is_empty() {
            return text + &self.nothing(&rest);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header([
            of("現在", "NOW"),
            of("付与", "THEN"),
            of("上限で減", "CUT"),
            of("日時", "WHEN"),
            of("ルール", "RULE"),
            "",
            of("タッチポイント", "TOUCHPOINT"),
            of("消滅", "GONE"),
        ]);
        for one in live {
            table.add_row([
                points(one.points_now_milli),
                points(one.points_then_milli),
                if one.cut_milli == 0 { String::new() } else { points(one.cut_milli) },
                self.moment(one.occurred_at),
                one.rule.to_string(),
                self.language.label(&one.label).to_owned(),
                format!("{} {}", one.input.source, one.input.id),
                one.gone_at.map_or_else(|| of("なし", "never").to_owned(), |gone| self.day(gone)),
            ]);
        }
        for line in &score.adjustments {
            let name = match line.name.as_str() {
                "floor" => of("下限", "floor"),
                "ceiling" => of("上限", "ceiling"),
                "rounding" => of("端数", "rounding"),
                other => other,
            };
            let empty = String::new;
            table.add_row([points(line.points_milli), empty(), empty(), empty(), empty(), name.to_owned()]);
        }
        for column in 0..3 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().for_each(|line| text += &format!(" {}\n", line.trim_end()));
        text + &self.nothing(&rest)
    }

    /// What gives nothing: by rule what limits and caps have cut whole, and how many have faded.
    fn nothing(&self, rest: &[&ContributionExplained]) -> String {
        let mut cut: BTreeMap<&str, (usize, i64, &ContributionExplained)> = BTreeMap::new();
        for one in rest.iter().filter(|one| one.points_then_milli == 0 && one.cut_milli != 0) {
            let of = cut.entry(&one.rule).or_insert((0, 0, one));
            (of.0, of.1) = (of.0 + 1, of.1 + one.cut_milli);
        }
        let mut lines = String::new();
        for (rule, (count, milli, one)) in cut {
            let (label, milli) = (self.language.label(&one.label), points(milli));
            lines += &match self.language {
                Language::Ja => format!("  {rule} {label}: {count}件は上限により0点(計{milli}点を減)\n"),
                Language::En => format!("  {rule} {label}: {count} gave nothing, limits and caps cut {milli}\n"),
            };
        }
        let faded = rest.iter().filter(|one| one.points_then_milli != 0).count();
        if faded > 0 {
            lines += &match self.language {
                Language::Ja => format!("  ほかに{faded}件は消滅済み(0.000)\n"),
                Language::En => format!("  {faded} more have faded to 0.000\n"),
            };
        }
        lines
    }

    fn fit(&self, fit: &FitExplained) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let mut text = format!("\n{} {}  {}\n", of("適合度", "Fit"), fit.grade, points(fit.points_milli));
        if fit.known < fit.known_min {
            let (known, min) = (fit.known, fit.known_min);
            text += &match self.language {
                Language::Ja => format!("  判定には主要項目が{min}つ必要、判明は{known}つ\n"),
                Language::En => format!("  a grade needs {min} of the key criteria (*), known are {known}\n"),
            };
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for CriterionExplained { attribute, label, value, points_milli, key, .. } in &fit.criteria {
            let label = label.as_ref().map_or(attribute.as_str(), |label| self.language.label(label));
            let key = if *key { " *" } else { "" };
            let value = value.as_ref().map_or_else(|| of("不明", "missing").to_owned(), shown);
            table.add_row([points(*points_milli), format!("{label}{key}"), value]);
        }
        if let Some(column) = table.column_mut(0) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.lines().for_each(|line| text += &format!(" {}\n", line.trim_end()));
        text
    }

    fn reading(&self, reading: &ReadingExplained) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let (head, label) = (of("読み(仮説)", "Reading"), self.language.label(&reading.label));
        let mut text = format!("\n{head}: {label}  {} {}\n", of("開始", "since"), self.moment(reading.since));
        if let Some(hypothesis) = &reading.hypothesis {
            text += &format!("  {}: {}\n", of("仮説", "hypothesis"), self.language.label(hypothesis));
        }
        text
    }

    fn programme(&self, one: &ProgrammeExplained) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let (head, label) = (of("施策", "Programme"), self.language.label(&one.label));
        let (step, since) = (of("ステップ", "step"), of("開始", "since"));
        let mut text = format!("\n{head}: {label}  {step} {}  {since} {}\n", one.step, self.moment(one.since));
        let mut line = |ja, en, told: &str| text += &format!("  {}: {told}\n", of(ja, en));
        if one.held_out {
            line("対照群", "held out", of("何も送らない", "nothing is sent, so that the effect can be told"));
        }
        match &one.next {
            NextMove::Acts { silent: true, .. } => {
                line(
                    "次の実施",
                    "acts",
                    of("沈黙の条件が終わってから", "when nothing keeps the programmes silent any more"),
                );
            }
            NextMove::Acts { not_before, .. } => {
                line(
                    "次の実施",
                    "acts",
                    &not_before.map_or_else(|| of("未定", "open").to_owned(), |at| self.moment(at)),
                );
            }
            NextMove::Waits { until, withheld_for } => {
                if let Some(why) = withheld_for {
                    line("見送り", "withheld", why);
                }
                let what_they_do = || of("本人の行動まで", "for what the contact does").to_owned();
                line("待ち", "waits", &until.map_or_else(what_they_do, |until| self.moment(until)));
            }
        }
        text
    }

    fn handoff(&self, one: &HandoffExplained) -> String {
        let of = |ja, en| self.language.of(ja, en);
        let (head, label) = (of("引き渡し", "Hand-off"), self.language.label(&one.label));
        let mut text = format!("\n{head}: {label}  {} {}\n", of("開始", "since"), self.moment(one.asked_at));
        let to = one.to.as_ref();
        let names = to.map(|to| [&to.department, &to.team, &to.partner, &to.person]);
        let names: Vec<&str> = names.into_iter().flatten().flatten().map(|name| name.as_str()).collect();
        let who = if names.is_empty() { of("未定", "nobody yet").to_owned() } else { names.join(" / ") };
        let mut line = |ja, en, told: &str| text += &format!("  {}: {told}\n", of(ja, en));
        line("担当", "to", &who);
        if let Some(at) = one.breached_at {
            line("期限超過", "late since", &self.moment(at));
        }
        text
    }

    /// A moment in the playbook's zone.
    fn moment(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d %H:%M")
    }

    fn day(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d")
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        at.to_jiff().to_zoned(self.explained.zone.clone()).strftime(format).to_string()
    }
}

/// Thousandths of a point, all of them.
fn points(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000)
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::List(texts) => texts.join(", "),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
    }
}
