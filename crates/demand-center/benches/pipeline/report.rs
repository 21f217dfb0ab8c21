//! Figures of all repetitions, as tables for people and as JSON for what compares them.

use crate::options::Options;
use crate::{Outcome, machine};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What one repetition measured, in the order in which it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Clone, Debug)]
struct Figure {
    table: &'static str,
    row: String,
    /// With its unit.
    column: String,
    value: f64,
}

impl Figures {
    pub(crate) fn note(&mut self, table: &'static str, row: &str, column: impl Into<String>, value: f64) {
        self.0.push(Figure { table, row: row.to_owned(), column: column.into(), value });
    }
}

/// The figures, and what they were measured with.
#[derive(Debug)]
pub(crate) struct Report {
    about: Vec<(&'static str, String)>,
    repetitions: Vec<Figures>,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        let Options { repetitions, visits, partitions, rate, warm_up, seconds, .. } = options;
        let about = vec![
            ("machine", machine::description()),
            ("running or waiting before", format!("{:.2} processes, over the last minute", machine::load())),
            ("Kafka", format!("{}, one broker on the same cores", options.kafka_version)),
            ("revision", options.revision.clone()),
            (
                "services",
                format!("one worker each, {partitions} partitions, all other settings as they are by default"),
            ),
            ("people", format!("{:?}, {visits} touchpoints each", options.people())),
            ("steady rate", format!("{rate}/s for {seconds} s, after {warm_up} s to warm up")),
            ("repetitions", repetitions.to_string()),
        ];
        Self { about, repetitions: Vec::new() }
    }

    pub(crate) fn add(&mut self, figures: Figures) {
        self.repetitions.push(figures);
    }

    /// Markdown: in each cell the median, and least and most.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.about {
            // Writing to a string does not fail.
            let _ = writeln!(text, "- {name}: {value}");
        }
        let figures: &[Figure] = self.repetitions.first().map_or(&[], |first| &first.0);
        for table in distinct(figures.iter().map(|figure| figure.table)) {
            let of: Vec<&Figure> = figures.iter().filter(|figure| figure.table == table).collect();
            let columns = distinct(of.iter().map(|figure| figure.column.as_str()));
            let _ = writeln!(text, "\n| {table} | {} |", columns.join(" | "));
            let _ = writeln!(text, "| --- |{}", " ---: |".repeat(columns.len()));
            for row in distinct(of.iter().map(|figure| figure.row.as_str())) {
                let cell = |column: &&str| {
                    let found = of.iter().find(|figure| figure.row == row && figure.column == **column);
                    found.map_or_else(|| "-".to_owned(), |figure| self.spread(figure).to_string())
                };
                let cells: Vec<String> = columns.iter().map(cell).collect();
                let _ = writeln!(text, "| {row} | {} |", cells.join(" | "));
            }
        }
        text
    }

    /// One file, and where it stands.
    pub(crate) fn write(&self, folder: &Path) -> Outcome<PathBuf> {
        let about: serde_json::Map<String, Json> =
            self.about.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let figures = self.repetitions.first().into_iter().flat_map(|first| &first.0);
        let figures: Vec<Json> = figures
            .map(|figure| {
                let Spread { least, median, most, all } = self.spread(figure);
                let Figure { table, row, column, .. } = figure;
                let values = json!({"min": least, "median": median, "max": most, "repetitions": all});
                json!({"table": table, "row": row, "column": column, "values": values})
            })
            .collect();
        std::fs::create_dir_all(folder)?;
        let file = folder.join("pipeline.json");
        std::fs::write(&file, format!("{:#}\n", json!({"about": about, "figures": figures})))?;
        Ok(file)
    }

    /// A figure over the repetitions.
    fn spread(&self, of: &Figure) -> Spread {
        let same = |other: &&Figure| other.table == of.table && other.row == of.row && other.column == of.column;
        let all: Vec<f64> =
            self.repetitions.iter().filter_map(|figures| Some(figures.0.iter().find(same)?.value)).collect();
        let mut sorted = all.clone();
        sorted.sort_by(f64::total_cmp);
        Spread { least: sorted[0], median: sorted[sorted.len() / 2], most: sorted[sorted.len() - 1], all }
    }
}

/// Each once, in the order of its first.
fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
    all: Vec<f64>,
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { least, median, most, .. } = self;
        match self.all.len() {
            1 => f.write_str(&number(*median)),
            _ => write!(f, "{} ({} to {})", number(*median), number(*least), number(*most)),
        }
    }
}

/// Three digits: more would promise what another run does not keep.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let size = value.abs();
    if size >= 1_000.0 {
        let unit = 10_f64.powf(size.log10().floor() - 2.0);
        let digits = format!("{:.0}", (size / unit).round() * unit);
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
        return format!("{}{}", if value < 0.0 { "-" } else { "" }, groups.join(","));
    }
    match size {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
