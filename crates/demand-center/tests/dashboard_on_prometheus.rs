//! Every query of the dashboard returns data: the whole pipeline runs on a Kafka of its own, a Prometheus scrapes it, and
//! while records flow each query is asked of that Prometheus.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod support;

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Instant;
use support::{PATIENCE, System, bootstrap, repository};
use touchpoint::Timestamp;

/// What Grafana puts in place of its variables; the scrape interval here is a second.
const VARIABLES: &[(&str, &str)] = &[("$__rate_interval", "30s"), ("$__range", "5m"), ("$service", ".+")];

#[test]
fn every_query_of_the_dashboard_returns_data() {
    // The broker of all tests is only the sign that there is a Kafka to be had.
    if bootstrap().is_none() {
        return;
    }
    let local = Local::new();
    let broker = local.up("DEMAND_TEST_BOOTSTRAP", &[]);
    let mut system = System::new(&broker, "dashboard", &[]);
    system.start_all();
    system.wait_ready();
    let prometheus = local.scrape(&system);

    let services: BTreeSet<String> = system.ports().map(|(name, _)| name.to_owned()).collect();
    let mut waiting = queries();
    // Twice: several customers pass before the slowest histogram has grown.
    let deadline = Instant::now() + PATIENCE * 2;
    for visitor in 1.. {
        let_a_visitor_become_a_customer(&mut system, visitor);
        if !seen_twice(&prometheus).is_superset(&services) {
            assert!(Instant::now() < deadline, "Prometheus sees {:?} only", seen_twice(&prometheus));
            continue;
        }
        let mut findings = Vec::new();
        waiting.retain(|query| match query.answer(&prometheus) {
            Ok(()) => false,
            Err(finding) => {
                findings.push(format!("{}: {finding}\n    {}", query.panel, query.text));
                true
            }
        });
        if waiting.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "queries without data:\n{}", findings.join("\n"));
    }
    system.stop();
}

