use crate::settings::{Settings, Span, TopicSettings};
use std::collections::BTreeMap;
use touchpoint::limits::RAW_RECORD_BYTES_MAX;

/// The names after the prefix.
pub mod names {
    pub const RAW: &str = "raw.";
    pub const TOUCHPOINTS: &str = "touchpoints";
    pub const INBOX: &str = "inbox";
    pub const RESOLVE_CHANGELOG: &str = "resolve-changelog";
    pub const ENGINE_CHANGELOG: &str = "engine-changelog";
    pub const STAGE_TRANSITIONS: &str = "stage-transitions";
    pub const SCORE_CHANGES: &str = "score-changes";
    pub const SEGMENT_CHANGES: &str = "segment-changes";
    pub const ACTIONS: &str = "actions";
    pub const HANDOFFS: &str = "handoffs";
    pub const REVIEWS: &str = "reviews";
    pub const CONTACTS: &str = "contacts";
    pub const ACCOUNTS: &str = "accounts";
    pub const PLAYBOOKS: &str = "playbooks";
    pub const DEAD_LETTERS: &str = "dead-letters";
}

/// Every topic of a system, in the order of the pipeline.
#[derive(Clone, Debug)]
pub struct TopicPlan {
    pub topics: Vec<TopicSpec>,
    prefix: String,
}

/// One topic as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// With the prefix.
    pub name: String,
    /// What the key is. All producers place keys by murmur2, as Java's clients do.
    pub key: &'static str,
    pub partitions: i32,
    /// Whether it is a source's own: written from outside, with any number of partitions.
    pub is_raw: bool,
    pub replication_factor: i32,
    pub cleanup: Cleanup,
    /// Further configuration, by Kafka's names.
    pub config: BTreeMap<&'static str, String>,
    /// Services that need to write it: with `read_by` what access control has to allow.
    pub written_by: &'static [&'static str],
    pub read_by: &'static [&'static str],
}

/// What becomes of old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Deleted after this time.
    Delete(Span),
    /// The last record of each key stays.
    Compact,
}

/// Room for headers and batch framing beyond a record of the largest size.
const FRAMING_BYTES: usize = 64 << 10;
/// A dead letter is a raw record with headers and reasons; a changelog row is a chunk of a ledger. The runtime's
/// producers send at most this.
const LARGE_RECORD_BYTES: usize = 2 << 20;
/// The segment that is being written is never compacted: small ones keep a restore short and let erasure happen.
const COMPACTED_SEGMENT_BYTES: usize = 64 << 20;
const DAY: Span = Span::from_days(1);
/// A replaced value is gone at the latest a week after the segment was closed: within the bound of erasure.
const COMPACTION_LAG_MAX: Span = Span::from_days(7);

const INGEST: &str = "ingest";
const RESOLVE: &str = "resolve";
const ENGINE: &str = "engine";
const PLAYBOOK: &str = "playbook";
const SUBSCRIBERS: &str = "subscribers";
const SOURCES: &str = "sources";
const OPERATORS: &str = "operators";

