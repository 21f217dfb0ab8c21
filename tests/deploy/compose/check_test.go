package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const file = "../../../docker-compose.yml"

func TestTheComposeFileKeepsItsPromises(t *testing.T) {
	found, err := Check(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

// Each promise, broken in a copy of the real file, is found.
func TestABrokenCopyIsFound(t *testing.T) {
	cases := []struct{ name, old, new, finding string }{
		{"an image without version", "apache/kafka:4.1.1", "apache/kafka", "kafka: its image has no fixed version: apache/kafka"},
		{"no health check", "test: [CMD, wget, -q, --spider, \"http://localhost:9090/-/ready\"]", "disable: true", "prometheus: has no health check"},
		{"a health check of its own", "test: [CMD, health, ready]", "test: [CMD, health, live]", "engine: its health check is not the image's own `health ready`"},
		{"no pause set", "interval: 30s", "# no interval", "kafka: its health check leaves interval, time-out, retries or start period to chance"},
		{"a slow health check", "timeout: 15s", "timeout: 30s", "kafka: its health check may take as long as the pause between two"},
		{"a one-shot that nobody awaits", "topics: {condition: service_completed_successfully}", "kafka: {condition: service_healthy}", "topics: runs once, and nobody waits for its success"},
		{"waiting for a process id", "registry: {condition: service_healthy}", "registry: {condition: service_started}", "resolve: waits for registry by service_started instead of service_healthy"},
		{"a port for the whole network", "127.0.0.1:9090:9090", "9090:9090", "prometheus: port 9090 is published beyond the loopback"},
		{"a mount of nothing", "./deploy/prometheus/compose.yml", "./deploy/prometheus/absent.yml", "prometheus: mounts a path that the repository has not: deploy/prometheus/absent.yml"},
		{"a writable root", "read_only: true", "read_only: false", "engine: its root file system is writable"},
		{"capabilities", "cap_drop: [ALL]", "cap_drop: [NET_RAW]", "engine: it keeps capabilities"},
		{"privileges", "no-new-privileges:true", "no-new-privileges:false", "engine: it may gain privileges"},
		{"no time to stop", "stop_grace_period: 40s", "stop_grace_period: 0s", "engine: it has no time to stop gracefully"},
		{"two owners of a store", "engine-state:/var", "resolve-state:/var", "volume resolve-state is written by engine, resolve"},
		{"a volume for nobody", "engine-state:/var", "resolve-state:/var", "volume engine-state is written by nobody"},
		{"a service left out", "command: [ingest, call]", "command: [ingest, crm]", "`demand-center ingest call` is run by 0 services instead of one"},
		{"a broker that is not there", "DEMAND__KAFKA__BOOTSTRAP_SERVERS: kafka:9092", "DEMAND__KAFKA__BOOTSTRAP_SERVERS: broker:9092", "engine: DEMAND__KAFKA__BOOTSTRAP_SERVERS names no service of this file"},
		{"a key that is not there", "DEMAND__IDENTITY__HASH_KEY_FILE: /etc", "DEMAND__IDENTITY__HASH_KEY_FILE: /tmp", "ingest-web: DEMAND__IDENTITY__HASH_KEY_FILE is in no mounted volume"},
		{"a fixed name", "command: [ingest, web]", "command: [ingest, web]\n    container_name: web", "ingest-web: a fixed container name forbids scaling"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			found, err := Check(broken(t, test.old, test.new))
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range found {
				if finding == test.finding {
					return
				}
			}
			t.Errorf("not found: %s\nbut: %s", test.finding, strings.Join(found, "\n     "))
		})
	}
}

// What Compose itself would refuse is refused here.
func TestAnInvalidFileIsRefused(t *testing.T) {
	cases := []struct{ name, old, new, part string }{
		{"a misspelt key", "stop_grace_period: 40s", "stop_grace_time: 40s", "stop_grace_time"},
		{"a volume that is not declared", "  grafana-state:\n", "", "grafana-state"},
		{"a dependency on nothing", "registry: {condition: service_healthy}", "registrar: {condition: service_healthy}", "registrar"},
		{"a circle", "kafka: {condition: service_healthy}", "engine: {condition: service_healthy}", "cycle"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			_, err := Check(broken(t, test.old, test.new))
			if err == nil || !strings.Contains(err.Error(), test.part) {
				t.Errorf("expected an error about %q, got %v", test.part, err)
			}
		})
	}
}

// broken writes a copy with one change beside links to what the original mounts.
func broken(t *testing.T, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("docker-compose.yml no longer contains %q: adapt this case", old)
	}
	folder := t.TempDir()
	deploy, err := filepath.Abs("../../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(deploy, filepath.Join(folder, "deploy")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "docker-compose.yml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
