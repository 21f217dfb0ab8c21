//! What each source's decoder carries: the records of its corpus, over and over, on one thread. Compare lines of one run with each
//! other; machines differ. `cargo bench -p ingest`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may end by a panic")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Case, cases};
use ingest::{Decoder, Outcomes, RawMeta};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const EACH: Duration = Duration::from_millis(300);

fn main() {
    let mut sources: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in cases() {
        sources.entry(case.folder()).or_default().push(case);
    }
    println!("{:<22} {:>9} {:>14} {:>14}", "SOURCE", "BYTES", "ELEMENTS/S", "MB/S");
    for (source, cases) in sources {
        let decoders: Vec<Decoder> = cases.iter().map(|case| Decoder::new(case.settings.clone()).unwrap()).collect();
        let (mut elements, mut bytes, began) = (0_u64, 0_u64, Instant::now());
        let mut out = Outcomes::default();
        while began.elapsed() < EACH {
            for (case, decoder) in cases.iter().zip(&decoders) {
                let headers: Vec<(&str, &[u8])> =
                    case.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
                let meta = RawMeta {
                    topic_channel: case.channel.as_deref(),
                    source: Some(&case.source),
                    headers: &headers,
                    received_at: case.received_at,
                };
                out.clear();
                decoder.decode(&meta, &case.bytes, &mut out);
                elements += out.elements() as u64;
                bytes += case.bytes.len() as u64;
            }
        }
        let nanos = began.elapsed().as_nanos();
        let per_second = |count: u64| u128::from(count) * 1_000_000_000 / nanos;
        println!(
            "{source:<22} {:>9} {:>14} {:>14}",
            bytes / elements,
            per_second(elements),
            per_second(bytes) / 1_000_000
        );
    }
}
