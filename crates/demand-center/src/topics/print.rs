use super::compare::Standing;
use super::plan::{Cleanup, TopicPlan, TopicSpec};
use crate::output::printed;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

/// The plan for people. With standings (one a topic) also how the cluster compares.
pub fn table(plan: &TopicPlan, standings: Option<&[Standing]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let mut header = vec!["TOPIC", "KEY", "PARTITIONS", "COPIES", "KEPT"];
    header.extend(standings.map(|_| "CLUSTER"));
    table.set_header(header);
    for (at, topic) in plan.topics.iter().enumerate() {
        let mut row = vec![
            topic.name.clone(),
            topic.key.to_owned(),
            topic.partitions.to_string(),
            topic.replication_factor.to_string(),
            kept(topic),
        ];
        row.extend(standings.and_then(|all| all.get(at)).map(shown));
        table.add_row(row);
    }
    printed(&table)
}

/// The plan for programs: one document. With standings also how the cluster compares.
pub fn json(plan: &TopicPlan, standings: Option<&[Standing]>) -> Value {
    let topics = plan.topics.iter().enumerate().map(|(at, topic)| {
        let mut entry = json!({
            "name": topic.name,
            "key": topic.key,
            "partitioner": "murmur2",
            "partitions": topic.partitions,
            "replication_factor": topic.replication_factor,
            "config": topic.whole_config(),
            "written_by": topic.written_by,
            "read_by": topic.read_by,
        });
        if let Some(standing) = standings.and_then(|all| all.get(at)) {
            entry["cluster"] = standing.word().into();
            entry["differences"] = standing
                .differences
                .iter()
                .map(|d| json!({"what": d.what, "planned": d.planned, "found": d.found, "conflict": d.conflict}))
                .collect();
        }
        entry
    });
    json!({ "topics": topics.collect::<Vec<_>>() })
}

fn kept(topic: &TopicSpec) -> String {
    match topic.cleanup {
        Cleanup::Delete(kept) => kept.to_string(),
        Cleanup::Compact => "compacted".to_owned(),
    }
}

fn shown(standing: &Standing) -> String {
    let differences = standing.differences.iter().map(|d| format!("{} is {}, not {}", d.what, d.found, d.planned));
    let differences: Vec<_> = differences.collect();
    match differences.is_empty() {
        true => standing.word().to_owned(),
        false => format!("{}: {}", standing.word(), differences.join("; ")),
    }
}