impl TopicPlan {
    pub fn new(settings: &Settings) -> Self {
        use names::*;
        let of = Planner { prefix: &settings.kafka.topic_prefix, settings: &settings.topics };
        let mut topics = Vec::new();
        for channel in settings.ingest.0.keys() {
            topics.push(of.raw(channel));
        }
        let subject = "subject id (contact, account or team)";
        topics.extend([
            of.transport(TOUCHPOINTS, "keyed hash of an identifier", &[INGEST, RESOLVE, ENGINE], &[RESOLVE, ENGINE])
                // The raw record's time travels along: how far partition time may go depends on it.
                .with("message.timestamp.type", "CreateTime"),
            of.changelog(RESOLVE_CHANGELOG, "row of the router", &[RESOLVE]),
            of.transport(INBOX, subject, &[RESOLVE, ENGINE, PLAYBOOK], &[ENGINE])
                // Ticks are checked against the broker's clock, not against their writer's.
                .with("message.timestamp.type", "LogAppendTime"),
            // `explain contact` and `playbook list` read it, too.
            TopicSpec {
                read_by: &[ENGINE, OPERATORS],
                ..of.changelog(ENGINE_CHANGELOG, "row of the engine", &[ENGINE])
            },
            of.output(STAGE_TRANSITIONS, "contact or account id"),
            of.output(SCORE_CHANGES, "contact or account id"),
            of.output(SEGMENT_CHANGES, "contact or account id"),
            of.output(ACTIONS, "contact id"),
            // Names and numbers of people: kept no longer than transport.
            of.transport(HANDOFFS, "account id", &[ENGINE], &[SUBSCRIBERS]),
            of.compacted(REVIEWS, "review id", &[RESOLVE, OPERATORS], &[OPERATORS]),
            of.compacted(CONTACTS, "contact id", &[ENGINE], &[SUBSCRIBERS]),
            of.compacted(ACCOUNTS, "account id", &[ENGINE], &[SUBSCRIBERS]),
            // One log: whoever reads it sees the activations in one order. It is small.
            TopicSpec {
                partitions: 1,
                ..of.compacted(PLAYBOOKS, "content hash", &[PLAYBOOK], &[ENGINE, OPERATORS])
                    .with("max.message.bytes", LARGE_RECORD_BYTES + FRAMING_BYTES)
            },
            of.transport(
                DEAD_LETTERS,
                "origin topic/partition/offset/element",
                &[INGEST, RESOLVE, ENGINE],
                &[OPERATORS],
            )
            .with("max.message.bytes", LARGE_RECORD_BYTES + FRAMING_BYTES),
        ]);
        Self { topics, prefix: settings.kafka.topic_prefix.clone() }
    }

    /// The full name of a topic, from its name after the prefix.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The full name of a channel's raw topic.
    pub fn raw(&self, channel: &str) -> String {
        format!("{}{}{channel}", self.prefix, names::RAW)
    }

    /// The topic of a full name.
    pub fn find(&self, name: &str) -> Option<&TopicSpec> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}

impl TopicSpec {
    /// Everything that is given at its creation, by Kafka's names.
    pub fn whole_config(&self) -> BTreeMap<&'static str, String> {
        let mut config = self.config.clone();
        match self.cleanup {
            Cleanup::Delete(kept) => {
                config.insert("cleanup.policy", "delete".to_owned());
                config.insert("retention.ms", kept.as_millis().to_string());
            }
            Cleanup::Compact => {
                config.insert("cleanup.policy", "compact".to_owned());
            }
        }
        config
    }

    #[must_use]
    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.config.insert(name, value.to_string());
        self
    }
}

struct Planner<'a> {
    prefix: &'a str,
    settings: &'a TopicSettings,
}

