//! How long a touchpoint and a stage transition take, beside apache-avro: `cargo bench -p wire`.
#![allow(clippy::print_stdout, reason = "figures are its output")]

#[path = "../tests/nouns/mod.rs"]
mod nouns;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use nouns::full;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wire::{ForeignSchema, Published};

/// The best of several runs: the others were disturbed.
fn nanos(mut what: impl FnMut()) -> u128 {
    const RUN: u32 = 20_000;
    let run = |what: &mut dyn FnMut()| {
        let begun = Instant::now();
        (0..RUN).for_each(|_| what());
        begun.elapsed()
    };
    (0..9).map(|_| run(&mut what)).min().unwrap_or(Duration::ZERO).as_nanos() / u128::from(RUN)
}

fn figures<T: Published>(noun: &T) {
    let mut datum = Vec::new();
    noun.write_avro(&mut datum);
    let schema = Schema::parse_str(T::SCHEMA.text()).expect("a schema");
    let reader = GenericDatumReader::builder(&schema).build().expect("a reader");
    let foreign = ForeignSchema::parse(T::SCHEMA.text(), &[]).expect("a schema");
    let mut out = Vec::with_capacity(datum.len() * 4);
    let line = |what: &str, nanos: u128| println!("{:<18}{:<34}{nanos:>8} ns", T::SCHEMA.as_str(), what);
    line(
        &format!("write Avro ({} bytes)", datum.len()),
        nanos(|| {
            out.clear();
            black_box(noun).write_avro(&mut out);
        }),
    );
    line("read Avro", nanos(|| drop(black_box(T::read_avro(black_box(&datum))))));
    line("read Avro as a JSON tree", nanos(|| drop(black_box(foreign.to_json(black_box(&datum))))));
    line(
        "read Avro, apache-avro's tree",
        nanos(|| drop(black_box(reader.read_value(&mut black_box(datum.as_slice()))))),
    );
    line(
        "write JSON",
        nanos(|| {
            out.clear();
            black_box(noun).write_json(&mut out);
        }),
    );
}

fn main() {
    // `cargo test --benches` runs this too, with this flag missing: then it only has to compile.
    if std::env::args().any(|argument| argument == "--bench") {
        figures(&full::touchpoint());
        figures(&full::transition());
    }
}
