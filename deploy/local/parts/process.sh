# Starting, recognising, awaiting and ending processes of our own. Each part (broker, registry, prometheus) has a
# folder $STATE/<part> with `pid` (id and start time), `port` and `log`. A process id alone is no proof: ids are
# used again, so the start time must agree before anything is reported as running or is ended.

# One `up` or `down` at a time per name. The lock is the kernel's: it goes when this script ends, however it ends.
lock() { # FILE
  if command -v flock >/dev/null; then
    exec 9>"$1"
    if ! flock -w 300 9; then fail 3 "another up or down of $NAME has held $1 for 5 minutes"; fi
  fi
}

# Start time in clock ticks since boot, where the system tells; else to the second.
started_at() { # PID
  if [ -r "/proc/$1/stat" ]; then
    # The second field is the program's name in brackets and may hold blanks: count from the last bracket.
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
  elif [ ! -d /proc/self ]; then
    ps -o lstart= -p "$1" 2>/dev/null
  fi
}

process_id() { cut -d' ' -f1 "$STATE/$1/pid"; } # PART
process_port() { cat "$STATE/$1/port"; }        # PART

process_runs() { # PART
  local pid start
  [ -s "$STATE/$1/pid" ] || return 1
  read -r pid start <"$STATE/$1/pid"
  [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ] && ! process_is_zombie "$pid"
}

process_is_zombie() { # PID
  [ -r "/proc/$1/stat" ] && [ "$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1)" = Z ]
}

# Starts a process that outlives this script and the terminal, its output in the part's log.
process_start() { # PART COMMAND...
  local part=$1 detach=(nohup)
  shift
  if command -v setsid >/dev/null; then detach=(setsid); fi
  if [ -f "$STATE/$part/log" ]; then mv -f "$STATE/$part/log" "$STATE/$part/log.before"; fi
  (cd "$STATE/$part" && exec "${detach[@]}" "$@") >"$STATE/$part/log" 2>&1 </dev/null 9>&- &
  local pid=$!
  printf '%s %s\n' "$pid" "$(started_at "$pid")" >"$STATE/$part/pid"
}

# Starts a part on free ports and waits until it answers. Between the choice of a port and its use another process may
# take it: that alone is worth another try.
process_up() { # PART SECONDS START ANSWERS PORT_FILE...
  local part=$1 limit=$2 start=$3 answers=$4 file
  shift 4
  for _ in 1 2 3; do
    for file in "$@"; do port_choose "$STATE/$part/$file"; done
    "$start"
    if process_await "$part" "$limit" "$answers"; then return 0; fi
    process_end "$part"
    if ! grep -qiE 'address already in use|port.*already in use' "$STATE/$part/log"; then break; fi
    for file in "$@"; do rm -f "$STATE/$part/$file"; done
  done
  fail 3 "the $part did not start"
}

# Waits until a condition holds. When the process ends before that, or time is up, shows the end of the log.
process_await() { # PART SECONDS CONDITION...
  local part=$1 limit=$2 begin=$SECONDS
  shift 2
  until "$@"; do
    if ! process_runs "$part"; then
      say "$part ended while starting; the end of $STATE/$part/log:"
      tail -n 20 "$STATE/$part/log" >&2
      return 1
    fi
    if [ $((SECONDS - begin)) -ge "$limit" ]; then
      say "$part does not answer after $limit s; the end of $STATE/$part/log:"
      tail -n 20 "$STATE/$part/log" >&2
      return 1
    fi
    sleep 0.2
  done
}

# Asks it to end, and after 30 s makes it. Only if it is still the process that we started.
process_end() { # PART
  local part=$1 pid begin=$SECONDS
  if ! process_runs "$part"; then
    rm -f "$STATE/$part/pid"
    return 0
  fi
  pid=$(process_id "$part")
  kill "$pid" 2>/dev/null || true
  while process_runs "$part"; do
    if [ $((SECONDS - begin)) -ge 30 ]; then
      say "$part (pid $pid) did not end within 30 s; ending it by force"
      kill -9 "$pid" 2>/dev/null || true
      begin=$SECONDS
    fi
    sleep 0.1
  done
  rm -f "$STATE/$part/pid"
  say "$part ended"
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # PORT

# The port of last time if it is still free, else a free one below the range that outgoing connections use.
port_choose() { # FILE
  local file=$1 port try
  if [ -s "$file" ]; then
    port=$(cat "$file")
    if ! port_is_taken "$port"; then return 0; fi
    say "port $port is taken by another process; choosing another one"
  fi
  for try in $(seq 100); do
    port=$((20000 + (RANDOM * 32768 + RANDOM + try) % 12000))
    if ! port_is_taken "$port"; then
      printf '%s\n' "$port" >"$file"
      return 0
    fi
  done
  fail 3 "no free port found between 20000 and 32000"
}
