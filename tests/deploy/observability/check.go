// Package observability checks what Prometheus and Grafana are given: that they find each other and all services of
// docker-compose.yml, and that dashboards and alerts have what people rely on.
package observability

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"demand-center/tests/deploy/compose"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// DatasourceUID is what dashboards call their datasource.
const DatasourceUID = "prometheus"

// Check takes the top level of the repository and returns one line for each finding.
func Check(root string) ([]string, error) {
	project, err := compose.Load(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, check := range []func(string, *types.Project) ([]string, error){
		checkTargets, checkDatasource, checkProvider, checkDashboards, checkAlerts,
	} {
		findings, err := check(root, project)
		if err != nil {
			return nil, err
		}
		found = append(found, findings...)
	}
	return found, nil
}

// checkTargets: Prometheus scrapes every service of ours that stays, and nothing that is not there.
func checkTargets(root string, project *types.Project) ([]string, error) {
	var config struct {
		Scrapes []struct {
			DNS []struct {
				Names []string `yaml:"names"`
				Port  int      `yaml:"port"`
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := readYAML(filepath.Join(root, "deploy/prometheus/compose.yml"), &config); err != nil {
		return nil, err
	}
	var scraped, found []string
	for _, scrape := range config.Scrapes {
		for _, dns := range scrape.DNS {
			scraped = append(scraped, dns.Names...)
			if fmt.Sprint(dns.Port) != compose.HealthPort {
				found = append(found, fmt.Sprintf("Prometheus scrapes port %d; services answer at %s", dns.Port, compose.HealthPort))
			}
		}
	}
	for name, service := range project.Services {
		if compose.Ours(service) && !compose.OneShot(service) && !slices.Contains(scraped, name) {
			found = append(found, "Prometheus does not scrape "+name)
		}
	}
	for _, name := range scraped {
		if _, known := project.Services[name]; !known {
			found = append(found, "Prometheus scrapes a service that is not there: "+name)
		}
	}
	return found, nil
}

func checkDatasource(root string, project *types.Project) ([]string, error) {
	var config struct {
		Datasources []struct{ UID, Type, URL string }
	}
	if err := readYAML(filepath.Join(root, "deploy/grafana/provisioning/datasources/prometheus.yml"), &config); err != nil {
		return nil, err
	}
	for _, source := range config.Datasources {
		if source.UID != DatasourceUID {
			continue
		}
		address, err := url.Parse(source.URL)
		if err != nil {
			return nil, err
		}
		if _, known := project.Services[address.Hostname()]; !known || source.Type != "prometheus" {
			return []string{"the datasource is not the Prometheus of docker-compose.yml: " + source.URL}, nil
		}
		return nil, nil
	}
	return []string{"no datasource has the uid " + DatasourceUID}, nil
}

// checkProvider: the folder that Grafana reads is the one that is mounted.
func checkProvider(root string, project *types.Project) ([]string, error) {
	var config struct {
		Providers []struct {
			Options struct{ Path string }
		}
	}
	if err := readYAML(filepath.Join(root, "deploy/grafana/provisioning/dashboards/demand-center.yml"), &config); err != nil {
		return nil, err
	}
	for _, provider := range config.Providers {
		for _, volume := range project.Services["grafana"].Volumes {
			if volume.Target == provider.Options.Path && strings.HasSuffix(volume.Source, "deploy/grafana/dashboards") {
				return nil, nil
			}
		}
	}
	return []string{"Grafana reads dashboards from a folder that is not mounted"}, nil
}

func checkDashboards(root string, _ *types.Project) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "deploy/grafana/dashboards/*.json"))
	if err != nil {
		return nil, err
	}
	var found []string
	owner := map[string]string{}
	for _, path := range paths {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var dashboard map[string]any
		if err := json.Unmarshal(text, &dashboard); err != nil {
			found = append(found, name+": no JSON: "+err.Error())
			continue
		}
		uid, _ := dashboard["uid"].(string)
		if title, _ := dashboard["title"].(string); uid == "" || title == "" {
			found = append(found, name+": has no uid or no title")
		}
		if other := owner[uid]; uid != "" && other != "" {
			found = append(found, name+": has the same uid as "+other)
		}
		owner[uid] = name
		for _, source := range datasources(dashboard) {
			if source != DatasourceUID && source != "-- Grafana --" && !strings.HasPrefix(source, "$") {
				found = append(found, name+": asks a datasource that is not provisioned: "+source)
			}
		}
		found = append(found, checkPanels(name, text)...)
	}
	return found, nil
}

// fixedWindow is a range that stays when the reader zooms or the scrape interval changes.
var fixedWindow = regexp.MustCompile(`\[\d`)

// checkPanels: a reader finds what each panel shows and in which unit; its queries name their datasource and fit any zoom.
func checkPanels(name string, text []byte) []string {
	type datasource struct{ UID string }
	var dashboard struct {
		Panels []struct {
			Type, Title, Description string
			Datasource               datasource
			FieldConfig              struct{ Defaults struct{ Unit string } }
			Targets                  []struct {
				Expr       string
				Datasource datasource
			}
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		return []string{name + ": its panels are none: " + err.Error()}
	}
	var found []string
	for _, panel := range dashboard.Panels {
		if panel.Title == "" {
			found = append(found, name+": a panel has no title")
		}
		if panel.Type == "row" {
			continue
		}
		where := name + ": " + panel.Title
		if panel.Description == "" || panel.FieldConfig.Defaults.Unit == "" {
			found = append(found, where+": has no description or no unit")
		}
		if panel.Datasource.UID == "" || len(panel.Targets) == 0 {
			found = append(found, where+": names no datasource or asks nothing")
		}
		for _, target := range panel.Targets {
			if target.Datasource.UID == "" {
				found = append(found, where+": a query names no datasource")
			}
			if fixedWindow.MatchString(target.Expr) {
				found = append(found, where+": has a fixed window, not $__rate_interval: "+target.Expr)
			}
		}
	}
	return found
}

// datasources are the uids of every "datasource" anywhere in a dashboard.
func datasources(value any) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			found = append(found, datasources(item)...)
		}
	case map[string]any:
		for key, item := range value {
			if source, named := item.(string); key == "datasource" && named {
				found = append(found, source)
			} else if source, is := item.(map[string]any); key == "datasource" && is {
				uid, _ := source["uid"].(string)
				found = append(found, uid)
			} else {
				found = append(found, datasources(item)...)
			}
		}
	}
	return found
}

// checkAlerts: whoever is woken finds how urgent it is and what to do.
func checkAlerts(root string, _ *types.Project) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "deploy/prometheus/rules/*.yml"))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, path := range paths {
		var file struct {
			Groups []struct {
				Rules []struct {
					Alert       string
					Labels      map[string]string
					Annotations map[string]string
				}
			}
		}
		if err := readYAML(path, &file); err != nil {
			return nil, err
		}
		for _, group := range file.Groups {
			for _, rule := range group.Rules {
				if rule.Alert == "" {
					continue
				}
				if severity := rule.Labels["severity"]; severity != "page" && severity != "ticket" {
					found = append(found, rule.Alert+": its severity is neither page nor ticket")
				}
				page, _, _ := strings.Cut(rule.Annotations["runbook"], "#")
				if _, err := os.Stat(filepath.Join(root, page)); page == "" || err != nil {
					found = append(found, rule.Alert+": its runbook is not in the repository: "+page)
				}
			}
		}
	}
	return found, nil
}

func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
