package observability

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

func TestPrometheusAndGrafanaFindEverything(t *testing.T) {
	found, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

// Each promise, broken in a copy, is found.
func TestABrokenCopyIsFound(t *testing.T) {
	const (
		targets    = "deploy/prometheus/compose.yml"
		datasource = "deploy/grafana/provisioning/datasources/prometheus.yml"
		provider   = "deploy/grafana/provisioning/dashboards/demand-center.yml"
	)
	cases := []struct{ name, file, old, new, finding string }{
		{"a service without metrics", targets, "          - resolve\n", "", "Prometheus does not scrape resolve"},
		{"a service that is not there", targets, "- resolve\n", "- resolver\n", "Prometheus scrapes a service that is not there: resolver"},
		{"another port", targets, "port: 9464", "port: 9465", "Prometheus scrapes port 9465; services answer at 9464"},
		{"another uid", datasource, "uid: prometheus", "uid: prom", "no datasource has the uid prometheus"},
		{"another host", datasource, "//prometheus:", "//metrics:", "the datasource is not the Prometheus of docker-compose.yml: http://metrics:9090"},
		{"another folder", provider, "/var/lib/grafana/dashboards", "/dashboards", "Grafana reads dashboards from a folder that is not mounted"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			folder := copied(t)
			text := read(t, filepath.Join(folder, test.file))
			if !strings.Contains(text, test.old) {
				t.Fatalf("%s no longer contains %q: adapt this case", test.file, test.old)
			}
			write(t, filepath.Join(folder, test.file), strings.Replace(text, test.old, test.new, 1))
			expect(t, folder, test.finding)
		})
	}
}

func TestADashboardMustNameItselfAndItsDatasource(t *testing.T) {
	const dashboards = "deploy/grafana/dashboards/"
	cases := []struct{ name, text, finding string }{
		{"no uid", `{"title":"x"}`, "broken.json: has no uid or no title"},
		{"the same uid twice", `{"title":"x","uid":"twin"}`, "twin.json: has the same uid as broken.json"},
		{"a foreign datasource", `{"title":"x","uid":"x","panels":[{"targets":[{"datasource":{"uid":"P1809F7CD0C75ACF3"}}]}]}`, "broken.json: asks a datasource that is not provisioned: P1809F7CD0C75ACF3"},
		{"no JSON", `{"title":`, "broken.json: no JSON: unexpected end of JSON input"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			folder := copied(t)
			write(t, filepath.Join(folder, dashboards+"broken.json"), test.text)
			write(t, filepath.Join(folder, dashboards+"twin.json"), `{"title":"y","uid":"twin"}`)
			expect(t, folder, test.finding)
		})
	}
}

func TestAPanelMustTellWhatItShows(t *testing.T) {
	const dashboard = "deploy/grafana/dashboards/demand-center.json"
	cases := []struct{ name, old, new, finding string }{
		{"no title", `"title": "Records read"`, `"title": ""`, "demand-center.json: a panel has no title"},
		{"no description", `"description": "Resident memory of each process."`, `"description": ""`, "demand-center.json: Memory: has no description or no unit"},
		{"no unit", `"unit": "recps"`, `"unit": ""`, "demand-center.json: Records read: has no description or no unit"},
		{"no datasource", `"datasource": {"type": "prometheus", "uid": "prometheus"},
      "gridPos"`, `"gridPos"`, "demand-center.json: Records read: names no datasource or asks nothing"},
		{"a query without a datasource", `{
          "datasource": {"type": "prometheus", "uid": "prometheus"},`, `{`, "demand-center.json: Records read: a query names no datasource"},
		{"a fixed window", `rate(process_cpu_seconds_total[$__rate_interval])`, `rate(process_cpu_seconds_total[5m])`, "demand-center.json: Processor: has a fixed window, not $__rate_interval: rate(process_cpu_seconds_total[5m]) * on (job, instance) group_right () (min by (job, instance, service) (demand_center_ready{service=~\"$service\"}) >= bool 0)"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			folder := copied(t)
			text := read(t, filepath.Join(folder, dashboard))
			if !strings.Contains(text, test.old) {
				t.Fatalf("%s no longer contains %q: adapt this case", dashboard, test.old)
			}
			write(t, filepath.Join(folder, dashboard), strings.Replace(text, test.old, test.new, 1))
			expect(t, folder, test.finding)
		})
	}
}

func TestAnAlertMustTellUrgencyAndRunbook(t *testing.T) {
	cases := []struct{ name, rule, finding string }{
		{"no urgency", "{alert: Behind, expr: up, annotations: {runbook: docker-compose.yml}}", "Behind: its severity is neither page nor ticket"},
		{"no runbook", "{alert: Behind, expr: up, labels: {severity: page}}", "Behind: its runbook is not in the repository: "},
		{"a lost runbook", "{alert: Behind, expr: up, labels: {severity: page}, annotations: {runbook: 'deploy/runbooks/lost.md#a'}}", "Behind: its runbook is not in the repository: deploy/runbooks/lost.md"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			folder := copied(t)
			write(t, filepath.Join(folder, "deploy/prometheus/rules/broken.yml"), "groups: [{name: x, rules: ["+test.rule+"]}]")
			expect(t, folder, test.finding)
		})
	}
}

func expect(t *testing.T, folder, finding string) {
	t.Helper()
	found, err := Check(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(found, finding) {
		t.Errorf("not found: %s\nbut: %s", finding, strings.Join(found, "\n     "))
	}
}

// copied is a copy of what the checks read.
func copied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, part := range []string{"deploy/grafana", "deploy/prometheus"} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, "docker-compose.yml"), read(t, filepath.Join(root, "docker-compose.yml")))
	return folder
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
