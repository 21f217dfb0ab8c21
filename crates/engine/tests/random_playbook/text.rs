//! A random playbook as YAML, one entry a line, and what the compiler makes of it: lines that it refuses are left out.

use super::condition::{Meaning, patterns};
use super::spec::{Behaviour, Gives, PLAIN, Playbook, Rule};
use playbook::model::Model;
use std::collections::BTreeSet;

const HOURS: [&str; 8] = ["1h", "12h", "1d", "2d", "3d 1h", "5d", "30min", "7d"];
const DAYS: [&str; 8] = ["1d", "12h", "7d", "14d", "30d", "60d", "100d", "180d"];
const POINTS: [&str; 12] = ["5", "2", "1", "8", "2.5", "0", "-4", "20", "0.125", "-9", "3", "-0.5"];
const LIMITS: [&str; 14] = [
    "once per day",
    "once per asset and day",
    "once per message",
    "once per event",
    "once per product ever",
    "3 times per month",
    "2 times per day",
    "12 points per month",
    "7.5 points per asset",
    "once ever",
    "2 times per event and quarter",
    "once per asset and month",
    "10 points per quarter",
    "2 times per message and day",
];

/// What all of them know of the company.
pub(crate) const SETTING: &str = "\
holidays: {some: {2026-04-06: Easter Monday, 2026-05-05: Children's Day}}
vocabulary: {channels: {store: [visited]}}
attributes:
  contact: {rank: {label: rank}, exclude: {label: exclude}, employees: {label: employees}, contract_ends: {label: ends}}
  account: {employees: {label: employees}, fiscal_year_end: {label: year}, contract_ends: {label: ends}}
tiers: {big: {label: big, when: {account: {employees: {at_least: 300}}}}, some: {label: some, when: {account: {employees: {present: true}}}}}
solutions: {x: {label: x}, y: {label: y}}
campaigns: {k1: {label: k1, solution: x}, k2: {label: k2}}
page_classes: [pricing, other]
pages: {/pricing: {class: pricing, solution: y}, /about: {class: other}, /about/case: {content: b}}
content:
  a: {title: a, type: article, solution: x}
  b: {title: b, type: case, solution: y}
  c: {title: c, type: article}
";

/// An entry of the playbook that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Behaviour(usize),
    Reading(usize),
    Segment(usize),
    /// Of a life cycle, for whom it is.
    While(usize),
    Rule(usize),
    Entry(usize, usize, usize),
    Exit(usize, usize, usize),
    /// Of a reason, what lets somebody return earlier: the reason itself is spoken of elsewhere.
    ReturnsWhen(usize),
    /// Needs a way in; what is left out is that it has none.
    Stage(usize, usize),
}

/// What came of a random playbook.
pub(crate) struct Written {
    pub(crate) yaml: String,
    pub(crate) model: Model,
}

pub(crate) struct Writer<'a> {
    pub(crate) playbook: &'a Playbook,
    pub(crate) meaning: Meaning,
    pub(crate) without: &'a BTreeSet<Part>,
    pub(crate) lines: Vec<(Option<Part>, String)>,
}

/// The playbook as text and as compiled, in as many rounds as it takes.
///
/// # Errors
/// What the compiler refuses and cannot be left out: these generators are wrong.
pub(crate) fn write(playbook: &Playbook, name: &str) -> Result<Written, String> {
    let mut without = BTreeSet::new();
    loop {
        let lines = Writer::new(playbook, &without).write(name);
        let yaml: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let mistakes = match playbook::load(&[("playbook.yaml", &yaml)]) {
            Ok((model, _)) => return Ok(Written { yaml, model }),
            Err(mistakes) => mistakes,
        };
        let mut news = false;
        for mistake in mistakes.iter().filter(|mistake| mistake.kind.level() == playbook::Level::Mistake) {
            let part = lines.get(mistake.line.wrapping_sub(1)).and_then(|(part, _)| *part);
            let Some(part) = part else { continue };
            match rewarded(playbook, part) {
                // What is wrong is that a rule gives points for it.
                rules if mistake.message.contains("gives points for") && matches!(part, Part::Reading(_)) => {
                    rules.into_iter().for_each(|rule| news |= without.insert(rule));
                }
                _ => news |= without.insert(part),
            }
        }
        if !news {
            return Err(format!("{}\n{yaml}", playbook::render(&mistakes)));
        }
    }
}

/// The rules that give points for a reading.
fn rewarded(playbook: &Playbook, reading: Part) -> Vec<Part> {
    let count = playbook.readings.len();
    let gives = |rule: &Rule| match rule.gives {
        Gives::ByReading { reading: ix, .. } => reading == Part::Reading(usize::from(ix) % count),
        _ => false,
    };
    let all = playbook.rules.iter().enumerate();
    all.filter(|(_, rule)| gives(rule)).map(|(at, _)| Part::Rule(at)).collect()
}

