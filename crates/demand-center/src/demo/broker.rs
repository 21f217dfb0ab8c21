use crate::failure::Failure;
use crate::kafka::{Cluster, admin_config};
use crate::service::activate;
use crate::settings::Settings;
use crate::topics::{TopicPlan, names};
use playbook::Bundle;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use touchpoint::Timestamp;

/// Where the demo's records go.
pub(super) struct Broker {
    /// Kept alive; it ends with the demo.
    _mock: Option<MockCluster<'static, DefaultProducerContext>>,
}

impl Broker {
    /// Starts the in-process broker with the planned topics, or checks that the real one has them, and points the
    /// settings there.
    pub(super) fn start(settings: &mut Settings, real: bool) -> Result<Self, Failure> {
        if real {
            // Topics of earlier demos would be seen again.
            settings.kafka.topic_prefix = format!("demo-{}.", observe::clock::now().as_millis());
            Cluster::connect(&settings.kafka)?;
            crate::commands::topics::apply(settings)?;
            return Ok(Self { _mock: None });
        }
        let failed = |error| Failure::findings(format!("the in-process broker does not start: {error}"));
        let mock = MockCluster::new(1).map_err(failed)?;
        settings.kafka.bootstrap_servers = mock.bootstrap_servers();
        for topic in TopicPlan::new(settings).topics {
            mock.create_topic(&topic.name, topic.partitions, 1).map_err(failed)?;
        }
        Ok(Self { _mock: Some(mock) })
    }

    pub(super) fn activate(
        &self,
        settings: &Settings,
        files: &[(&str, &str)],
        effective_at: Timestamp,
    ) -> Result<(), Failure> {
        let bundle = Bundle::from_files(files.iter().map(|(name, content)| (*name, *content)));
        let prefix = &settings.kafka.topic_prefix;
        let (inbox, playbooks) = (format!("{prefix}{}", names::INBOX), format!("{prefix}{}", names::PLAYBOOKS));
        let timeout = settings.kafka.request_timeout.0;
        activate(&admin_config(&settings.kafka)?, &inbox, &playbooks, &bundle, effective_at, timeout)
            .map_err(|error| Failure::findings(error.to_string()))
    }
}
