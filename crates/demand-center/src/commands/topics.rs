use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, ExistingTopic};
use crate::output::{Form, out, talk};
use crate::settings::Settings;
use crate::topics::{self, Standing, TopicPlan, TopicSpec};
use rdkafka::admin::{NewTopic, TopicReplication};
use std::collections::BTreeMap;

/// Prints the plan and how the cluster compares.
///
/// # Errors
/// When the cluster cannot be asked.
pub(super) fn plan(settings: &Settings, form: Form, offline: bool) -> Result<Exit, Failure> {
    let plan = TopicPlan::new(settings);
    let standings = match offline {
        true => None,
        false => Some(standings(&plan, &existing(&Cluster::connect(&settings.kafka)?, &plan)?)),
    };
    match form {
        Form::Table => out(&topics::table(&plan, standings.as_deref())),
        Form::Json => out(&format!("{:#}\n", topics::json(&plan, standings.as_deref()))),
    }
    let fits = standings.iter().flatten().all(Standing::fits);
    Ok(if fits { Exit::Done } else { Exit::Findings })
}

/// Creates what is missing. All or nothing: while a topic is in the way, none is created, since topics of two plans do
/// not work together.
///
/// # Errors
/// When the cluster cannot be asked, or has a topic that does not fit.
pub(crate) fn apply(settings: &Settings) -> Result<Exit, Failure> {
    let plan = TopicPlan::new(settings);
    let cluster = Cluster::connect(&settings.kafka)?;
    let found = existing(&cluster, &plan)?;
    let there: Vec<_> = found.keys().map(String::as_str).collect();
    topics::require(&plan, &there, &found)?;
    let missing: Vec<_> = plan.topics.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    create(&cluster, &missing)?;
    for topic in &missing {
        out(&format!("created {}\n", topic.name));
    }
    for (topic, standing) in plan.topics.iter().zip(standings(&plan, &found)) {
        for difference in standing.differences {
            let (what, found, planned) = (difference.what, difference.found, difference.planned);
            talk(&format!("note: {} has {what}={found}, the plan wants {planned}; left as it is", topic.name));
        }
    }
    talk(&format!("{} topics created, {} were there", missing.len(), found.len()));
    Ok(Exit::Done)
}

fn existing(cluster: &Cluster, plan: &TopicPlan) -> Result<BTreeMap<String, ExistingTopic>, Failure> {
    let names: Vec<_> = plan.topics.iter().map(|topic| topic.name.as_str()).collect();
    cluster.topics(&names)
}

fn standings(plan: &TopicPlan, found: &BTreeMap<String, ExistingTopic>) -> Vec<Standing> {
    plan.topics.iter().map(|topic| topics::compare(topic, found.get(&topic.name))).collect()
}

fn create(cluster: &Cluster, missing: &[&TopicSpec]) -> Result<(), Failure> {
    let configs: Vec<_> = missing.iter().map(|topic| topic.whole_config()).collect();
    let new: Vec<_> = missing
        .iter()
        .zip(&configs)
        .map(|(topic, config)| {
            let copies = TopicReplication::Fixed(topic.replication_factor);
            let new = NewTopic::new(&topic.name, topic.partitions, copies);
            config.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    cluster.create(&new)
}
