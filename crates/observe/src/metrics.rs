use crate::catalogue::{BUILD_INFO, Families, ServiceMetrics};
use prometheus::process_collector::ProcessCollector;
use prometheus::{IntGaugeVec, Opts, Registry, TextEncoder};
use std::sync::Arc;

/// The metrics of this process: one registry, any number of services (the demo runs all of them in one process).
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    families: Arc<Families>,
}

/// What `demand_center_build_info` says.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    pub version: &'static str,
    /// The revision it was built from, `unknown` outside a release build.
    pub commit: &'static str,
}

impl Metrics {
    /// # Errors
    /// When a name is given twice in the catalogue: a mistake in the code, found by any test that starts.
    pub fn new(build: Build) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let families = Arc::new(Families::register(&registry)?);
        let info = IntGaugeVec::new(Opts::new(BUILD_INFO.name, BUILD_INFO.help), BUILD_INFO.labels)?;
        info.with_label_values(&[build.version, build.commit]).set(1);
        registry.register(Box::new(info))?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        Ok(Self { registry, families })
    }

    /// The handles of one service.
    pub fn service(&self, name: &str) -> ServiceMetrics {
        ServiceMetrics::new(Arc::clone(&self.families), name)
    }

    /// The page of `/metrics`, in Prometheus' text format 0.0.4.
    ///
    /// # Errors
    /// When a family holds values of two kinds; the catalogue's types rule that out.
    pub fn page(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ALL, Kind, every_metric};
    use std::collections::BTreeSet;

    const BUILD: Build = Build { version: "1.2.3", commit: "abc" };

    #[test]
    fn two_services_of_one_process_stand_on_one_page() {
        let metrics = Metrics::new(BUILD).unwrap();
        metrics.service("resolve").records_consumed("demand.touchpoints").inc_by(3);
        metrics.service("engine").records_consumed("demand.inbox").inc();
        metrics.service("engine").arrival_delay_seconds().observe(0.2);
        let page = metrics.page().unwrap();
        for line in [
            "# TYPE demand_center_records_consumed_total counter",
            "demand_center_records_consumed_total{service=\"resolve\",topic=\"demand.touchpoints\"} 3",
            "demand_center_records_consumed_total{service=\"engine\",topic=\"demand.inbox\"} 1",
            "demand_center_arrival_delay_seconds_bucket{service=\"engine\",le=\"0.25\"} 1",
            "demand_center_build_info{commit=\"abc\",version=\"1.2.3\"} 1",
        ] {
            assert!(page.lines().any(|have| have == line), "{line}\nin\n{page}");
        }
        assert_eq!(page.matches("# TYPE demand_center_records_consumed_total").count(), 1);
    }

    #[test]
    fn a_revoked_partition_leaves_no_stale_figure() {
        let metrics = Metrics::new(BUILD).unwrap();
        let engine = metrics.service("engine");
        for partition in ["0", "1"] {
            engine.lag_records("demand.inbox", partition).set(7.0);
            engine.store_bytes(partition).set(7.0);
            engine.stage_members("acquisition", "mql", partition).set(7.0);
        }
        engine.forget_partition("demand.inbox", "1");
        engine.forget_stage("acquisition", "mql", "1");
        let page = metrics.page().unwrap();
        assert!(!page.contains("partition=\"1\""), "{page}");
        assert_eq!(page.matches("partition=\"0\"").count(), 3, "{page}");
    }

    #[test]
    fn the_process_metrics_are_those_of_the_catalogue() {
        let page = Metrics::new(BUILD).unwrap().page().unwrap();
        let shown: BTreeSet<_> =
            page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let promised: BTreeSet<_> = every_metric().filter(|m| !ALL.contains(m)).map(|m| m.name).collect();
        assert_eq!(shown, promised);
    }

    /// https://prometheus.io/docs/practices/naming/
    #[test]
    fn names_keep_the_conventions_and_labels_hold_no_person() {
        const UNITS: &[&str] = &["_seconds", "_bytes", "_records", "_rows", "_members", "_letters", "_owned", "_info"];
        const LABELS: &[&str] = &[
            "service",
            "worker",
            "topic",
            "partition",
            "source",
            "outcome",
            "code",
            "name",
            "reason",
            "phase",
            "cause",
            "event",
            "decision",
            "life_cycle",
            "stage",
            "from",
            "to",
            "score",
            "segment",
            "change",
            "programme",
            "handoff",
            "step",
            "channel",
            "status",
            "version",
        ];
        let mut names = BTreeSet::new();
        for metric in ALL {
            let name = metric.name;
            assert!(names.insert(name), "{name} twice");
            assert!(name.starts_with("demand_center_"), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert!(metric.help.ends_with('.'), "{name}: the help is a sentence: {}", metric.help);
            assert!(!metric.help.contains("  "), "{name}: {}", metric.help);
            let unit = name.strip_suffix("_total").unwrap_or(name);
            match metric.kind {
                Kind::Counter => assert!(name.ends_with("_total"), "{name} is a counter"),
                _ => assert!(
                    unit == name && (name.ends_with("_ready") || UNITS.iter().any(|u| name.ends_with(u))),
                    "{name}"
                ),
            }
            if let Kind::Histogram(buckets) = metric.kind {
                assert!(buckets.is_sorted_by(|a, b| a < b), "{name}");
            }
            for label in metric.labels {
                assert!(
                    LABELS.contains(label),
                    "{name}: is the number of values of `{label}` bounded? then list it here"
                );
            }
        }
    }
}
