//! How many page views one core applies: a million in order over 100,000 contacts, with the default playbook and rows in
//! memory. `cargo run --release -p engine --example page_views [TOUCHPOINTS] [CONTACTS]`

#![allow(clippy::print_stdout)] // its purpose

use engine::engine::{Engine, Playbooks};
use engine::input::{Effect, Input};
use engine::rows::{Row, Rows};
use engine::version::{Activation, Version};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use touchpoint::{
    AccountId, ContactId, Delivered, Delivery, Identifier, IdentifierKey, IdentifierKind, SubjectId, Timestamp,
    Touchpoint, Value,
};

/// As the runtime's buffer: a hash table of rows; scans, which are rare, sort.
#[derive(Default)]
struct HashRows(HashMap<Vec<u8>, Row>);

impl Rows for HashRows {
    type Error = Infallible;

    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Infallible> {
        Ok(self.0.get(key))
    }

    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Infallible> {
        Ok(self.0.get_mut(key))
    }

    fn put(&mut self, key: Vec<u8>, row: Row) {
        self.0.insert(key, row);
    }

    fn put_new(&mut self, key: Vec<u8>, row: Row) {
        self.put(key, row);
    }

    fn delete(&mut self, key: &[u8]) {
        self.0.remove(key);
    }

    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Infallible> {
        let found = self.0.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, row)| (key.clone(), row.clone())).collect::<BTreeMap<_, _>>().into_iter().collect())
    }

    fn due(&mut self, _: Timestamp, _: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }
}

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
    touchpoint.identify(Identifier::new(IdentifierKind::Cookie, format!("segment:{contact:016x}")));
    let mut id = [0; 16];
    id[..8].copy_from_slice(&contact.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let delivered = Delivered {
        touchpoint,
        via: IdentifierKey(id),
        known: contact.is_multiple_of(3),
        account: contact.is_multiple_of(2).then_some(AccountId(id)),
        arrived_at: at,
        replaces: None,
    };
    (ContactId(id), Input::Delivery(Delivery::Touchpoint(Box::new(delivered))))
}

fn default_playbook() -> Result<Arc<Version>, Box<dyn std::error::Error>> {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/playbooks/default"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push((path.display().to_string(), std::fs::read_to_string(path)?));
        }
    }
    let (model, _) = playbook::load(&files).map_err(|mistakes| playbook::render(&mistakes))?;
    Ok(Arc::new(Version::new(model)?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let touchpoints = arguments.next().transpose()?.unwrap_or(1_000_000);
    let contacts = arguments.next().transpose()?.unwrap_or(100_000);
    let version = default_playbook()?;
    let hash = version.model.hash.clone();
    let playbooks = Playbooks::from([(hash.clone(), version)]);
    let start = Timestamp::parse("2026-04-01T00:00:00+09:00")?;
    let (mut engine, mut rows, mut out) = (Engine::default(), HashRows::default(), Vec::new());
    engine.apply(
        &mut rows,
        &playbooks,
        None,
        Input::Activation(Activation { hash, effective_at: start }),
        start,
        &mut out,
    )?;
    engine.apply(&mut rows, &playbooks, None, Input::Tick(start), start, &mut out)?;
    let step = 30 * 86_400_000 / touchpoints.max(1) as i64;
    let mut told: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut took = std::time::Duration::ZERO;
    let mut n = 0;
    while n < touchpoints {
        // A transaction of a thousand inputs, which are there before the clock starts.
        let batch = n..(n + 1_000).min(touchpoints);
        n = batch.end;
        let inputs: Vec<(ContactId, Input)> = batch
            .map(|n| page_view(n, n.wrapping_mul(2_654_435_761) % contacts, start.plus_millis(n as i64 * step)))
            .collect();
        let began = Instant::now();
        for (contact, input) in inputs {
            engine.apply(&mut rows, &playbooks, Some(SubjectId::Contact(contact)), input, start, &mut out)?;
            // As the runtime does, which encodes them at once.
            out.drain(..).for_each(|effect| *told.entry(name(&effect)).or_default() += 1);
        }
        engine.publish(&mut rows, &mut out)?;
        out.drain(..).for_each(|effect| *told.entry(name(&effect)).or_default() += 1);
        took += began.elapsed();
    }
    let each = took.as_nanos() / u128::from(touchpoints.max(1));
    println!(
        "{touchpoints} touchpoints of {contacts} contacts in {took:.2?}: {} a second, {each} ns each",
        1_000_000_000 / each.max(1)
    );
    println!("{told:?}");
    let mut bytes = Vec::new();
    let mut sizes: BTreeMap<char, (u64, u64)> = BTreeMap::new();
    let began = Instant::now();
    for (key, row) in &rows.0 {
        bytes.clear();
        row.encode(&mut bytes);
        let size = sizes.entry(char::from(key[0])).or_default();
        *size = (size.0 + 1, size.1 + bytes.len() as u64);
    }
    println!("rows and bytes by table: {sizes:?}, encoded in {:.2?}", began.elapsed());
    Ok(())
}

fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::StageTransition(_) => "transition",
        Effect::ScoreChange(_) => "score change",
        Effect::SegmentChange(_) => "segment change",
        Effect::Action(_) => "action",
        Effect::Contact(..) => "contact",
        Effect::Account(..) => "account",
        Effect::Handoff(_) => "hand-off",
        Effect::Send(..) => "message",
        Effect::Summary(..) => "summary",
        Effect::Signal(..) => "signal",
        Effect::Return(_) => "return",
        Effect::Counted(_) => "counted",
    }
}
