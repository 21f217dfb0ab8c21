//! What was sent, counted: the demo holds the pipeline's own figures against it.

use super::record::{Break, Happening, Nature, RawEvent};
use std::collections::BTreeMap;
use std::fmt;
use touchpoint::RejectionCode;

/// Counts over the records that were handed out so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Per channel of the raw topic.
    pub channels: BTreeMap<&'static str, Volume>,
    /// Per header `source`.
    pub sources: BTreeMap<&'static str, u64>,
    pub machine: u64,
    pub duplicates: u64,
    pub late: u64,
    pub broken: BTreeMap<Break, u64>,
    pub happenings: BTreeMap<Happening, u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub records: u64,
    /// Of the values.
    pub bytes: u64,
}

impl Summary {
    pub(super) fn count(&mut self, event: &RawEvent) {
        let volume = self.channels.entry(event.channel).or_default();
        volume.records += 1;
        volume.bytes += event.value.len() as u64;
        *self.sources.entry(event.source).or_default() += 1;
        match event.nature {
            Nature::Plain => {}
            Nature::Machine => self.machine += 1,
            Nature::Duplicate => self.duplicates += 1,
            Nature::Late => self.late += 1,
            Nature::Broken(kind) => *self.broken.entry(kind).or_default() += 1,
        }
        if let Some(happening) = event.happening {
            *self.happenings.entry(happening).or_default() += 1;
        }
    }

    pub fn records(&self) -> u64 {
        self.channels.values().map(|volume| volume.records).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.channels.values().map(|volume| volume.bytes).sum()
    }

    pub fn of(&self, happening: Happening) -> u64 {
        self.happenings.get(&happening).copied().unwrap_or_default()
    }

    /// How many dead letters the pipeline must end with, by code.
    pub fn dead_letters(&self) -> BTreeMap<RejectionCode, u64> {
        let mut codes = BTreeMap::new();
        for (kind, count) in &self.broken {
            *codes.entry(kind.code()).or_default() += count;
        }
        codes
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>8} {:>12}", "channel", "records", "bytes")?;
        for (channel, volume) in &self.channels {
            writeln!(f, "{channel:<20} {:>8} {:>12}", volume.records, volume.bytes)?;
        }
        writeln!(f, "{:<20} {:>8} {:>12}", "all", self.records(), self.bytes())?;
        for (name, count) in [("by machines", self.machine), ("duplicates", self.duplicates), ("late", self.late)] {
            writeln!(f, "{name:<20} {count:>8}")?;
        }
        for (code, count) in self.dead_letters() {
            writeln!(f, "{:<20} {count:>8}", format!("broken {code} {}", code.name()))?;
        }
        for (happening, count) in &self.happenings {
            writeln!(f, "{:<20} {count:>8}", happening.name())?;
        }
        Ok(())
    }
}
