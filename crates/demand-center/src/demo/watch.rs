use crate::failure::Failure;
use crate::kafka::admin_config;
use crate::output::out;
use crate::settings::Settings;
use crate::topics::names;
use observe::Shutdown;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use testbed::market::Summary;

/// Stages in the order of the funnel.
const STAGES: [&str; 11] =
    ["early", "late", "nurturing", "mql", "sal", "sql", "opportunity", "customer", "advocate", "recycle", "excluded"];
/// Between two lines of the funnel.
const LINE: Duration = Duration::from_secs(3);

/// What an independent reader has seen.
#[derive(Debug, Default)]
pub(super) struct Funnel {
    /// In which the reasons are told.
    language: &'static str,
    /// The stage each contact stands at.
    stands: HashMap<String, String>,
    transitions: u64,
    by_cause: BTreeMap<String, u64>,
    dead_letters: BTreeMap<String, u64>,
}

/// Reads the outputs like any subscriber would, and tells the terminal.
pub(super) struct Watch {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Funnel>,
}

impl Watch {
    pub(super) fn start(settings: &Settings, shutdown: Shutdown) -> Result<Self, Failure> {
        let failed = |error| Failure::findings(format!("the demo's reader cannot be set up: {error}"));
        let prefix = &settings.kafka.topic_prefix;
        let reader: BaseConsumer = admin_config(&settings.kafka)?
            .set("group.id", "demo-watch")
            .set("isolation.level", "read_committed")
            .create()
            .map_err(failed)?;
        let mut topics = TopicPartitionList::new();
        for name in [names::STAGE_TRANSITIONS, names::DEAD_LETTERS] {
            for partition in 0..settings.topics.partitions {
                let topic = format!("{prefix}{name}");
                topics.add_partition_offset(&topic, partition, Offset::Beginning).map_err(failed)?;
            }
        }
        reader.assign(&topics).map_err(failed)?;
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let dead_letters = format!("{prefix}{}", names::DEAD_LETTERS);
        let thread = std::thread::Builder::new().name("demo-watch".to_owned()).spawn(move || {
            let mut funnel = Funnel { language: language(), ..Funnel::default() };
            let mut next = Instant::now() + LINE;
            loop {
                let message = reader.poll(Duration::from_millis(100));
                let idle = message.is_none();
                if let Some(Ok(message)) = message {
                    if message.topic() == dead_letters {
                        funnel.dead_letter(&message);
                    } else if let Ok(event) = serde_json::from_slice(message.payload().unwrap_or_default()) {
                        funnel.transition(&event);
                    }
                }
                if Instant::now() >= next {
                    out(&funnel.line());
                    next = Instant::now() + LINE;
                }
                if idle && (told.load(Ordering::Relaxed) || shutdown.is_requested()) {
                    return funnel;
                }
            }
        });
        let thread = thread.map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))?;
        Ok(Self { done, thread })
    }

    /// Reads to the end and gives what was seen.
    pub(super) fn finish(self) -> Funnel {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// Japanese where the terminal is, else English.
fn language() -> &'static str {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let locale = set.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default();
    if locale.starts_with("ja") { "ja" } else { "en" }
}

impl Funnel {
    fn transition(&mut self, event: &Json) {
        self.transitions += 1;
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (subject, to) = (text("subject_id"), text("to"));
        *self.by_cause.entry(text("cause")).or_default() += 1;
        // Worth a line: what a person in sales would hear of.
        if matches!(to.as_str(), "mql" | "sal" | "sql" | "opportunity" | "customer") {
            let when = text("occurred_at");
            let sentence = event["sentence_short"][self.language].as_str().unwrap_or_default();
            out(&format!(
                "{}  {}…  {sentence}\n",
                when.get(..10).unwrap_or(&when),
                subject.get(..8).unwrap_or(&subject)
            ));
        }
        self.stands.insert(subject, to);
    }

    fn dead_letter(&mut self, message: &impl Message) {
        let headers = message.headers();
        let code = headers.and_then(|headers| {
            let header = headers.iter().find(|header| header.key == stream::dead_letter::CODE)?;
            Some(String::from_utf8_lossy(header.value.unwrap_or_default()).into_owned())
        });
        *self.dead_letters.entry(code.unwrap_or_default()).or_default() += 1;
    }

    fn counts(&self) -> Vec<(&'static str, usize)> {
        STAGES.map(|stage| (stage, self.stands.values().filter(|have| *have == stage).count())).to_vec()
    }

    fn line(&self) -> String {
        let counts = self.counts().into_iter().map(|(stage, count)| format!("{stage} {count}"));
        format!("-- {}\n", counts.collect::<Vec<_>>().join("  "))
    }

    /// The last word: the funnel, what was refused, and how to look closer.
    pub(super) fn closing(&self, sent: &Summary, settings: &Settings) -> String {
        let mut text = format!("\n{sent}\n{} stage transitions; now stand:\n", self.transitions);
        for (stage, count) in self.counts() {
            text.push_str(&format!("  {stage:<12} {count:>6}\n"));
        }
        text.push_str("dead letters by code (demand-center explain CODE):\n");
        for (code, count) in &self.dead_letters {
            text.push_str(&format!("  {code:<12} {count:>6}\n"));
        }
        let (servers, prefix) = (&settings.kafka.bootstrap_servers, &settings.kafka.topic_prefix);
        text.push_str(&format!(
            "look closer (kcat is a package of most systems: apt-get install kcat):\n  \
             kcat -C -e -b {servers} -t {prefix}stage-transitions | tail -1\n  kcat -L -b {servers}\n"
        ));
        text
    }
}
