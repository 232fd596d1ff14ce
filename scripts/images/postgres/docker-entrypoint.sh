#!/usr/bin/env bash
# Starts PostgreSQL; on an empty data folder makes the cluster, the user and the database first.
# Reads the same variables as the official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS
# (each also as <NAME>_FILE), POSTGRES_INITDB_WALDIR, POSTGRES_HOST_AUTH_METHOD, PGDATA.
set -Eeo pipefail

say() { printf '%s\n' "$*"; }
# Programs wait for these two sentences, so they are the official image's.
announce() { printf '\n%s\n\n' "$*"; }
fail() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }

# read_setting NAME [DEFAULT]: takes the value from NAME or from the file that NAME_FILE names.
read_setting() {
  local name=$1 default=${2:-} file_name=$1_FILE value
  [[ -z ${!name:-} || -z ${!file_name:-} ]] || fail "$name and $file_name are both set: keep one of them"
  value=$default
  if [[ -n ${!name:-} ]]; then value=${!name}
  elif [[ -n ${!file_name:-} ]]; then value=$(< "${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

prepare_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 00700 "$PGDATA" || true
  chmod 03775 /var/run/postgresql || true
  if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then mkdir -p "$POSTGRES_INITDB_WALDIR"; chmod 700 "$POSTGRES_INITDB_WALDIR"; fi
  [[ $(id -u) = 0 ]] || return 0
  # Only what is not ours already: a chown of a whole big cluster would take minutes on each start.
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
  if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then find "$POSTGRES_INITDB_WALDIR" \! -user postgres -exec chown postgres '{}' +; fi
}

check_settings() {
  [[ -n ${POSTGRES_PASSWORD:-} || ${POSTGRES_HOST_AUTH_METHOD:-} = trust ]] || fail \
    'the database is not initialised and POSTGRES_PASSWORD is not set.
       Set it to a non-empty value (docker run -e POSTGRES_PASSWORD=...), or, only where anyone who can connect
       may do everything, set POSTGRES_HOST_AUTH_METHOD=trust.'
}

make_cluster() {
  # initdb wants a name for the user id it runs as; `docker run --user 1234` has none.
  if ! getent passwd "$(id -u)" > /dev/null; then
    local wrapper
    wrapper=$(find /usr/lib -name libnss_wrapper.so -print -quit)
    NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
    export LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    say "postgres:x:$(id -u):$(id -g):PostgreSQL:$PGDATA:/bin/false" > "$NSS_WRAPPER_PASSWD"
    say "postgres:x:$(id -g):" > "$NSS_WRAPPER_GROUP"
  fi
  local -a wal_folder=()
  if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then wal_folder=(--waldir "$POSTGRES_INITDB_WALDIR"); fi
  # The arguments are one string with shell quoting, as in the official image. An empty password has no pwfile.
  if [[ -n ${POSTGRES_PASSWORD:-} ]]; then
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(say "$POSTGRES_PASSWORD") "${wal_folder[@]}" '"${POSTGRES_INITDB_ARGS:-}"
  else
    eval 'initdb --username="$POSTGRES_USER" "${wal_folder[@]}" '"${POSTGRES_INITDB_ARGS:-}"
  fi
  if [[ -n ${NSS_WRAPPER_PASSWD:-} ]]; then
    rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
    unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
  fi
  # initdb has written `trust` for the socket and the loopback; everyone else gives a password.
  local method=${POSTGRES_HOST_AUTH_METHOD:-}
  if [[ -z $method ]]; then method=$(postgres -C password_encryption "$@"); fi
  printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

run_sql() {
  local -a database=()
  if [[ -n ${POSTGRES_DB:-} ]]; then database=(--dbname "$POSTGRES_DB"); fi
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "${database[@]}" "$@"
}

# With the socket only: nobody outside takes a half-made database for a finished one.
start_for_setup() {
  shift
  NOTIFY_SOCKET='' PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -w start \
    -o "$(printf '%q ' "$@" -c listen_addresses='' -p "${PGPORT:-5432}")"
}

make_database() {
  local there
  there=$(POSTGRES_DB='' run_sql --dbname postgres --set name="$POSTGRES_DB" --tuples-only --no-align \
    <<< "SELECT 1 FROM pg_database WHERE datname = :'name'")
  if [[ -z $there ]]; then
    POSTGRES_DB='' run_sql --dbname postgres --set name="$POSTGRES_DB" <<< 'CREATE DATABASE :"name"'
  fi
}

run_initdb_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        if [[ -x $file ]]; then say "$0: running $file"; "$file"; else say "$0: sourcing $file"; . "$file"; fi ;;
      *.sql) say "$0: running $file"; run_sql -f "$file" ;;
      *.sql.gz) say "$0: running $file"; gunzip -c "$file" | run_sql ;;
      *.sql.xz) say "$0: running $file"; xz -dc "$file" | run_sql ;;
      *.sql.zst) say "$0: running $file"; zstd -dcq "$file" | run_sql ;;
      '/docker-entrypoint-initdb.d/*') ;;
      *) say "$0: ignoring $file" ;;
    esac
  done
}

wants_help() {
  local argument
  for argument; do
    case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

if [[ ${1:0:1} = - ]]; then set -- postgres "$@"; fi

if [[ $1 = postgres ]] && ! wants_help "$@"; then
  prepare_folders
  if [[ $(id -u) = 0 ]]; then exec gosu postgres "${BASH_SOURCE[0]}" "$@"; fi

  if [[ -s $PGDATA/PG_VERSION ]]; then
    announce 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
  else
    read_setting POSTGRES_PASSWORD
    read_setting POSTGRES_USER postgres
    read_setting POSTGRES_DB "$POSTGRES_USER"
    read_setting POSTGRES_INITDB_ARGS
    check_settings
    shopt -u nullglob
    ls /docker-entrypoint-initdb.d/ > /dev/null
    make_cluster "${@:2}"
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    start_for_setup "$@"
    make_database
    run_initdb_files
    PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    announce 'PostgreSQL init process complete; ready for start up.'
  fi
fi

exec "$@"
