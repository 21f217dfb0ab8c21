// Package compose checks docker-compose.yml without a Docker engine: that it is valid by the Compose specification,
// and that it keeps the promises of deploy/README.md.
package compose

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// OurImage is the image that all services of the pipeline share.
const OurImage = "demand-center"

// HealthPort is where each of our services answers health and metrics, inside its container.
const HealthPort = "9464"

// Check loads the file as `docker compose config` does and returns one line for each broken promise, sorted.
// An error means that the file is no valid compose file.
func Check(path string) ([]string, error) {
	project, err := Load(path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		for _, finding := range checkService(project, service) {
			found = append(found, name+": "+finding)
		}
	}
	found = append(found, checkVolumes(project)...)
	found = append(found, checkPipeline(project)...)
	slices.Sort(found)
	return found, nil
}

// Load reads and validates the file; variables have their defaults, nothing of the caller's environment.
func Load(path string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithWorkingDirectory(filepath.Dir(path)))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

// Ours tells whether a service runs our image.
func Ours(service types.ServiceConfig) bool {
	return strings.HasPrefix(service.Image, OurImage+":")
}

// OneShot tells whether a service ends when its work is done.
func OneShot(service types.ServiceConfig) bool {
	return service.Restart == types.RestartPolicyNo
}

func checkService(project *types.Project, service types.ServiceConfig) []string {
	found := checkImage(service)
	found = append(found, checkHealth(project, service)...)
	found = append(found, checkDependencies(project, service)...)
	for _, port := range service.Ports {
		if port.HostIP != "127.0.0.1" {
			found = append(found, fmt.Sprintf("port %s is published beyond the loopback", port.Published))
		}
	}
	for _, volume := range service.Volumes {
		if volume.Type == types.VolumeTypeBind {
			if _, err := os.Stat(volume.Source); err != nil {
				found = append(found, "mounts a path that the repository has not: "+relative(project, volume.Source))
			}
		}
	}
	if service.ContainerName != "" {
		found = append(found, "a fixed container name forbids scaling")
	}
	if Ours(service) {
		found = append(found, checkConfinement(service)...)
	}
	return found
}

func checkImage(service types.ServiceConfig) []string {
	name, tag, tagged := strings.Cut(service.Image, ":")
	switch {
	case name == "":
		return []string{"names no image"}
	case !tagged || tag == "latest":
		return []string{"its image has no fixed version: " + service.Image}
	case Ours(service) && service.Build == nil:
		return []string{"our image cannot be built: no build section"}
	}
	return nil
}

// checkHealth: who stays has a health check, who ends is awaited by somebody.
func checkHealth(project *types.Project, service types.ServiceConfig) []string {
	if OneShot(service) {
		for _, other := range project.Services {
			if need, ok := other.DependsOn[service.Name]; ok && need.Condition == types.ServiceConditionCompletedSuccessfully {
				return nil
			}
		}
		return []string{"runs once, and nobody waits for its success"}
	}
	health := service.HealthCheck
	switch {
	case health == nil || health.Disable || len(health.Test) < 2:
		return []string{"has no health check"}
	case health.Interval == nil || health.Timeout == nil || health.StartPeriod == nil || health.Retries == nil:
		return []string{"its health check leaves interval, time-out, retries or start period to chance"}
	case *health.Timeout >= *health.Interval:
		return []string{"its health check may take as long as the pause between two"}
	case Ours(service) && !slices.Equal(health.Test, []string{"CMD", "health", "ready"}):
		return []string{"its health check is not the image's own `health ready`"}
	}
	return nil
}

// checkDependencies: starting in order means waiting for health or success, not for a process id.
func checkDependencies(project *types.Project, service types.ServiceConfig) []string {
	var found []string
	for name, need := range service.DependsOn {
		want := types.ServiceConditionHealthy
		if OneShot(project.Services[name]) {
			want = types.ServiceConditionCompletedSuccessfully
		}
		if need.Condition != want {
			found = append(found, fmt.Sprintf("waits for %s by %s instead of %s", name, need.Condition, want))
		}
	}
	return found
}

func checkConfinement(service types.ServiceConfig) []string {
	var found []string
	if !service.ReadOnly {
		found = append(found, "its root file system is writable")
	}
	if !slices.Contains(service.CapDrop, "ALL") || len(service.CapAdd) > 0 || service.Privileged {
		found = append(found, "it keeps capabilities")
	}
	if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
		found = append(found, "it may gain privileges")
	}
	if !OneShot(service) && (service.StopGracePeriod == nil || service.StopGracePeriod.String() == "0s") {
		found = append(found, "it has no time to stop gracefully")
	}
	return found
}

// checkVolumes: each declared volume is written by one service, since a store has one owner.
func checkVolumes(project *types.Project) []string {
	writers := map[string][]string{}
	for _, name := range project.ServiceNames() {
		for _, volume := range project.Services[name].Volumes {
			if volume.Type == types.VolumeTypeVolume && !volume.ReadOnly {
				writers[volume.Source] = append(writers[volume.Source], name)
			}
		}
	}
	var found []string
	for _, name := range project.VolumeNames() {
		switch len(writers[name]) {
		case 0:
			found = append(found, "volume "+name+" is written by nobody")
		case 1:
		default:
			found = append(found, "volume "+name+" is written by "+strings.Join(writers[name], ", "))
		}
	}
	return found
}

// checkPipeline: the pipeline is whole, each service runs once, and each knows its broker, registry and key.
func checkPipeline(project *types.Project) []string {
	count := map[string]int{
		"ingest web": 0, "ingest email": 0, "ingest call": 0, "ingest event": 0, "ingest crm": 0, "ingest profile": 0,
		"resolve": 0, "engine": 0, "topics apply": 0,
	}
	var found []string
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		command := strings.Join(service.Command, " ")
		if _, ours := count[command]; !ours || !Ours(service) {
			continue
		}
		count[command]++
		for _, setting := range []string{"DEMAND__KAFKA__BOOTSTRAP_SERVERS", "DEMAND__REGISTRY__URLS"} {
			if !namesAService(project, service.Environment[setting]) {
				found = append(found, name+": "+setting+" names no service of this file")
			}
		}
		if !OneShot(service) && !mounts(service, service.Environment["DEMAND__IDENTITY__HASH_KEY_FILE"]) {
			found = append(found, name+": DEMAND__IDENTITY__HASH_KEY_FILE is in no mounted volume")
		}
	}
	for command, times := range count {
		if times != 1 {
			found = append(found, fmt.Sprintf("`demand-center %s` is run by %d services instead of one", command, times))
		}
	}
	return found
}

// mounts tells whether a file lies in a volume of the service.
func mounts(service types.ServiceConfig, path *string) bool {
	return path != nil && slices.ContainsFunc(service.Volumes, func(volume types.ServiceVolumeConfig) bool {
		return volume.Target == filepath.Dir(*path)
	})
}

// namesAService takes host:port or a URL.
func namesAService(project *types.Project, address *string) bool {
	if address == nil {
		return false
	}
	_, host, isURL := strings.Cut(*address, "://")
	if !isURL {
		host = *address
	}
	host, _, _ = strings.Cut(host, ":")
	_, known := project.Services[host]
	return known
}

func relative(project *types.Project, path string) string {
	if short, err := filepath.Rel(project.WorkingDir, path); err == nil {
		return short
	}
	return path
}
