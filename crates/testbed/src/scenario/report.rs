//! What came of scenarios, as people read it.

use std::fmt;

/// What came of every scenario, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub scenarios: Vec<Played>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    pub file: String,
    pub title: String,
    /// Expectations that were looked at.
    pub checked: usize,
    /// Empty: passed.
    pub failures: Vec<Failure>,
}

/// What was expected and is not so, or a mistake in the scenario itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Line of the scenario's file, from 1; `None` where the file as a whole is meant.
    pub line: Option<u64>,
    pub message: String,
    /// What the figure that differs is made of, a line each, the largest first.
    pub made_of: Vec<String>,
}

impl Report {
    pub fn passed(&self) -> bool {
        self.scenarios.iter().all(Played::passed)
    }

    /// `44 scenarios, 2 failed`.
    pub fn summary(&self) -> String {
        let failed = self.scenarios.iter().filter(|scenario| !scenario.passed()).count();
        format!("{} scenarios, {failed} failed", self.scenarios.len())
    }
}

impl Failure {
    pub(super) fn at(line: Option<u64>, message: String) -> Self {
        Self { line, message, made_of: Vec::new() }
    }
}

impl Played {
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for scenario in &self.scenarios {
            writeln!(f, "{scenario}")?;
        }
        writeln!(f, "{}", self.summary())
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, title, checked, failures } = self;
        let verdict = if self.passed() { "passed" } else { "FAILED" };
        write!(f, "{verdict}  {file}: {title} ({checked} expectations)")?;
        for failure in failures {
            let place = failure.line.map(|line| format!(":{line}")).unwrap_or_default();
            write!(f, "\n        {file}{place}: {}", failure.message.trim_end().replace('\n', "\n        "))?;
            for part in &failure.made_of {
                write!(f, "\n            {part}")?;
            }
        }
        Ok(())
    }
}