impl<'a> Writer<'a> {
    fn new(playbook: &'a Playbook, without: &'a BTreeSet<Part>) -> Self {
        let [depth, heat, interest] = &playbook.scores;
        let scores = [("depth", depth), ("heat", heat), ("interest.x", interest), ("interest.y", interest)];
        let meaning = Meaning {
            scores: scores.map(|(name, score)| (name, score.floor, score.ceiling)).to_vec(),
            behaviours: playbook.behaviours.len(),
            readings: playbook.readings.len(),
            reasons: playbook.reasons.len(),
            segments: playbook.segments.len(),
            durations: if playbook.slow { &DAYS } else { &HOURS },
        };
        Self { playbook, meaning, without, lines: Vec::new() }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push((None, line.into()));
    }

    pub(crate) fn part(&mut self, part: Part, line: String) {
        if !self.without.contains(&part) {
            self.lines.push((Some(part), line));
        }
    }

    fn write(mut self, name: &str) -> Vec<(Option<Part>, String)> {
        self.header(name);
        self.behaviours();
        self.segments();
        self.scores();
        self.rules();
        self.fit();
        self.line("life_cycles:");
        for (at, life_cycle) in self.playbook.life_cycles.iter().enumerate() {
            self.life_cycle(at, life_cycle);
        }
        self.line("reasons:");
        for (at, reason) in self.playbook.reasons.iter().enumerate() {
            self.reason(at, reason);
        }
        self.lines
    }

    fn header(&mut self, name: &str) {
        let zone = ["Asia/Tokyo", "America/New_York", "UTC"][usize::from(self.playbook.zone) % 3];
        self.line(format!("playbook: {{name: {name}, label: {name}, time_zone: {zone}, calendar: office, fiscal_year_end: fiscal_year_end}}"));
        let office = [
            "{weekdays: [mon, tue, wed, thu, fri], hours: 09:00-18:00, holidays: some, closed: [04-10..04-12]}",
            "{weekdays: [mon, wed, sat], hours: 08:30-12:15, holidays: some}",
            "{weekdays: [mon, tue, wed, thu, fri, sat, sun], hours: 10:00-11:00, holidays: some, time_zone: Europe/Berlin}",
        ][usize::from(self.playbook.calendar) % 3];
        self.line(format!("calendars: {{office: {office}}}"));
        SETTING.lines().for_each(|line| self.line(line));
        let own = patterns(&self.playbook.own);
        self.line(format!("touchpoints: {{own: [{own}], ignored: [{{properties: {{machine: true}}}}]}}"));
    }

    fn behaviours(&mut self) {
        self.line("behaviours:");
        for (at, behaviour) in self.playbook.behaviours.iter().enumerate() {
            let plain = |n: &u8| format!("b{}", usize::from(*n) % PLAIN);
            let duration = |n: &u8| self.meaning.duration(*n);
            let what = match behaviour {
                Behaviour::When(when) => format!("when: [{}]", patterns(when)),
                Behaviour::InOrder { steps, within } => {
                    let steps: Vec<_> = steps.iter().map(plain).collect();
                    format!("in_order: [{}], within: {}", steps.join(", "), duration(within))
                }
                Behaviour::Unanswered { when, by, within, before } => {
                    let before =
                        before.map_or_else(String::new, |before| format!(", nor_before: {}", duration(&before)));
                    let within = duration(within);
                    format!("when: [{}], not_followed_by: {}, within: {within}{before}", patterns(when), plain(by))
                }
                Behaviour::AfterSilence(silence) => format!("after_silence: {}", duration(silence)),
            };
            self.part(Part::Behaviour(at), format!("  b{at}: {{label: b{at}, {what}}}"));
        }
        self.line("readings:");
        for (at, when) in self.playbook.readings.iter().enumerate() {
            let when = self.meaning.text(when);
            self.part(Part::Reading(at), format!("  r{at}: {{label: r{at}, when: {when}}}"));
        }
    }

    fn segments(&mut self) {
        if self.playbook.segments.is_empty() {
            return;
        }
        self.line("segments:");
        for (at, segment) in self.playbook.segments.iter().enumerate() {
            let until = segment.until.as_ref();
            let until = until.map_or_else(String::new, |until| format!(", until: {}", self.meaning.text(until)));
            let lasts = segment.lasts.map_or_else(String::new, |n| format!(", lasts: {}", self.meaning.duration(n)));
            let when = self.meaning.text(&segment.when);
            self.part(Part::Segment(at), format!("  k{at}: {{label: k{at}, when: {when}{until}{lasts}}}"));
        }
    }

