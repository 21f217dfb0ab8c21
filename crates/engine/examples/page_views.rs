//! How many page views one core applies: a million in order over 100,000 contacts, with the default playbook and rows in
//! memory. `cargo run --release -p engine --example page_views [TOUCHPOINTS] [CONTACTS]`

#![allow(clippy::print_stdout)] // its purpose

mod timed;

use engine::input::Input;
use engine::version::Version;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use timed::{Timed, delivered};
use touchpoint::{ContactId, Timestamp, Touchpoint, Value};

const PAGES: [&str; 8] = [
    "/about",
    "/products/maintenance",
    "/products/planning",
    "/pricing",
    "/cases/acme",
    "/blog/why-downtime-stays",
    "/specs/planning",
    "/services",
];

fn page_view(n: u64, contact: u64, at: Timestamp) -> (ContactId, Input) {
    let mut touchpoint = Touchpoint::new("web-jp", format!("4f9d2c{n:010x}"), at, "web", "page_view");
    let page = PAGES[(n / 7 % 8) as usize];
    touchpoint.properties.set("url", Value::text(format!("https://www.example.co.jp{page}?utm_source=google")));
    touchpoint.properties.set("title", Value::text("Predictive maintenance for factories"));
    delivered(touchpoint, contact)
}

fn default_playbook() -> Result<Version, Box<dyn std::error::Error>> {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push((path.display().to_string(), std::fs::read_to_string(path)?));
        }
    }
    let (model, _) = playbook::load(&files).map_err(|mistakes| playbook::render(&mistakes))?;
    Ok(Version::new(model)?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let touchpoints = arguments.next().transpose()?.unwrap_or(1_000_000);
    let contacts = arguments.next().transpose()?.unwrap_or(100_000);
    let start = Timestamp::parse("2026-04-01T00:00:00+09:00")?;
    let mut timed = Timed::new(default_playbook()?, start)?;
    let step = 30 * 86_400_000 / touchpoints.max(1) as i64;
    let took = timed.run(touchpoints, |n| {
        page_view(n, n.wrapping_mul(2_654_435_761) % contacts, start.plus_millis(n as i64 * step))
    })?;
    let each = took.as_nanos() / u128::from(touchpoints.max(1));
    println!(
        "{touchpoints} touchpoints of {contacts} contacts in {took:.2?}: {} a second, {each} ns each",
        1_000_000_000 / each.max(1)
    );
    println!("{:?}", timed.told);
    let mut bytes = Vec::new();
    let mut sizes: BTreeMap<char, (u64, u64)> = BTreeMap::new();
    let began = Instant::now();
    for (key, row) in &timed.rows.rows {
        bytes.clear();
        row.encode(&mut bytes);
        let size = sizes.entry(char::from(key[0])).or_default();
        *size = (size.0 + 1, size.1 + bytes.len() as u64);
    }
    println!("rows and bytes by table: {sizes:?}, encoded in {:.2?}", began.elapsed());
    Ok(())
}
