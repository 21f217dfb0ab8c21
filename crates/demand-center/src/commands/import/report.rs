use ingest::outcome_to_json;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display};
use std::path::Path;
use touchpoint::{Outcome, Touchpoint};

/// Rejections that are shown one by one.
const SHOWN: usize = 20;

/// A row of the file and what becomes of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) place: String,
    pub(super) outcomes: Vec<Outcome>,
}

impl Row {
    pub(super) fn to_json(&self) -> Json {
        json!({ "line": self.place, "outcomes": self.outcomes.iter().map(outcome_to_json).collect::<Vec<_>>() })
    }
}

/// What became of a file's rows.
#[derive(Debug)]
pub(super) struct Report {
    file: String,
    rows: usize,
    kinds: BTreeMap<String, usize>,
    drops: BTreeMap<&'static str, usize>,
    rejected: Vec<String>,
    /// Rows that say the same as one before them.
    repeated: usize,
    /// Rows that have the id of another and say something else.
    contradicting: Vec<String>,
    inputs: HashMap<(String, Option<i64>), (String, Touchpoint)>,
    sent: Option<(usize, String)>,
}

impl Report {
    pub(super) fn of(file: &Path) -> Self {
        Self {
            file: file.display().to_string(),
            rows: 0,
            kinds: BTreeMap::new(),
            drops: BTreeMap::new(),
            rejected: Vec::new(),
            repeated: 0,
            contradicting: Vec::new(),
            inputs: HashMap::new(),
            sent: None,
        }
    }

    /// Counts a row. True: it says something new.
    pub(super) fn add(&mut self, row: &Row) -> bool {
        self.rows += 1;
        let mut says_something = false;
        for outcome in &row.outcomes {
            match outcome {
                Outcome::Touchpoint(touchpoint) => says_something |= self.is_new(&row.place, touchpoint),
                Outcome::Dropped(reason) => *self.drops.entry(reason.0).or_default() += 1,
                Outcome::Rejected(refused) => {
                    let field = if refused.field.is_empty() { String::new() } else { format!(" {}", refused.field) };
                    let (code, message) = (refused.code, &refused.message);
                    self.rejected.push(format!("{}:{}: {code}{field} {message}", self.file, row.place));
                }
            }
        }
        says_something
    }

    fn is_new(&mut self, place: &str, touchpoint: &Touchpoint) -> bool {
        let input = (touchpoint.input.id.to_string(), touchpoint.version);
        match self.inputs.get(&input) {
            Some((_, same)) if same == touchpoint => {
                self.repeated += 1;
                false
            }
            Some((first, _)) => {
                let message = format!(
                    "{}:{place}: has the id of line {first} and says something else: one of them counts",
                    self.file
                );
                self.contradicting.push(message);
                true
            }
            None => {
                *self.kinds.entry(touchpoint.kind.to_string()).or_default() += 1;
                self.inputs.insert(input, (place.to_owned(), touchpoint.clone()));
                true
            }
        }
    }

    pub(super) fn sent(&mut self, records: usize, topic: &str) {
        self.sent = Some((records, topic.to_owned()));
    }

    /// Nothing was refused or contradicts itself.
    pub(super) fn is_clean(&self) -> bool {
        self.rejected.is_empty() && self.contradicting.is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for list in [&self.rejected, &self.contradicting] {
            list.iter().take(SHOWN).try_for_each(|line| writeln!(f, "{line}"))?;
            if list.len() > SHOWN {
                writeln!(f, "... and {} more; `-o json` prints every row", list.len() - SHOWN)?;
            }
        }
        writeln!(f, "{}: {} rows", self.file, self.rows)?;
        let mut line = |count: usize, what: &str| if count > 0 { writeln!(f, "{count:>8} {what}") } else { Ok(()) };
        for (kind, count) in &self.kinds {
            line(*count, kind)?;
        }
        for (reason, count) in &self.drops {
            line(*count, &format!("dropped: {reason}"))?;
        }
        line(self.repeated, "say the same as a row before them")?;
        line(self.contradicting.len(), "have the id of another row and say something else")?;
        line(self.rejected.len(), "rejected; not sent")?;
        match &self.sent {
            Some((records, topic)) => {
                writeln!(f, "{records} records sent to {topic}; sent again they do not count twice")
            }
            None => writeln!(f, "nothing was sent"),
        }
    }
}
