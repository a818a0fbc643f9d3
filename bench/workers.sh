# What the measurements of the workers share, on top of bench/lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # set there, or read elsewhere

text_size=100 # bytes of a made-up message
chat_count=1000

# The generation that made-up events and rows belong to.
generation() { sql "SELECT generation FROM numbering"; }

# fill APP_ID BEFORE COUNT QUEUE...: made-up messages, in these queues alone
fill() {
  "$build/bench/publish" "$1" "$chat_count" "$(generation)" "$text_size" \
    "$2" "$3" "${@:4}"
}

# Chats 1 to N of an application, as rows: sql_chats APP_ID N [MESSAGES_EACH]
sql_chats() {
  sql "INSERT INTO chats (application_id, number, event_id, generation,
      messages_count, settled_number, settled_count, created_at)
    SELECT $1, seq, UNHEX(MD5(CONCAT($1, '-', seq))), $(generation),
      ${3:-0}, ${3:-0}, ${3:-0}, UTC_TIMESTAMP(3) FROM seq_1_to_$2;
    UPDATE applications SET chats_count = $2, settled_number = $2,
      settled_count = $2, messages_count = $2 * ${3:-0} WHERE id = $1"
}

# A process beside the supervised one: worker_with NAME PORT; sets worker_pid.
worker_with() {
  (
    set -a
    # shellcheck disable=SC1090
    . "$stack/env/$1.env"
    set +a
    exec env CONFAB_METRICS_LISTEN="127.0.0.1:$2" "$bin/confab-$1"
  ) 2>>"$work/$1.log" &
  worker_pid=$!
}

# drain NAME PROCESSES METRIC TOTAL: starts them on a full queue, prints the
# events a second and ends them. Runs with the supervised ones stopped.
drain() {
  local name=$1 metric=$3 total=$4 ports=() pids=() port pid
  for port in $(seq "$spare_port" $((spare_port + $2 - 1))); do
    worker_with "$name" "$port"
    pids+=("$worker_pid")
    ports+=("$port")
  done
  "$build/bench/await" 300 "$metric" "$total" "${ports[@]}" || {
    tail -n 5 "$work/$name.log" >&2
    return 1
  }
  sample_memory "$name" "${pids[0]}"
  kill "${pids[@]}"
  for pid in "${pids[@]}"; do
    wait "$pid" || say "$name ended with $?"
  done
}

# A process's memory in KiB, "peak anonymous", for who wants it afterwards.
sample_memory() { memory_of "$2" >"$work/$1.memory"; }

memory_of() {
  awk '/^VmHWM/ { peak = $2 } /^RssAnon/ { anonymous = $2 }
    END { print peak, anonymous }' "/proc/$1/status"
}

# best_batch COMMAND...: runs the command with 0 to 3 and a batch size; prints
# the size with the highest figure. The figures go to stderr.
best_batch() {
  local sizes=(500 1000 2000 4000) i rate best=0 best_rate=0
  for i in "${!sizes[@]}"; do
    rate=$("$@" "$i" "${sizes[$i]}") || return 1
    say "      ${sizes[$i]} at once: $rate/s"
    if [ "$rate" -gt "$best_rate" ]; then
      best=${sizes[$i]} best_rate=$rate
    fi
  done
  echo "$best"
}

# check_count NAME WANTED FOUND
check_count() {
  jq -nc --arg check "$1" --argjson acknowledged "$2" --argjson found "$3" '
    {$check, $acknowledged, lost: ([$acknowledged - $found, 0] | max),
     doubled: ([$found - $acknowledged, 0] | max)}'
}

# Events of an application that ended in the queue of dead letters.
dead_letters_of() {
  sql "SELECT COUNT(*) FROM dead_letters WHERE application_id = $1"
}