    fn scores(&mut self) {
        const HALF_LIVES: [&str; 4] = ["1d", "12h", "3d", "30d"];
        self.line("scores:");
        for (name, score) in ["depth", "heat", "interest"].into_iter().zip(&self.playbook.scores) {
            let half_life = HALF_LIVES[usize::from(score.half_life) % HALF_LIVES.len()];
            let per = if name == "interest" { ", per: solution" } else { "" };
            let (floor, ceiling) = (score.floor, score.ceiling);
            self.line(format!(
                "  {name}: {{label: {name}, half_life: {half_life}, at_least: {floor}, at_most: {ceiling}{per}}}"
            ));
        }
        self.line("groups:");
        for (at, (cap, per)) in self.playbook.groups.iter().enumerate() {
            let cap = ["7", "3", "12.5"][usize::from(*cap) % 3];
            let per = ["day", "month", "quarter", "ever"][usize::from(*per) % 4];
            self.line(format!("  g{at}: {{cap: {cap}, per: {per}}}"));
        }
    }

    fn rules(&mut self) {
        self.line("rules:");
        for (at, rule) in self.playbook.rules.iter().enumerate() {
            let rule = self.rule(rule);
            self.part(Part::Rule(at), format!("  p{at}: {{label: p{at}, {rule}}}"));
        }
    }

    fn rule(&self, rule: &Rule) -> String {
        let points = |n: &u8| POINTS[usize::from(*n) % POINTS.len()];
        let by_reading = matches!(rule.gives, Gives::ByReading { .. });
        let mut text = match &rule.gives {
            Gives::Fixed { when, points: given } => format!("when: [{}], points: {}", patterns(when), points(given)),
            Gives::Cases(cases) => {
                let case =
                    |(when, given): &(u8, u8)| format!("{{when: {}, points: {}}}", patterns(&[*when]), points(given));
                format!("points: [{}]", cases.iter().map(case).collect::<Vec<_>>().join(", "))
            }
            Gives::ByAnswer { question, when, points: [one, other] } => {
                let (one, other) = (points(one), points(other));
                let when = when.map_or_else(String::new, |when| format!("when: {}, ", patterns(&[when])));
                match question {
                    false => format!("{when}points: {{answer: timeframe, values: {{3m: {one}, 6m: {other}}}}}"),
                    true => format!("{when}points: {{answer: budget, values: {{planned: {one}, secured: {other}}}}}"),
                }
            }
            Gives::ByRank { points: [a, b, c] } => {
                let (a, b, c) = (points(a), points(b), points(c));
                format!("points: {{property: rank, values: {{A: {a}, B: {b}, C: {c}}}}}")
            }
            Gives::ByReading { reading, points: given } => {
                format!("reading: r{}, points: {}", usize::from(*reading) % self.playbook.readings.len(), points(given))
            }
        };
        if let Some(condition) = &rule.condition {
            text += &format!(", if: {}", self.meaning.text(condition));
        }
        let limits = rule.limits.iter().map(|n| LIMITS[usize::from(*n) % LIMITS.len()]);
        let scoped = |limit: &&str| ["asset", "message", "event", "product"].iter().any(|word| limit.contains(word));
        let by_answer = matches!(rule.gives, Gives::ByAnswer { .. });
        let limits: Vec<_> = limits.filter(|limit| !by_answer && (!by_reading || !scoped(limit))).collect();
        if !limits.is_empty() {
            text += &format!(", limit: [{}]", limits.join(", "));
        }
        if let Some(group) = rule.group {
            text += &format!(", group: g{}", group % 2);
        }
        if let Some(hand) = rule.marks {
            text += if hand { ", marks: hand" } else { ", marks: person" };
        }
        text
    }

    fn fit(&mut self) {
        self.line(match self.playbook.fit % 3 {
            0 => "fit: {criteria: {rank: {of: contact, key: true, points: [{is: manager, points: 40}, {is: {present: true}, points: -5}]}, employees: {of: [contact, account], points: [{is: {at_least: 300}, points: 30}]}}, grades: {A: 60, B: 30}, lowest: D, unknown: U, known_at_least: 1}",
            1 => "fit: {criteria: {rank: {of: contact, key: true, points: [{is: [manager, staff], points: 10}]}, employees: {of: account, key: true, points: [{is: {at_least: 300}, points: 20}, {is: {present: true}, points: 5}]}}, grades: {A: 30, B: 12}, lowest: D, unknown: U, known_at_least: 2}",
            _ => "fit: {criteria: {rank: {of: contact, points: [{is: {is_not: staff}, points: 10}]}}, grades: {A: 10, B: 0}, lowest: D, unknown: U, known_at_least: 0}",
        });
    }
}
