# What the measurements share; bench/README.md says what each must keep to.
# shellcheck shell=bash disable=SC2034 # used by those that read this

say() { printf '%s\n' "$*" >&2; }

# progress DONE OF TEXT
progress() { say "    $1/$2  ${*:3}"; }

# ---- begin and end ----

begin() {
  stack=${STACK_DIR:-var}
  build=${BUILD:-build}
  bin=${BIN:-bin}
  rounds=${ROUNDS:-3}
  seconds=${SECONDS_PER_ROUND:-3}
  quick=${QUICK:-}
  spare_port=${SPARE_PORT:-18990}
  [ -f "$stack/run.env" ] || {
    say "Nothing runs in $stack; make bench starts what it measures."
    exit 1
  }
  set -a
  # shellcheck disable=SC1091
  . "$stack/run.env"
  set +a
  api_port=${CONFAB_API_URL##*:}
  work=$(mktemp -d)
  undo=()
  trap 'finish $?' EXIT
  trap 'exit 130' INT TERM
}

# at_end COMMAND...: also after a failure; the last one first.
at_end() { undo=("$(printf '%q ' "$@")" "${undo[@]}"); }

finish() {
  local command children
  trap '' INT TERM
  for command in "${undo[@]}"; do
    eval "$command" >&2 || true
  done
  mapfile -t children < <(jobs -p)
  if [ "${#children[@]}" -gt 0 ]; then
    kill "${children[@]}" 2>/dev/null
    wait "${children[@]}" 2>/dev/null
  fi
  rm -rf "$work"
  exit "$1"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      say "not within $1 s: ${*:2}"
      return 1
    fi
    sleep 0.2
  done
}

# listens PORT
listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ---- the processes ----

worker_names() {
  find "$stack/sv/" -mindepth 1 -maxdepth 1 -printf '%f\n' |
    grep -E '^(persister|indexer|counter)' | sort
}

# workers stop|start [NAME...]: some, or all that there are.
workers() {
  local verb=$1 name
  shift
  # shellcheck disable=SC2046 # a name is a word
  [ $# -gt 0 ] || set -- $(worker_names)
  for name in "$@"; do
    local/stack "$verb" "$name" >/dev/null || return 1
  done
}

# pid_of NAME, as in make status; of the server itself
pid_of() {
  local pid
  pid=$(cat "$stack/sv/$1/supervise/pid")
  [ "$1" != elasticsearch ] || pid=$(pgrep -P "$pid" -x java | head -n 1)
  [ -n "$pid" ] && echo "$pid"
}

# cpu_ms PID: what it has used so far, all its threads
cpu_ms() {
  sed 's/.*) //' "/proc/$1/stat" |
    awk -v hz="$(getconf CLK_TCK)" '{ print ($12 + $13) * 1000 / hz }'
}

rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

# A second API process on the same stores: api_with PORT NAME=VALUE...
# Sets api_pid.
api_with() {
  local port=$1
  shift
  (
    set -a
    # shellcheck disable=SC1091
    . "$stack/env/api.env"
    set +a
    exec env PORT="$port" "$@" "$bin/confab-api"
  ) >"$work/api.$port.log" 2>&1 &
  api_pid=$!
  wait_for 30 curl -sf "http://127.0.0.1:$port/ready" || {
    tail -n 5 "$work/api.$port.log" >&2
    return 1
  }
}

# ---- stores ----

sql() {
  MYSQL_PWD=$DATABASE_PASSWORD mariadb -N -B -h "$DATABASE_HOST" \
    -P "$DATABASE_PORT" -u "$DATABASE_USERNAME" "$DATABASE_NAME" -e "$1"
}

# Sets TOKEN and app_id.
make_application() {
  TOKEN=$(curl -sf -X POST "$CONFAB_API_URL/applications" \
    -H 'Content-Type: application/json' \
    -d '{"application":{"name":"Benchmark"}}' | jq -r .token)
  app_id=$(sql "SELECT id FROM applications WHERE token = '$TOKEN'")
}

# Chats 1 to N of $TOKEN, stored; the fragment only makes curl repeat itself.
make_chats() {
  curl -fZ --no-progress-meter --parallel-max 50 -d '' -o /dev/null -w '%{http_code}\n' \
    "$CONFAB_API_URL/applications/$TOKEN/chats#[1-$1]" >"$work/chats"
  [ "$(grep -c '^202$' "$work/chats")" -eq "$1" ] || {
    say "not all of $1 chats were created"
    return 1
  }
  wait_for 60 chats_stored "$1"
}

chats_stored() {
  [ "$(sql "SELECT COUNT(*) FROM chats WHERE application_id = $app_id")" -eq "$1" ]
}

# rows [APP_ID]
rows() { sql "SELECT COUNT(*) FROM messages WHERE application_id = ${1:-$app_id}"; }

# wait_stored [APP_ID [SECONDS]]: until no row comes any more and the queue of the
# persister is empty; its workers must run.
wait_stored() {
  local end=$((SECONDS + ${2:-300})) before=-1 now
  while now=$(rows "${1:-$app_id}") && [ "$now" != "$before" ] ||
    [ "$(waiting confab.persist)" != 0 ]; do
    [ "$SECONDS" -lt "$end" ] || {
      say "not stored within ${2:-300} s"
      return 1
    }
    before=$now
    sleep 1
  done
}

# wait_promised APP_ID FILE...: until as many rows are there as load --record has
# acknowledgements in these files, or none came for a minute: what is lost then,
# check_promised says.
wait_promised() {
  local app=$1 promised now before=-1 end=$((SECONDS + 60))
  shift
  promised=$(cat "$@" | wc -l)
  while now=$(rows "$app") && [ "$now" -lt "$promised" ] &&
    [ "$SECONDS" -lt "$end" ]; do
    [ "$now" = "$before" ] || end=$((SECONDS + 60))
    before=$now
    sleep 0.5
  done
}

# waiting QUEUE...: events that are in it or in a worker's hand; the broker's
# statistics are up to 5 s old
waiting() {
  "$bin/confabctl" queues --json |
    jq --args '[.[] | select(.name | IN($ARGS.positional[])) |
      .ready + .unacknowledged] | add' "$@"
}

nothing_waits() {
  [ "$(waiting confab.persist confab.index confab.count)" = 0 ]
}

# wait_quiet [SECONDS]: until each queue was empty for long enough to be true
# in spite of old statistics.
wait_quiet() {
  local end=$((SECONDS + ${1:-300})) still=0
  while [ "$still" -lt 6 ]; do
    [ "$SECONDS" -lt "$end" ] || {
      say "the queues are not empty after ${1:-300} s"
      return 1
    }
    still=$((still + 1))
    nothing_waits || still=0
    sleep 1
  done
}

# purge QUEUE...: what nobody holds in hand, forgotten. For a backlog that is
# not measured and that would only take the next measurement's time.
purge() {
  local queue
  for queue in "$@"; do
    curl -sf -X DELETE "$RABBITMQ_MANAGEMENT_URL/api/queues/%2f/$queue/contents"
  done
}

# ---- load ----

# load_into NAME KIND ARGUMENT...: a round of bench/load on $TOKEN; what it
# prints is appended to $work/NAME.
load_into() {
  "$build/bench/load" "$2" --token "$TOKEN" --seconds "$seconds" "${@:3}" \
    >>"$work/$1"
}

# numbers NAME FILTER: names a file with this of each round, for `figure`.
numbers() {
  local file
  file=$(mktemp "$work/$1.XXXXXX")
  jq "$2" "$work/$1" >"$file"
  echo "$file"
}

# refused NAME...: a note on answers that were not 2xx, or nothing
refused() {
  (cd "$work" && cat "$@") | jq -rs '
    def said($what): if . > 0 then "\(.) requests were \($what)" else empty end;
    [(map(.answers - ."2xx" + .broken + .unanswered) | add |
      said("not answered with 2xx")),
     (map(.unsent) | add | said("due but not sent in time"))] | join("; ")'
}

# ---- what is said ----

# The median of numbers, a line each: median FILE
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# figure ID TITLE UNIT FILE [ceiling=FILE] [ceiling_title=] [reach=] [note=]
figure() {
  local ceiling=/dev/null ceiling_title="" reach="" note=""
  local id=$1 title=$2 unit=$3 values=$4
  [ $# -lt 5 ] || local "${@:5}"
  jq -nc --arg figure "$id" --arg title "$title" --arg unit "$unit" \
    --arg ceiling_title "$ceiling_title" --arg reach "$reach" \
    --arg note "$note" --slurpfile rounds "$values" \
    --slurpfile ceilings "$ceiling" '
    def median: sort | .[(length - 1) / 2 | floor];
    def short: if . == null or . == 0 then .
      else pow(10; (fabs | log10 | floor) - 3) as $u | . / $u | round * $u *
        1e6 | round / 1e6 end;
    def meets($of; $n): if . == ">=" then $of >= $n elif . == "<=" then $of <= $n
      elif . == ">" then $of > $n else $of < $n end;
    ($rounds | median) as $value | ($ceilings | median) as $ceiling |
    (if $ceiling then $value / $ceiling else null end) as $ratio |
    {$figure, $title, value: ($value | short), $unit, ceiling: ($ceiling | short),
     $ceiling_title, ratio: ($ratio | short),
     reach: (if $reach == "" then null else $reach end),
     met: (if $reach == "" then null else ($reach / " ") as [$op, $n] |
       $op | meets($ratio // $value; $n | tonumber) end),
     $rounds, ceiling_rounds: $ceilings, $note}'
}

# series ID X Y
series() {
  jq -nc --arg series "$1" --argjson x "$2" --argjson y "$3" '{$series, $x, $y}'
}

# check_promised NAME APP_ID FILE...: every acknowledgement that load --record
# has written, beside the rows; the workers must run. Lost is what is not there
# after a minute.
check_promised() {
  local name=$1 app=$2 lost doubled end=$((SECONDS + 60))
  shift 2
  cut -d' ' -f1,2 "$@" | sort >"$work/promised"
  while :; do
    sql "SELECT chat_number, number FROM messages WHERE application_id = $app" |
      tr '\t' ' ' | sort >"$work/stored"
    lost=$(comm -23 <(uniq "$work/promised") "$work/stored" | wc -l)
    if [ "$lost" -eq 0 ] || [ "$SECONDS" -ge "$end" ]; then break; fi
    sleep 1
  done
  doubled=$(($(uniq -d "$work/promised" | wc -l) + $(uniq -d "$work/stored" | wc -l)))
  jq -nc --arg check "$name" --argjson acknowledged "$(wc -l <"$work/promised")" \
    --argjson lost "$lost" --argjson doubled "$doubled" \
    '{$check, $acknowledged, $lost, $doubled}'
}
