//! The life cycles and reasons of a random playbook, as YAML.

use super::stages::{Entry, Exit, LifeCycle, Reason, Sort, Stage};
use super::text::{Part, Writer};

impl Writer<'_> {
    pub(crate) fn life_cycle(&mut self, at: usize, life_cycle: &LifeCycle) {
        let name = ["first", "second", "third"][at];
        self.line(format!("  {name}:"));
        self.line(format!("    label: {name}"));
        if let Some(lasts_while) = life_cycle.lasts_while.as_ref().filter(|_| at > 0) {
            let lasts_while = self.meaning.text(lasts_while);
            self.part(Part::While(at), format!("    while: {lasts_while}"));
        }
        self.line("    stages:");
        let count = life_cycle.stages.len();
        for (ix, stage) in life_cycle.stages.iter().enumerate() {
            self.stage((at, ix), count, stage);
        }
    }

    fn stage(&mut self, (cycle, ix): (usize, usize), count: usize, stage: &Stage) {
        let unreachable = self.without.contains(&Part::Stage(cycle, ix));
        self.lines.push((Some(Part::Stage(cycle, ix)), format!("      s{ix}:")));
        let mut said = format!("        label: s{ix}\n        phase: any\n        owner: marketing");
        match stage.sort {
            Sort::Open => {}
            Sort::PeopleOnly => said += "\n        people_only: true",
            Sort::Out => said += "\n        out: true",
            Sort::Recycle(None) => said += "\n        recycle: true",
            Sort::Recycle(Some(wait)) => {
                said += &format!("\n        recycle: true\n        returns_after: {}", self.meaning.duration(wait));
            }
        }
        if stage.milestone {
            said += &format!("\n        milestone: m{}", ix % 2);
        }
        if let Some(hold) = stage.hold {
            said += &format!("\n        hold: {}", self.meaning.wait(hold));
        }
        said.lines().for_each(|line| self.line(line));
        self.line("        entries:");
        for (at, entry) in stage.entries.iter().enumerate() {
            let entry = self.entry(entry, ix, count);
            self.part(Part::Entry(cycle, ix, at), entry);
        }
        if unreachable {
            self.line("          - {by: feedback, when: {feedback: meeting_booked}}");
        }
        self.line("        exits:");
        for (at, exit) in stage.exits.iter().enumerate() {
            let exit = self.exit(exit, ix, count);
            self.part(Part::Exit(cycle, ix, at), exit);
        }
    }

    fn entry(&self, entry: &Entry, ix: usize, count: usize) -> String {
        let mut from: Vec<_> = entry.from.iter().map(|n| usize::from(*n) % count).filter(|from| *from != ix).collect();
        from.sort_unstable();
        from.dedup();
        let from: Vec<_> = from.into_iter().map(|from| format!("s{from}")).collect();
        let from = if from.is_empty() { String::new() } else { format!("from: [{}], ", from.join(", ")) };
        format!("          - {{by: {}, {from}when: {}}}", entry.by, self.meaning.text(&entry.when))
    }

    fn exit(&self, exit: &Exit, ix: usize, count: usize) -> String {
        // Mostly back, so that few lead in a circle.
        let to = match (usize::from(exit.to), ix) {
            (to, 1..) if to % 8 > 0 => to % ix,
            (to, _) if to % count == ix => (to + 1) % count,
            (to, _) => to % count,
        };
        let reason =
            exit.reason.map_or_else(String::new, |n| format!(", reason: q{}", usize::from(n) % self.meaning.reasons));
        format!("          - {{to: s{to}, when: {}{reason}}}", self.meaning.text(&exit.when))
    }

    pub(crate) fn reason(&mut self, at: usize, reason: &Reason) {
        let meaning = &self.meaning;
        let mut text = format!("  q{at}: {{label: q{at}");
        let stages = self.playbook.life_cycles[0].stages.len();
        if let Some(to) = reason.to {
            text += &format!(", to: s{}", usize::from(to) % stages);
        }
        let waits = [
            ("returns_after", reason.returns_after),
            ("returns_before_date", reason.returns_before_date),
            ("no_score_entry_for", reason.no_score_entry_for),
        ];
        for (word, wait) in waits {
            text += &wait.map_or_else(String::new, |wait| format!(", {word}: {}", meaning.duration(wait)));
        }
        if let Some((date, by)) = reason.returns_before {
            let date =
                ["answer: contract_end", "contact: contract_ends", "account: contract_ends"][usize::from(date) % 3];
            text += &format!(", returns_before: {{{date}, by: {}}}", meaning.duration(by));
        }
        if let Some((months, not_within)) = reason.returns_in_season {
            let not_within =
                not_within.map_or_else(String::new, |wait| format!(", not_within: {}", meaning.duration(wait)));
            text += &format!(", returns_in_season: {{months_before_fiscal_year: {}{not_within}}}", months % 12 + 1);
        }
        let part = Part::ReturnsWhen(at);
        if let Some(when) = reason.returns_when.as_ref().filter(|_| !self.without.contains(&part)) {
            text += &format!(", returns_when: {}", meaning.text(when));
        }
        self.lines.push((Some(part), text + "}"));
    }
}
