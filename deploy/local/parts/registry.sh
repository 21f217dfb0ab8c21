# The schema registry: Apicurio, in memory, spoken to by Confluent's REST API under /apis/ccompat/v7.

registry_up() {
  local home java
  if process_runs registry; then
    say "registry already runs at http://127.0.0.1:$(process_port registry)"
    return 0
  fi
  home=$(registry_home)
  java=$(java_program) || fail 2 "no Java 17 or later found; run deploy/local/install --kafka, or set JAVA_HOME"
  mkdir -p "$STATE/registry"
  process_up registry 90 registry_start registry_answers port
  say "registry runs at http://127.0.0.1:$(process_port registry)/apis/ccompat/v7 (Apicurio $REGISTRY_VERSION)"
}

# Called within registry_up: `java` and `home` are its own.
registry_start() {
  process_start registry "$java" -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port="$(process_port registry)" \
    -jar "$home"/apicurio-registry-app-*-runner.jar
}

registry_answers() {
  local port
  port=$(process_port registry)
  port_is_taken "$port" && [ "$(http_get "$port" /apis/ccompat/v7/subjects)" = 200 ]
}

# The status code of one GET on the loopback, without a further program.
http_get() { # PORT PATH
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
  read -r -t 5 _ status _ <&3 || status=
  exec 3>&-
  printf '%s\n' "${status%%[!0-9]*}"
}