impl Planner<'_> {
    fn topic(&self, name: &str, key: &'static str, cleanup: Cleanup) -> TopicSpec {
        let copies = self.settings.replication_factor;
        TopicSpec {
            name: format!("{}{name}", self.prefix),
            key,
            partitions: self.settings.partitions,
            is_raw: false,
            replication_factor: copies,
            cleanup,
            config: BTreeMap::new(),
            written_by: &[],
            read_by: &[],
        }
        // One copy may be away without stopping us; an acknowledged record is on at least this many disks.
        .with("min.insync.replicas", (copies - 1).max(1))
    }

    fn raw(&self, channel: &str) -> TopicSpec {
        let name = format!("{}{channel}", names::RAW);
        // The engine reads no record; it looks how far ingest has come.
        let transport = self.transport(&name, "as the source likes", &[SOURCES], &[INGEST, ENGINE]);
        TopicSpec { is_raw: true, ..transport }
            // "Occurred in the future" means after the broker took it, whatever the source's clock says.
            .with("message.timestamp.type", "LogAppendTime")
            .with("max.message.bytes", RAW_RECORD_BYTES_MAX + FRAMING_BYTES)
    }

    fn transport(
        &self,
        name: &str,
        key: &'static str,
        written_by: &'static [&'static str],
        read_by: &'static [&'static str],
    ) -> TopicSpec {
        let kept = Cleanup::Delete(self.settings.transport_retention);
        TopicSpec { written_by, read_by, ..self.topic(name, key, kept) }
    }

    fn output(&self, name: &str, key: &'static str) -> TopicSpec {
        let kept = Cleanup::Delete(self.settings.output_retention);
        TopicSpec { written_by: &[ENGINE], read_by: &[SUBSCRIBERS], ..self.topic(name, key, kept) }
    }

    fn compacted(
        &self,
        name: &str,
        key: &'static str,
        written_by: &'static [&'static str],
        read_by: &'static [&'static str],
    ) -> TopicSpec {
        TopicSpec { written_by, read_by, ..self.topic(name, key, Cleanup::Compact) }
            .with("delete.retention.ms", self.settings.tombstone_retention.as_millis())
            .with("max.compaction.lag.ms", COMPACTION_LAG_MAX.as_millis())
            // A fifth of the log may be out of date before it is cleaned: a restore reads little in vain, and the
            // cleaner does not rewrite the whole log for a few records.
            .with("min.cleanable.dirty.ratio", "0.2")
            .with("segment.bytes", COMPACTED_SEGMENT_BYTES)
            .with("segment.ms", DAY.as_millis())
    }

    fn changelog(&self, name: &str, key: &'static str, service: &'static [&'static str]) -> TopicSpec {
        self.compacted(name, key, service, service).with("max.message.bytes", LARGE_RECORD_BYTES + FRAMING_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ChannelSettings;

    fn plan() -> TopicPlan {
        let mut settings = Settings::default();
        settings.topics.partitions = 6;
        settings.ingest.0.insert("sales".to_owned(), ChannelSettings::default());
        TopicPlan::new(&settings)
    }

    #[test]
    fn the_plan_holds_every_topic_of_the_contract() {
        let have: Vec<_> = plan().topics.into_iter().map(|topic| topic.name).collect();
        for name in [
            "raw.web",
            "raw.email",
            "raw.call",
            "raw.event",
            "raw.crm",
            "raw.profile",
            "raw.sales",
            "touchpoints",
            "inbox",
            "stage-transitions",
            "score-changes",
            "segment-changes",
            "actions",
            "handoffs",
            "reviews",
            "contacts",
            "accounts",
            "playbooks",
            "dead-letters",
            "resolve-changelog",
            "engine-changelog",
        ] {
            assert!(have.contains(&format!("demand.{name}")), "{name}");
        }
        assert_eq!(have.len(), 21, "{have:?}");
    }

    #[test]
    fn what_must_be_co_partitioned_is() {
        let plan = plan();
        let partitions = |name: &str| plan.find(&plan.name(name)).unwrap().partitions;
        assert_eq!(partitions("touchpoints"), partitions("resolve-changelog"));
        assert_eq!(partitions("inbox"), partitions("engine-changelog"));
        assert_eq!(partitions("inbox"), 6);
        assert_eq!(partitions("playbooks"), 1, "activations have one order");
    }

    #[test]
    fn what_holds_people_is_deleted_or_compacted_in_time() {
        for topic in plan().topics {
            let config = topic.whole_config();
            match topic.cleanup {
                Cleanup::Delete(kept) if topic.name.contains("raw.") || topic.name.ends_with("handoffs") => {
                    assert!(kept <= Span::from_days(14), "{}", topic.name);
                }
                Cleanup::Delete(_) => {}
                Cleanup::Compact => {
                    let millis = |name: &str| config[name].parse::<u64>().unwrap();
                    assert!(millis("max.compaction.lag.ms") + millis("segment.ms") <= Span::from_days(14).as_millis());
                }
            }
        }
    }

    #[test]
    fn durable_writes_need_all_copies_but_one() {
        let of = |copies| {
            let mut settings = Settings::default();
            settings.topics.replication_factor = copies;
            TopicPlan::new(&settings).topics[0].config["min.insync.replicas"].clone()
        };
        assert_eq!([of(1), of(2), of(3)], ["1", "1", "2"]);
    }
}
