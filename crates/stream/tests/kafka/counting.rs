//! A processor whose every mistake shows: it numbers the records of each key and says from where each came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use stream::{Context, Fault, Output, Processor, Record, Row, RowError, StreamSettings, Topic};

use crate::harness::{Running, Stage};

/// How many records a key has had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count(pub u64);

impl Row for Count {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(1);
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn decode(_key: &[u8], bytes: &[u8]) -> Result<Self, RowError> {
        let malformed = || RowError::Malformed("a count has 9 bytes".to_owned());
        let (version, count) = bytes.split_first().ok_or_else(malformed)?;
        if *version != 1 {
            return Err(RowError::Newer { found: (*version).into(), known: 1 });
        }
        Ok(Self(u64::from_be_bytes(count.try_into().map_err(|_| malformed())?)))
    }
}

/// What a record's value makes the processor do.
type Fate = Box<dyn FnMut(&str, &mut Context<'_, Count>) -> Result<(), Fault> + Send>;

pub struct Counting {
    out: Topic,
    /// Before counting.
    pub before: Fate,
    /// After counting: rows are changed and outputs sent.
    pub after: Fate,
    pub log: Arc<Mutex<Log>>,
}

/// What the runtime told the processor.
#[derive(Debug, Default)]
pub struct Log {
    pub opened: BTreeSet<i32>,
    pub aborts: usize,
    pub applied: usize,
}

pub fn counting(settings: &mut StreamSettings, stage: &Stage) -> Counting {
    let out = settings.outputs.declare(stage.output());
    let log = Arc::default();
    Counting { out, before: Box::new(|_, _| Ok(())), after: Box::new(|_, _| Ok(())), log }
}

impl Processor for Counting {
    type Row = Count;

    fn apply(&mut self, cx: &mut Context<'_, Count>, record: &Record<'_>) -> Result<(), Fault> {
        self.log.lock().unwrap().applied += 1;
        let value = std::str::from_utf8(record.value.unwrap_or_default()).unwrap();
        (self.before)(value, cx)?;
        let name = record.key.unwrap_or_default();
        let key = [&[1], name].concat();
        let count = cx.get_or_insert_with(&key, || Count(0))?;
        count.0 += 1;
        let text =
            format!("{} {} {}/{} {value}", String::from_utf8_lossy(name), count.0, record.partition, record.offset);
        cx.send(&Output::new(self.out, name, text.as_bytes()))?;
        (self.after)(value, cx)
    }

    fn opened(&mut self, partition: i32) {
        self.log.lock().unwrap().opened.insert(partition);
    }

    fn closed(&mut self, partition: i32) {
        self.log.lock().unwrap().opened.remove(&partition);
    }

    fn aborted(&mut self) {
        self.log.lock().unwrap().aborts += 1;
    }
}

/// Checks that each record of `inputs` (but those in `dead`) came out once, the numbers of each key are dense, and the
/// changelog's fold is the numbers.
pub fn assert_counted_once(stage: &Stage, inputs: &[(String, String)], dead: &[&str]) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut values = BTreeMap::<String, usize>::new();
    let mut origins = BTreeSet::new();
    for line in stage.committed(&stage.output()) {
        let parts: Vec<_> = line.splitn(4, ' ').collect();
        let [key, number, origin, value] = parts[..] else { panic!("an output: {line}") };
        let last = last.entry(key.to_owned()).or_default();
        assert_eq!(number.parse::<u64>().unwrap(), *last + 1, "dense per key: {line}");
        *last += 1;
        assert!(origins.insert(origin.to_owned()), "{origin} came out twice");
        *values.entry(value.to_owned()).or_default() += 1;
    }
    let mut wanted = BTreeMap::<String, usize>::new();
    for (_, value) in inputs.iter().filter(|(_, value)| !dead.contains(&value.as_str())) {
        *wanted.entry(value.clone()).or_default() += 1;
    }
    assert_eq!(values, wanted, "each input once");

    let mut fold = BTreeMap::new();
    for record in stage.read(&stage.changelog(), "read_committed") {
        if record.key != [0] {
            let key = String::from_utf8_lossy(&record.key[1..]).into_owned();
            fold.insert(key, u64::from_be_bytes(record.bytes[1..].try_into().unwrap()));
        }
    }
    assert_eq!(fold, last, "the changelog holds the numbers");
    assert_eq!(stage.markers(), stage.group_offsets(), "marker and group offset agree");
}

/// `records` inputs over `keys` keys; the values are all different.
pub fn inputs(records: usize, keys: usize) -> Vec<(String, String)> {
    (0..records).map(|number| (format!("k{}", number % keys), format!("v{number}"))).collect()
}

pub fn produce(stage: &Stage, inputs: &[(String, String)]) {
    stage.produce(&stage.input(), inputs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
}

/// A worker as the stage has it.
pub fn start(stage: &Stage) -> Running {
    let mut settings = stage.settings();
    let processor = counting(&mut settings, stage);
    stage.start(settings, processor)
}

/// Runs a worker until so many inputs are consumed.
pub fn run_until(stage: &Stage, consumed: f64) {
    let worker = start(stage);
    worker.wait_for("the inputs so far", || stage.consumed() >= consumed);
    worker.stop().unwrap();
}
