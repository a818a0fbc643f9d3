# What the measurements share. They work on the running product (make up).
# shellcheck shell=bash disable=SC2034 # used by those that read this

rounds=${ROUNDS:-3}
seconds=${SECONDS_PER_ROUND:-10}

say() { printf '%s\n' "$*" >&2; }

begin() {
  [ -f var/run.env ] || {
    say "Nothing runs; start it with: make up"
    exit 1
  }
  set -a
  # shellcheck disable=SC1091
  . var/run.env
  set +a
  api_port=${CONFAB_API_URL##*:}
  work=$(mktemp -d)
  trap finish EXIT
}

finish() {
  rm -rf "$work"
  # what a measurement has started beside the product
  jobs -p | xargs -r kill 2>/dev/null || true
}

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

make_chats() {
  say "creating $1 chats"
  # shellcheck disable=SC2016
  seq "$1" | URL="$CONFAB_API_URL/applications/$TOKEN/chats" \
    xargs -P 8 -n 50 bash -c 'for i; do
      curl -sf -o /dev/null -X POST "$URL"; done' _
}

rows() { sql "SELECT COUNT(*) FROM messages WHERE application_id = $app_id"; }

# Until no row comes any more.
wait_stored() {
  local before=-1 now
  now=$(rows)
  while [ "$now" != "$before" ]; do
    before=$now
    sleep 1
    now=$(rows)
  done
}

# The median of the rounds' values of a field: median FILE FIELD
median() { jq -s "map(.$2) | sort | .[(length - 1) / 2 | floor]" "$1"; }