/// Records on every channel, a drop and a dead letter among them; returns when sales has won.
fn let_a_visitor_become_a_customer(system: &mut System, visitor: usize) {
    let email = format!("visitor{visitor}@acme.example");
    let send = |channel: &str, kind: &str, hours_ago: i64, more: Json| {
        let id = format!("{kind}-{visitor}");
        let mut record = json!({
            "source": "tests", "id": id, "occurred_at": hours_before_now(hours_ago), "kind": kind,
            "identifiers": {"email": email},
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        system.send(channel, "canonical", &id, record.to_string().as_bytes());
    };
    let page = json!({
        "type": "page", "messageId": format!("page-{visitor}"), "anonymousId": format!("anon-{visitor}"),
        "timestamp": hours_before_now(30), "context": {"page": {"url": "https://www.example.jp/pricing", "path": "/pricing"}},
    });
    system.send("web", "segment", "page", page.to_string().as_bytes());
    let inquiry = json!({
        "identifiers": {"email": email, "cookie": format!("segment:anon-{visitor}")},
        "properties": {"purpose": "inquiry"}, "consent": [{"purpose": "tracking", "state": "granted"}],
    });
    send("web", "form_submit", 29, inquiry);
    send("email", "open", 28, json!({}));
    // Confirmed at any hour.
    send("event", "registered", 28, json!({"campaign": "sem-maint-2026-12"}));
    send("event", "attended", 27, json!({}));
    send("call", "connected", 26, json!({"direction": "out", "disposition": "interested"}));
    send("profile", "updated", 25, json!({"person": {"family_name": "山田"}}));
    for (hours_ago, kind) in [(20, "accepted"), (19, "qualified"), (18, "opportunity_created"), (17, "won")] {
        send("crm", kind, hours_ago, json!({"actor": {"id": "emp-1", "role": "sales"}}));
    }
    // Handed over by itself, whatever else is known of them by then.
    let guest = json!({"identifiers": {"email": format!("guest{visitor}@booth.example")}, "properties": {"rank": "B"}});
    send("event", "booth_visit", 5, guest);
    let no_touchpoint =
        format!(r#"[{{"event":"account_status_change","sg_event_id":"{visitor}","timestamp":1791900240}}]"#);
    system.send("email", "sendgrid", "status", no_touchpoint.as_bytes());
    system.send("web", "canonical", "broken", b"{ not json");
    system.flush();
    system.wait_for("stage-transitions", "one more customer", |all| {
        let customers: BTreeSet<&String> =
            all.iter().filter(|(_, event)| event["to"] == "customer").map(|(key, _)| key).collect();
        (customers.len() >= visitor).then_some(())
    });
}

fn hours_before_now(hours: i64) -> String {
    Timestamp::from_millis(observe::clock::now().as_millis() - hours * 3_600_000).to_string()
}

/// A query as a panel asks it, and the labels that its legend names.
struct Query {
    panel: String,
    text: String,
    legend: Vec<String>,
}

/// All queries of the dashboard, their variables filled in.
fn queries() -> Vec<Query> {
    let file = repository().join("deploy/grafana/dashboards/demand-center.json");
    let dashboard: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let mut text = target["expr"].as_str().unwrap().to_owned();
            for (variable, value) in VARIABLES {
                text = text.replace(variable, value);
            }
            assert!(!text.contains('$'), "give this test a value for the variable in {text}");
            let legend = target["legendFormat"].as_str().unwrap_or_default();
            let legend = legend.split("{{").skip(1).map(|label| label.split("}}").next().unwrap().to_owned()).collect();
            queries.push(Query { panel: panel["title"].as_str().unwrap().to_owned(), text, legend });
        }
    }
    queries
}

impl Query {
    /// Whether it returns something, numbers throughout, with the labels of its legend.
    fn answer(&self, prometheus: &str) -> Result<(), String> {
        let series = ask(prometheus, &self.text)?;
        if series.is_empty() {
            return Err("nothing".to_owned());
        }
        // Of what has not happened yet the query says `none`, without the other labels.
        let may_lack_labels = self.text.contains("vector(0)");
        for one in &series {
            let labels = &one["metric"];
            let value = one["value"][1].as_str().and_then(|value| value.parse::<f64>().ok());
            if !value.is_some_and(f64::is_finite) {
                return Err(format!("no number for {labels}: {}", one["value"]));
            }
            if let Some(label) = self.legend.iter().find(|label| labels[label].is_null() && !may_lack_labels) {
                return Err(format!("the legend names `{label}`, which {labels} has not"));
            }
        }
        Ok(())
    }
}

/// The services that Prometheus has scraped twice at least; the dashboard's variable lists them.
fn seen_twice(prometheus: &str) -> BTreeSet<String> {
    let series = ask(prometheus, "count_over_time(demand_center_ready[5m]) >= 2").unwrap();
    series.iter().filter_map(|one| Some(one["metric"]["service"].as_str()?.to_owned())).collect()
}

/// An instant query: the series that it returns.
fn ask(prometheus: &str, query: &str) -> Result<Vec<Json>, String> {
    let address = prometheus.trim_start_matches("http://");
    let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut connection = TcpStream::connect(address).unwrap();
    // Version 1.0: the body comes in one piece and ends with the connection.
    write!(connection, "GET /api/v1/query?query={query} HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Json = serde_json::from_str(body).map_err(|error| format!("{error}: {answer}"))?;
    match body["data"]["result"].as_array() {
        Some(series) if body["status"] == "success" => Ok(series.clone()),
        _ => Err(body["error"].to_string()),
    }
}

/// A Kafka and a Prometheus of this test alone, ended with it however it ends.
struct Local {
    name: String,
    dir: tempfile::TempDir,
}

impl Local {
    fn new() -> Self {
        Self { name: format!("dashboard-{}", std::process::id()), dir: tempfile::tempdir().unwrap() }
    }

    /// Starts what does not run yet; returns the address that stands under `wanted`.
    fn up(&self, wanted: &str, more: &[&str]) -> String {
        let output = self.command("up").args(more).output().unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy/local/kafka up ended with {}:\n{talk}", output.status);
        let addresses = String::from_utf8(output.stdout).unwrap();
        let found = addresses.lines().find_map(|line| line.strip_prefix(&format!("export {wanted}=")));
        found.unwrap_or_else(|| panic!("no {wanted} in\n{addresses}")).to_owned()
    }

    /// Starts a Prometheus that reads the metrics of all services once a second; returns its address.
    fn scrape(&self, system: &System) -> String {
        let targets: Vec<String> = system.ports().map(|(_, port)| format!("'127.0.0.1:{port}'")).collect();
        let config = self.dir.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\n\
             scrape_configs: [{{job_name: demand-center, static_configs: [{{targets: [{}]}}]}}]\n",
            targets.join(", ")
        );
        std::fs::write(&config, text).unwrap();
        self.up("DEMAND_TEST_PROMETHEUS", &["--prometheus-config", config.to_str().unwrap()])
    }

    fn command(&self, command: &str) -> Command {
        let mut kafka = Command::new(repository().join("deploy/local/kafka"));
        kafka.args([command, "--name", &self.name, "--dir"]).arg(self.dir.path());
        kafka
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let ended = self.command("down").arg("--forget").status();
        if !ended.is_ok_and(|status| status.success()) {
            eprintln!(
                "left behind: deploy/local/kafka status --name {} --dir {}",
                self.name,
                self.dir.path().display()
            );
        }
    }
}
