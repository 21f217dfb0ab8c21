# The broker: one node that is broker and controller. Its topics, ids and ports outlive `down`.

broker_up() {
  local jars java
  if process_runs broker; then
    say "broker already runs at 127.0.0.1:$(process_port broker)"
    return 0
  fi
  jars=$(kafka_jars)
  java=$(java_program) || fail 2 "no Java 17 or later found; run deploy/local/install --kafka, or set JAVA_HOME"
  broker_folder
  process_up broker 60 broker_start broker_answers port controller-port
  say "broker runs at 127.0.0.1:$(process_port broker) (Kafka $KAFKA_VERSION)"
}

# Where topics stand: on disk, or for tests in memory. A new partition is synced file by file, and hundreds of them wait
# behind whatever else the disk is writing, a fresh build above all.
broker_folder() {
  local folder=$STATE/broker/topics
  mkdir -p "$STATE/broker"
  # What was in memory is gone since the last boot.
  if [ -L "$folder" ] && [ ! -d "$folder" ]; then rm "$folder"; fi
  if [ -d "$folder" ]; then return 0; fi
  if [ "$IN_MEMORY" = yes ] && [ "$(memory_free_mib)" -ge 2048 ]; then
    ln -s "$(mktemp -d "$MEMORY/demand-center.XXXXXX")" "$folder"
  else
    mkdir "$folder"
  fi
}

# Ends with the broker: memory that nobody asks for any more.
broker_folder_end() {
  local folder=$STATE/broker/topics
  if [ -L "$folder" ]; then rm -rf "$(readlink "$folder")" "$folder"; fi
}

MEMORY=/dev/shm
memory_free_mib() {
  if [ -w "$MEMORY" ]; then df -Pm "$MEMORY" | awk 'NR == 2 { print $4 }'; else echo 0; fi
}

# Called within broker_up: `java` and `jars` are its own.
broker_start() {
  broker_settings >"$STATE/broker/server.properties"
  broker_format
  process_start broker "$java" -Xmx"${DEMAND_LOCAL_HEAP:-768m}" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
    -Xlog:gc*,safepoint:file="$STATE/broker/gc.log":time,tags:filecount=2,filesize=5m \
    -Djava.awt.headless=true -Dlog4j2.configurationFile="$HERE/parts/log4j2.properties" \
    -cp "$jars/*" kafka.Kafka "$STATE/broker/server.properties"
}

# Answers a metadata request, and has joined its own cluster. Called within broker_up, too.
broker_answers() {
  local port
  port=$(process_port broker)
  if ! port_is_taken "$port"; then return 1; fi
  if command -v kcat >/dev/null; then
    kcat -b "127.0.0.1:$port" -L -m 2 2>/dev/null | grep -q "broker 1 at 127.0.0.1:$port"
  else
    "$java" -cp "$jars/*" org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "127.0.0.1:$port" \
      2>/dev/null | grep -q '(id: 1 '
  fi
}

broker_format() {
  local id
  if [ -f "$STATE/broker/topics/meta.properties" ]; then return 0; fi
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=\n')
  if ! "$java" -Dlog4j2.configurationFile="$HERE/parts/log4j2.properties" -cp "$jars/*" kafka.tools.StorageTool format \
    --cluster-id "$id" --config "$STATE/broker/server.properties" >"$STATE/broker/format.log" 2>&1; then
    tail -n 20 "$STATE/broker/format.log" >&2
    fail 3 "the broker's folder $STATE/broker/topics could not be prepared"
  fi
}

broker_settings() {
  local port controller
  port=$(cat "$STATE/broker/port")
  controller=$(cat "$STATE/broker/controller-port")
  cat <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$STATE/broker/topics

# One node: every internal topic has one copy, and few partitions start faster.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1

# As in production: topics are planned, never made by a typing mistake; transactions end in bounded time.
auto.create.topics.enable=false
unclean.leader.election.enable=false
transaction.max.timeout.ms=60000
offsets.retention.minutes=20160

# Quicker than production, same meaning: a first member need not wait for others, and an abandoned transaction is
# aborted within a second of its time-out instead of ten.
group.initial.rebalance.delay.ms=0
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# Small: many short-lived topics on one machine.
num.network.threads=2
num.io.threads=4
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
TEXT
}
