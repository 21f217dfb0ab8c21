# Fetching the programs, once, by Maven, to the cache; and finding a Java for them.

KAFKA_VERSION=4.1.1      # 4.1 or later: earlier brokers lose group offsets after a hard kill (KAFKA-19163)
LOG4J_VERSION=2.25.1     # the version that this Kafka brings; its binding is not among Kafka's own dependencies
REGISTRY_VERSION=2.6.13.Final
MAVEN_DEPENDENCY=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

# Prints a Java of version 17 or later: what Kafka 4 and the registry need.
java_program() {
  local java
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    if [ -n "$java" ] && [ -x "$java" ] && [ "$(java_major "$java")" -ge 17 ]; then
      printf '%s\n' "$java"
      return 0
    fi
  done
  return 1
}

java_major() { # JAVA
  local major
  major=$("$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  printf '%s\n' "${major:-0}"
}

# Prints the folder with the jars of the broker and of Kafka's tools.
kafka_jars() {
  fetch_once "$CACHE/kafka-$KAFKA_VERSION" "Apache Kafka $KAFKA_VERSION (54 MB)" kafka_fetch
}

kafka_fetch() { # FOLDER
  maven -f "$HERE/parts/kafka-jars.xml" "$MAVEN_DEPENDENCY:copy-dependencies" -DincludeScope=runtime \
    -Dkafka.version="$KAFKA_VERSION" -Dlog4j.version="$LOG4J_VERSION" -DoutputDirectory="$1"
}

# Prints the folder with the unpacked registry.
registry_home() {
  fetch_once "$CACHE/registry-$REGISTRY_VERSION" "Apicurio Registry $REGISTRY_VERSION (140 MB)" registry_fetch
}

registry_fetch() { # FOLDER
  maven "$MAVEN_DEPENDENCY:copy" -DoutputDirectory="$1" \
    -Dartifact="io.apicurio:apicurio-registry-app:$REGISTRY_VERSION:tar.gz:all" &&
    tar -xzf "$1"/*.tar.gz -C "$1" && rm "$1"/*.tar.gz
}

# The folder appears under its name only when it is whole, so that an interrupted fetch is begun anew; when two
# fetch at the same time the first one's folder stays.
fetch_once() { # FOLDER WHAT FETCH
  local partial
  if [ ! -d "$1" ]; then
    say "fetching $2, once"
    mkdir -p "$CACHE"
    partial=$(mktemp -d "$1.partial.XXXXXX")
    if ! "$3" "$partial"; then
      rm -rf "$partial"
      fail 3 "Maven could not fetch $2; is there a way to its repository (mirror and proxy stand in ~/.m2/settings.xml; certificates of your own network in MAVEN_OPTS=-Djavax.net.ssl.trustStore=FILE)?"
    fi
    chmod 755 "$partial"
    if [ -d "$1" ]; then rm -rf "$partial"; else mv "$partial" "$1"; fi
  fi
  printf '%s\n' "$1"
}

# Its working folder is the cache: a `pom.xml` where the caller stands is none of its business.
maven() { (cd "$CACHE" && mvn --batch-mode --quiet -Dstyle.color=never "$@" >&2); }
