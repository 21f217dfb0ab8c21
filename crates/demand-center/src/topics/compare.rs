use super::plan::{TopicPlan, TopicSpec};
use crate::failure::Failure;
use crate::kafka::ExistingTopic;
use std::collections::BTreeMap;

/// How one topic of the plan stands in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub missing: bool,
    pub differences: Vec<Difference>,
}

/// One thing that is not as planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `partitions`, `replication_factor`, or the name of a configuration value.
    pub what: String,
    pub planned: String,
    pub found: String,
    /// Whether the services cannot work with it. The rest is a choice of the cluster's owner that one should know of.
    pub conflict: bool,
}

/// What a service relies on; with another value it would lose or misread records.
const RELIED_ON: &[&str] = &["cleanup.policy", "message.timestamp.type"];
/// The same where it is less than planned: records that do not fit; tombstones that go before a store that was away for
/// long has seen them, so that what was erased comes back.
const AT_LEAST: &[&str] = &["max.message.bytes", "delete.retention.ms"];

impl Standing {
    pub fn fits(&self) -> bool {
        !self.missing && self.differences.is_empty()
    }

    /// One word for tables and programs.
    pub fn word(&self) -> &'static str {
        match (self.missing, self.differences.is_empty()) {
            (true, _) => "missing",
            (false, true) => "ok",
            (false, false) if self.differences.iter().any(|d| d.conflict) => "conflict",
            (false, false) => "differs",
        }
    }
}

/// Compares one topic.
pub fn compare(planned: &TopicSpec, found: Option<&ExistingTopic>) -> Standing {
    let Some(found) = found else { return Standing { missing: true, differences: Vec::new() } };
    let mut differences = Vec::new();
    let mut note = |what: &str, planned: &str, found: &str, conflict| {
        if planned != found {
            let (planned, found) = (planned.to_owned(), found.to_owned());
            differences.push(Difference { what: what.to_owned(), planned, found, conflict });
        }
    };
    // A raw topic is its source's: any number of partitions will do.
    let partitions = [planned.partitions, found.partitions].map(|count| count.to_string());
    note("partitions", &partitions[0], &partitions[1], !planned.is_raw);
    let copies = [planned.replication_factor, found.replication_factor];
    note("replication_factor", &copies[0].to_string(), &copies[1].to_string(), false);
    for (name, planned) in planned.whole_config() {
        let value = found.config.get(name).map_or("unknown", String::as_str);
        // More room than planned is no difference that anybody could notice.
        let at_least = AT_LEAST.contains(&name);
        let enough = match (planned.parse::<u64>(), value.parse::<u64>()) {
            (Ok(planned), Ok(found)) if at_least => found >= planned,
            _ => false,
        };
        if !enough {
            note(name, &planned, value, RELIED_ON.contains(&name) || at_least);
        }
    }
    Standing { missing: false, differences }
}

/// Holds that these topics (full names) exist and that a service can work with them, before it starts.
///
/// # Errors
/// One message with everything that is missing or in the way, and the next step.
pub fn require(plan: &TopicPlan, names: &[&str], found: &BTreeMap<String, ExistingTopic>) -> Result<(), Failure> {
    refuse(plan, names, found, |_| true)?;
    let absent = |name: &&str| plan.find(name).is_some() && !found.contains_key(*name);
    let missing: Vec<&str> = names.iter().copied().filter(absent).collect();
    if !missing.is_empty() {
        let (word, list) = (if missing.len() == 1 { "topic is" } else { "topics are" }, missing.join(", "));
        return Err(Failure::findings(format!("{} {word} missing: {list}", missing.len()))
            .at("the cluster")
            .next("run `demand-center topics apply`"));
    }
    Ok(())
}

/// Holds that topics that are there keep what a service relies on, whatever their number of partitions.
///
/// # Errors
/// One message with every topic that would lose or misread records, and the next step.
pub fn require_config(
    plan: &TopicPlan,
    names: &[&str],
    found: &BTreeMap<String, ExistingTopic>,
) -> Result<(), Failure> {
    refuse(plan, names, found, |difference| difference.what != "partitions")
}

