use super::mapper::Mapper;
use crate::failure::{Exit, Failure};
use crate::output::out;
use crate::settings::Settings;
use crate::written::{self, mistaken, yaml_files};
use ingest::sample::{EXPECTED, META, SampleMeta, unshown};
use ingest::{Decoder, Mapping, Outcomes, RawMeta, SourceInfo, outcome_to_json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use touchpoint::Outcome;

const NEXT: &str = "name a folder with mapping files, or set sources.mappings_dir";

/// Maps the samples beside mapping files and compares what comes out with what is expected; with `update` writes it down.
///
/// # Errors
/// When a folder or file cannot be read, or a mapping file has mistakes.
pub(in crate::commands) fn test(settings: &Settings, dir: Option<&Path>, update: bool) -> Result<Exit, Failure> {
    let Some(dir) = dir.or(settings.sources.mappings_dir.as_deref()) else {
        return Err(Failure::usage("no folder of mapping files is named").next(NEXT));
    };
    let files = yaml_files(dir, NEXT)?;
    let mappings = Mapping::load_all(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(|mistakes| mistaken(Exit::Findings, &mistakes, "a mapping file", dir, "no sample was mapped"))?;
    let infos: Vec<SourceInfo> = mappings.iter().map(|mapping| *mapping.info()).collect();
    let mut run = Run { settings, mapper: Mapper::new(settings)?, mappings, update, tally: Tally::default() };
    for info in &infos {
        run.source(info, dir)?;
    }
    for folder in folders(dir)?.into_iter().filter(|folder| !infos.iter().any(|info| folder.ends_with(info.name))) {
        run.ownerless(&folder)?;
    }
    out(&format!("{}\n", run.tally));
    Ok(if run.tally.passed() { Exit::Done } else { Exit::Findings })
}

struct Run<'a> {
    settings: &'a Settings,
    mapper: Mapper,
    mappings: Vec<Mapping>,
    update: bool,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    as_expected: usize,
    written: usize,
    differ: usize,
    unexpected: usize,
    /// Files beside no sample, and samples of no source.
    astray: usize,
}

impl Tally {
    const fn passed(&self) -> bool {
        self.differ == 0 && self.unexpected == 0 && self.astray == 0 && self.as_expected + self.written > 0
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.as_expected + self.written + self.differ + self.unexpected;
        write!(f, "{all} samples: {} as expected", self.as_expected)?;
        for (count, what) in [
            (self.written, "written"),
            (self.differ, "different"),
            (self.unexpected, "without expected lines"),
            (self.astray, "astray"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// The samples of one source, in the folder of its name.
    fn source(&mut self, info: &SourceInfo, dir: &Path) -> Result<(), Failure> {
        let folder = dir.join(info.name);
        let (mut records, mut outcomes) = (Vec::new(), Vec::new());
        let cases = if folder.is_dir() { cases(&folder)? } else { BTreeMap::new() };
        if folder.is_dir() {
            self.beside_nothing(&folder, &cases)?;
        }
        for (case, path) in cases {
            let record = bytes(&path)?;
            let became = self.became(info, &folder, &case, &record)?;
            self.compare(&folder, &case, &became)?;
            records.push(record);
            outcomes.extend(became);
        }
        if records.is_empty() {
            out(&format!("unshown  {}: everything; put records into {}\n", info.name, folder.display()));
            return Ok(());
        }
        let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        let missing: Vec<String> = unshown(info, &records, &outcomes).iter().map(ToString::to_string).collect();
        if !missing.is_empty() {
            out(&format!("unshown  {}: {}\n", info.name, missing.join(", ")));
        }
        Ok(())
    }

    /// What is expected of a sample that is not there is a test that does not run.
    fn beside_nothing(&mut self, folder: &Path, cases: &BTreeMap<String, PathBuf>) -> Result<(), Failure> {
        for path in files(folder)? {
            let name = name(&path);
            let case = [EXPECTED, META].iter().find_map(|end| name.strip_suffix(end));
            if case.is_some_and(|case| !cases.contains_key(case)) {
                self.tally.astray += 1;
                out(&format!("astray   {}: there is no record beside it\n", path.display()));
            }
        }
        Ok(())
    }

    /// A folder with samples that no mapping file is about: they are not run.
    fn ownerless(&mut self, folder: &Path) -> Result<(), Failure> {
        if files(folder)?.iter().any(|path| [EXPECTED, META].iter().any(|end| name(path).ends_with(end))) {
            self.tally.astray += 1;
            out(&format!("astray   {}: no mapping file here describes this source\n", folder.display()));
        }
        Ok(())
    }

    fn became(&mut self, info: &SourceInfo, folder: &Path, case: &str, record: &[u8]) -> Result<Vec<Outcome>, Failure> {
        let meta = meta(&folder.join(format!("{case}{META}")))?;
        let settings = match &meta.settings {
            None => self.settings.clone(),
            Some(own) => Settings { sources: own.clone(), ..self.settings.clone() },
        };
        let decoder: Decoder = written::with_mappings(&settings, self.mappings.clone())?;
        let headers: Vec<(&str, &[u8])> =
            meta.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let raw = RawMeta {
            topic_channel: meta.channel.as_deref().or(info.channel),
            source: Some(meta.source.as_deref().unwrap_or(info.name)),
            headers: &headers,
            received_at: meta.received_at(),
        };
        self.mapper.map(&decoder, &raw, record).map(Outcomes::into_vec)
    }

    fn compare(&mut self, folder: &Path, case: &str, became: &[Outcome]) -> Result<(), Failure> {
        let path = folder.join(format!("{case}{EXPECTED}"));
        let name = Path::new(folder.file_name().unwrap_or_default()).join(case);
        let lines: Vec<String> = became.iter().map(|outcome| outcome_to_json(outcome).to_string()).collect();
        let expected = if path.exists() { Some(text(&path)?) } else { None };
        let is_same = expected.as_ref().is_some_and(|expected| expected.lines().eq(lines.iter()));
        let said = match &expected {
            _ if is_same => {
                self.tally.as_expected += 1;
                "ok      "
            }
            _ if self.update => {
                std::fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>())
                    .map_err(|why| Failure::usage(format!("cannot write {}: {why}", path.display())))?;
                self.tally.written += 1;
                "written "
            }
            Some(_) => {
                self.tally.differ += 1;
                "differs "
            }
            None => {
                self.tally.unexpected += 1;
                "new     "
            }
        };
        out(&format!("{said} {}\n", name.display()));
        if is_same {
            return Ok(());
        }
        let expected = expected.unwrap_or_default();
        let (had, has): (BTreeSet<&str>, BTreeSet<&str>) =
            (expected.lines().collect(), lines.iter().map(String::as_str).collect());
        had.difference(&has).for_each(|line| out(&format!("  - {line}\n")));
        has.difference(&had).for_each(|line| out(&format!("  + {line}\n")));
        if had == has {
            out("  the same lines in another order, or another number of times\n");
        }
        Ok(())
    }
}

/// What stands in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(|why| unreadable(folder, &why)));
    let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    Ok(files(dir)?.into_iter().filter(|path| path.is_dir() && !name(path).starts_with('.')).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The records of a folder, by case.
fn cases(folder: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut cases = BTreeMap::new();
    for path in files(folder)? {
        let name = name(&path);
        if name.starts_with('.') || name.ends_with(EXPECTED) || name.ends_with(META) {
            continue;
        }
        let case = name.split('.').next().unwrap_or_default().to_owned();
        if let Some(other) = cases.insert(case, path.clone()) {
            return Err(Failure::usage(format!("{} and {} are one sample", other.display(), path.display()))
                .next("give one of them another name: what stands before the first dot is the sample's"));
        }
    }
    Ok(cases)
}

fn meta(path: &Path) -> Result<SampleMeta, Failure> {
    if !path.exists() {
        return Ok(SampleMeta::default());
    }
    serde_json::from_str(&text(path)?).map_err(|wrong| {
        Failure::usage(format!("{wrong}"))
            .at(path.display())
            .next("it may say source, channel, headers, received_at, settings")
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|why| unreadable(path, &why))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|why| unreadable(path, &why))
}

fn unreadable(path: &Path, why: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {why}", path.display()))
}
