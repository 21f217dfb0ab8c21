// Package dockerfile checks deploy/docker/Dockerfile without a Docker engine: BuildKit's own front end translates it,
// with all of its build checks, and a few promises of our own are kept.
package dockerfile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/opencontainers/go-digest"
)

// Check returns one line for each finding. Context is the folder that `docker build` is given.
func Check(path, context string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := buildKitFindings(text)
	if err != nil {
		return nil, err
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	stages, arguments, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, err
	}
	if len(stages) < 2 {
		return append(found, "one stage only: the compilers would stay in the image"), nil
	}
	found = append(found, checkStages(stages, arguments)...)
	found = append(found, checkRuntime(stages[len(stages)-1])...)
	found = append(found, checkToolchain(arguments, context)...)
	copies, err := checkCopies(stages, context)
	if err != nil {
		return nil, err
	}
	return append(found, copies...), nil
}

// buildKitFindings are what `docker build --check` would print.
func buildKitFindings(text []byte) ([]string, error) {
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", text)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{
		SourceMap:    source,
		MetaResolver: noRegistry{},
	})
	if err != nil {
		return nil, err
	}
	if results.Error != nil {
		return nil, fmt.Errorf("BuildKit refuses it: %s", results.Error.Message)
	}
	var found []string
	for _, warning := range results.Warnings {
		line := int32(0)
		if location := warning.Location; location != nil && len(location.Ranges) > 0 {
			line = location.Ranges[0].Start.Line
		}
		found = append(found, fmt.Sprintf("line %d: %s: %s", line, warning.RuleName, warning.Detail))
	}
	return found, nil
}

// noRegistry answers for every base image that it exists, as an empty Linux image: nothing is fetched here.
type noRegistry struct{}

func (noRegistry) ResolveImageConfig(
	_ context.Context, reference string, _ sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin:/bin"]},"rootfs":{"type":"layers"}}`)
	return reference, digest.FromBytes(config), config, nil
}

func checkStages(stages []instructions.Stage, arguments []instructions.ArgCommand) []string {
	var found []string
	for _, stage := range stages {
		base := expand(stage.BaseName, arguments)
		named := slices.ContainsFunc(stages, func(other instructions.Stage) bool { return other.Name == base })
		if _, tag, tagged := strings.Cut(base, ":"); !named && (!tagged || tag == "latest") {
			found = append(found, "base image without a fixed version: "+base)
		}
		for _, command := range stage.Commands {
			switch command := command.(type) {
			case *instructions.AddCommand:
				found = append(found, "ADD unpacks and fetches silently: use COPY")
			case *instructions.RunCommand:
				found = append(found, checkRun(strings.Join(command.CmdLine, " "))...)
			}
		}
	}
	return found
}

// checkRun: packages are installed without recommendations, and the lists of packages stay out of the layer.
func checkRun(line string) []string {
	if !strings.Contains(line, "apt-get install") {
		return nil
	}
	var found []string
	for _, part := range []string{"apt-get update", "--no-install-recommends", "rm -rf /var/lib/apt/lists/*"} {
		if !strings.Contains(line, part) {
			found = append(found, "a RUN with apt-get install lacks `"+part+"`")
		}
	}
	return found
}

// checkRuntime: the last stage runs as a numbered user who is not root, without compilers, with its health told.
func checkRuntime(stage instructions.Stage) []string {
	var found []string
	user := ""
	var health, entry bool
	for _, command := range stage.Commands {
		switch command := command.(type) {
		case *instructions.UserCommand:
			user = command.User
		case *instructions.HealthCheckCommand:
			health = len(command.Health.Test) > 1 && command.Health.Test[0] == "CMD"
		case *instructions.EntrypointCommand:
			entry = !command.PrependShell && len(command.CmdLine) > 0
		case *instructions.RunCommand:
			if word := regexp.MustCompile(`\b(clang|cmake|gcc|g\+\+|cargo|[a-z0-9]+-dev)(\s|$)`).FindString(strings.Join(command.CmdLine, " ")); word != "" {
				found = append(found, "the runtime image contains a tool of the builder: "+strings.TrimSpace(word))
			}
		}
	}
	if !regexp.MustCompile(`^[1-9][0-9]*(:[1-9][0-9]*)?$`).MatchString(user) {
		found = append(found, "the runtime image's user is not a number other than root's: "+user)
	}
	if !health {
		found = append(found, "the runtime image has no health check in exec form")
	}
	if !entry {
		found = append(found, "the entry point is not in exec form: signals would not reach the program")
	}
	return found
}

// checkToolchain: the image is built with the compiler that the tests ran with.
func checkToolchain(arguments []instructions.ArgCommand, context string) []string {
	text, err := os.ReadFile(filepath.Join(context, "rust-toolchain.toml"))
	if err != nil {
		return []string{err.Error()}
	}
	channel := regexp.MustCompile(`(?m)^channel\s*=\s*"([^"]+)"`).FindSubmatch(text)
	if channel == nil {
		return []string{"rust-toolchain.toml names no channel"}
	}
	if version := expand("${RUST_VERSION}", arguments); version != string(channel[1]) {
		return []string{fmt.Sprintf("RUST_VERSION is %s, rust-toolchain.toml says %s", version, channel[1])}
	}
	return nil
}

// checkCopies: what is copied from the context exists, and .dockerignore lets it through; the program's own sources do.
func checkCopies(stages []instructions.Stage, context string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(context, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	// Beside the sources, what they include while compiling.
	wanted := []string{
		"Cargo.toml", "Cargo.lock", "crates/demand-center/src/main.rs", "schemas", "deploy/playbooks", "deploy/runbooks",
	}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if command, ok := command.(*instructions.CopyCommand); ok && command.From == "" {
				wanted = append(wanted, command.SourcePaths...)
			}
		}
	}
	var found []string
	for _, source := range wanted {
		if source == "." {
			continue
		}
		if _, err := os.Stat(filepath.Join(context, source)); err != nil {
			found = append(found, "not in the repository: "+source)
		}
		hidden, err := ignored.MatchesOrParentMatches(source)
		if err != nil {
			return nil, err
		}
		if hidden {
			found = append(found, ".dockerignore hides "+source)
		}
	}
	for _, secret := range []string{".git/config", ".local/default/broker/log", "target/release/demand-center"} {
		if hidden, err := ignored.MatchesOrParentMatches(secret); err != nil || !hidden {
			found = append(found, ".dockerignore lets "+secret+" through")
		}
	}
	return found, nil
}

// expand resolves the arguments that stand before the first stage.
func expand(text string, arguments []instructions.ArgCommand) string {
	return os.Expand(text, func(name string) string {
		for _, command := range arguments {
			for _, argument := range command.Args {
				if argument.Key == name && argument.Value != nil {
					return *argument.Value
				}
			}
		}
		return ""
	})
}