/// Refuses the conflicts that `count`.
fn refuse(
    plan: &TopicPlan,
    names: &[&str],
    found: &BTreeMap<String, ExistingTopic>,
    count: impl Fn(&Difference) -> bool,
) -> Result<(), Failure> {
    let mut conflicts = Vec::new();
    for &name in names {
        let Some(planned) = plan.find(name) else { continue };
        let differences = compare(planned, found.get(name)).differences;
        conflicts.extend(differences.iter().filter(|d| d.conflict && count(d)).map(|d| sentence(name, d)));
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    Err(Failure::findings(conflicts.join("\n       ")).at("topics").next(advice(&conflicts)))
}

/// `demand.inbox has 6 partitions, the plan wants 12`.
pub(super) fn sentence(topic: &str, difference: &Difference) -> String {
    let Difference { what, planned, found, .. } = difference;
    match what.as_str() {
        "partitions" => format!("{topic} has {found} partitions, the plan wants {planned}"),
        "replication_factor" => format!("{topic} has {found} copies of each partition, the plan wants {planned}"),
        _ => format!("{topic} has {what}={found}, the plan wants {planned}"),
    }
}

pub(super) fn advice(conflicts: &[String]) -> String {
    let of_partitions = |conflict: &&String| conflict.contains(" partitions, ");
    let partitions = "set topics.partitions to what the cluster has, where all topics have the same; partitions of a topic \
                      in use cannot be changed without moving every key, one that is empty can be deleted and made anew";
    let config = "change the topic with your Kafka's own tool (kafka-configs.sh --alter --entity-type topics), or take \
                  another kafka.topic_prefix";
    match conflicts.iter().filter(of_partitions).count() {
        0 => config.to_owned(),
        count if count == conflicts.len() => partitions.to_owned(),
        _ => format!("{partitions}; for the rest {config}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn plan() -> TopicPlan {
        TopicPlan::new(&Settings::default())
    }

    fn as_planned(spec: &TopicSpec) -> ExistingTopic {
        ExistingTopic {
            partitions: spec.partitions,
            replication_factor: spec.replication_factor,
            config: spec.whole_config().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    #[test]
    fn a_topic_as_planned_fits_and_an_absent_one_is_missing() {
        for spec in plan().topics {
            assert!(compare(&spec, Some(&as_planned(&spec))).fits());
            assert_eq!(compare(&spec, None).word(), "missing");
        }
    }

    #[test]
    fn what_loses_records_is_a_conflict_and_the_rest_is_told() {
        let plan = plan();
        let inbox = plan.find("demand.inbox").unwrap();
        let change = |name: &str, value: &str| {
            let mut found = as_planned(inbox);
            found.config.insert(name.to_owned(), value.to_owned());
            compare(inbox, Some(&found)).word()
        };
        assert_eq!(change("cleanup.policy", "compact"), "conflict");
        assert_eq!(change("message.timestamp.type", "CreateTime"), "conflict");
        assert_eq!(change("retention.ms", "1000"), "differs");
        let changelog = plan.find("demand.engine-changelog").unwrap();
        let mut found = as_planned(changelog);
        found.config.insert("delete.retention.ms".to_owned(), "86400000".to_owned());
        assert_eq!(compare(changelog, Some(&found)).word(), "conflict", "a tombstone would go before it is seen");
        let letters = plan.find("demand.dead-letters").unwrap();
        let mut found = as_planned(letters);
        found.config.insert("max.message.bytes".to_owned(), "99999999".to_owned());
        assert!(compare(letters, Some(&found)).fits(), "more room is fine");
        found.config.insert("max.message.bytes".to_owned(), "1000".to_owned());
        assert_eq!(compare(letters, Some(&found)).word(), "conflict");
    }

    #[test]
    fn a_service_is_told_at_once_what_is_in_its_way() {
        let plan = plan();
        let mut found: BTreeMap<_, _> = plan.topics.iter().map(|spec| (spec.name.clone(), as_planned(spec))).collect();
        let names = ["demand.inbox", "demand.engine-changelog"];
        assert_eq!(require(&plan, &names, &found), Ok(()));
        found.get_mut("demand.inbox").unwrap().partitions = 6;
        found.remove("demand.touchpoints");
        let failure = require(&plan, &names, &found).unwrap_err();
        assert_eq!(failure.message, "demand.inbox has 6 partitions, the plan wants 12");
        assert!(failure.next.unwrap().contains("topics.partitions"));
        let failure = require(&plan, &["demand.touchpoints"], &found).unwrap_err();
        assert_eq!(failure.message, "1 topic is missing: demand.touchpoints");
        assert_eq!(failure.next.as_deref(), Some("run `demand-center topics apply`"));
    }
}
