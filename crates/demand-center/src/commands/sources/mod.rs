//! What sources there are, and what becomes of their records, without Kafka.

mod list;
mod mapper;
mod test;
mod try_out;

use crate::failure::Failure;
use crate::output::talk;
use crate::settings::{Settings, nearest};
use crate::written;
use ingest::{Decoder, SourceInfo};
use std::io::Read;
use std::path::Path;

pub(super) use list::list;
pub(super) use mapper::Mapper;
pub(super) use test::test;
pub(super) use try_out::{mapping, try_out};

/// The sources by the settings.
pub(super) fn in_force(settings: &Settings) -> Result<Decoder, Failure> {
    let files = written::mapping_files(settings)?;
    let decoder =
        written::decoder(settings, &files).map_err(|error| error.shown(settings, "nothing was read by it"))?;
    for (alias, own) in decoder.taken_by_aliases() {
        talk(&format!("`{alias}` is an alias of your `{own}`: it takes the place of the built-in source"));
    }
    Ok(decoder)
}

pub(super) fn known<'a>(decoder: &'a Decoder, name: &str) -> Result<&'a SourceInfo, Failure> {
    decoder.source(name).ok_or_else(|| {
        let meant = nearest(name, decoder.sources().flat_map(SourceInfo::names))
            .map(|meant| format!("did you mean `{meant}`? "));
        Failure::usage(format!("no source is called `{name}`"))
            .next(format!("{}`demand-center sources list` prints them", meant.unwrap_or_default()))
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut value = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_end(&mut value).map(drop),
        false => std::fs::read(path).map(|bytes| value = bytes),
    };
    read.map_err(|why| {
        Failure::usage(format!("cannot read {}: {why}", path.display())).next("name files that exist, or - for stdin")
    })?;
    Ok(value)
}
