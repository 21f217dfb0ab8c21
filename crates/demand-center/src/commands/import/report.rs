use super::row::Row;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::Path;
use touchpoint::Outcome;

/// Rejections that are shown one by one.
const SHOWN: usize = 20;

/// What became of a file's rows.
#[derive(Debug)]
pub(super) struct Report {
    file: String,
    rows: usize,
    kinds: BTreeMap<String, usize>,
    drops: BTreeMap<&'static str, usize>,
    rejected: Vec<String>,
    /// Rows that say the same as one below them.
    repeated: usize,
    /// Rows that have the id of one below them and say something else.
    contradicting: Vec<String>,
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
            sent: None,
        }
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.repeated += usize::from(row.repeated_by.is_some() && !row.counts);
        if let Some(last) = &row.contradicted_by {
            let (file, place) = (&self.file, &row.place);
            self.contradicting
                .push(format!("{file}:{place}: line {last} has the same id and says something else; it counts"));
        }
        for outcome in &row.outcomes {
            match outcome {
                Outcome::Touchpoint(touchpoint) if row.counts => {
                    *self.kinds.entry(touchpoint.kind.to_string()).or_default() += 1;
                }
                Outcome::Touchpoint(_) => {}
                Outcome::Dropped(reason) => *self.drops.entry(reason.0).or_default() += 1,
                Outcome::Rejected(refused) => {
                    let field = if refused.field.is_empty() { String::new() } else { format!(" {}", refused.field) };
                    let (code, message) = (refused.code, &refused.message);
                    self.rejected.push(format!("{}:{}: {code}{field} {message}", self.file, row.place));
                }
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
        line(self.repeated, "say the same as a row below them; not sent")?;
        line(self.contradicting.len(), "are overruled by a row below them")?;
        line(self.rejected.len(), "rejected; not sent")?;
        match &self.sent {
            Some((records, topic)) => {
                writeln!(f, "{records} records sent to {topic}; sent again they do not count twice")
            }
            None => writeln!(f, "nothing was sent"),
        }
    }
}
