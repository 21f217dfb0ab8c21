package dockerfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	file = "../../../deploy/docker/Dockerfile"
	root = "../../.."
)

func TestTheDockerfileKeepsItsPromises(t *testing.T) {
	found, err := Check(file, root)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

// Each promise, broken in a copy of the real file, is found. A part of the finding is enough.
func TestABrokenCopyIsFound(t *testing.T) {
	cases := []struct{ name, old, new, finding string }{
		{"root", "USER 10001:10001", "USER root", "the runtime image's user is not a number"},
		{"no user", "USER 10001:10001\n", "", "the runtime image's user is not a number"},
		{"no version", "FROM debian:bookworm-slim AS", "FROM debian AS", "base image without a fixed version: debian"},
		{"recommendations", "apt-get install -y --no-install-recommends ca-cert", "apt-get install -y ca-cert", "lacks `--no-install-recommends`"},
		{"lists of packages", " && rm -rf /var/lib/apt/lists/* \\\n && groupadd", " && groupadd", "lacks `rm -rf /var/lib/apt/lists/*`"},
		{"a compiler at run time", "libssl3 libstdc++6", "libssl3 libssl-dev libstdc++6", "a tool of the builder"},
		{"no health check", "HEALTHCHECK --interval=10s --timeout=3s --start-period=10m --retries=3 CMD [\"health\", \"live\"]", "HEALTHCHECK NONE", "no health check in exec form"},
		{"a shell before the program", `ENTRYPOINT ["demand-center"]`, "ENTRYPOINT demand-center", "the entry point is not in exec form"},
		{"another compiler", "ARG RUST_VERSION=", "ARG RUST_VERSION=0.", "rust-toolchain.toml says"},
		{"a file that is not there", "deploy/docker/health /usr", "deploy/docker/absent /usr", "not in the repository: deploy/docker/absent"},
		{"a file that is hidden", "deploy/docker/health /usr", "deploy/local/kafka /usr", ".dockerignore hides deploy/local/kafka"},
		{"ADD", "COPY . .", "ADD . .", "use COPY"},
		{"a variable that nobody sets", "DEMAND__STATE__DIR=/var", "DEMAND__STATE__DIR=$STATE/var", "UndefinedVar"},
		{"case of a stage", "AS runtime", "as runtime", "FromAsCasing"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			found, err := Check(broken(t, test.old, test.new), root)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(found, func(finding string) bool { return strings.Contains(finding, test.finding) }) {
				t.Errorf("not found: %s\nbut: %s", test.finding, strings.Join(found, "\n     "))
			}
		})
	}
}

// What BuildKit would refuse is refused here.
func TestAnInvalidFileIsRefused(t *testing.T) {
	cases := []struct{ name, old, new, part string }{
		{"a stage that is not there", "COPY --from=builder", "COPY --from=builder\\ x", "builder"},
		{"an unknown instruction", "STOPSIGNAL SIGTERM", "STOPPSIGNAL SIGTERM", "STOPPSIGNAL"},
		{"an unknown flag", "--start-period=10m", "--start-time=10m", "start-time"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			_, err := Check(broken(t, test.old, test.new), root)
			if err == nil || !strings.Contains(err.Error(), test.part) {
				t.Errorf("expected an error about %q, got %v", test.part, err)
			}
		})
	}
}

func broken(t *testing.T, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("the Dockerfile no longer contains %q: adapt this case", old)
	}
	path := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
