# A Prometheus that scrapes the services, for looking at dashboards and alerts while developing.

prometheus_up() {
  local config=${PROMETHEUS_CONFIG:-$ROOT/deploy/prometheus/prometheus.yml}
  if process_runs prometheus; then
    say "prometheus already runs at http://127.0.0.1:$(process_port prometheus), as it was configured then"
    return 0
  fi
  if [ ! -r "$config" ]; then fail 2 "no Prometheus configuration at $config"; fi
  config=$(cd "$(dirname "$config")" && pwd)/$(basename "$config")
  mkdir -p "$STATE/prometheus"
  process_up prometheus 30 prometheus_start prometheus_answers port
  say "prometheus runs at http://127.0.0.1:$(process_port prometheus)"
}

# Called within prometheus_up: `config` is its own.
prometheus_start() {
  process_start prometheus prometheus --config.file="$config" --storage.tsdb.path="$STATE/prometheus/series" \
    --storage.tsdb.retention.time=7d --web.listen-address="127.0.0.1:$(process_port prometheus)"
}

prometheus_answers() {
  local port
  port=$(process_port prometheus)
  port_is_taken "$port" && [ "$(http_get "$port" /-/ready)" = 200 ]
}
