#!/bin/sh
# Brings the schema of Temporal's databases to the version of these tools. Each command leaves alone what is there already.
set -eu
SQL_PASSWORD="$(cat "${PASSWORD_FILE:-/run/secrets/temporal_db_password}")"
export SQL_PASSWORD
tool() {
  database="$1"
  shift
  temporal-sql-tool --plugin "$DB" --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" --database "$database" "$@"
}
for each in temporal:temporal temporal_visibility:visibility; do
  database="${each%%:*}"
  schema="postgresql/v12/${each##*:}"
  tool "$database" create-database
  # Only of a new database: it would say version 0.0 of one that is in use.
  tool "$database" setup-schema --version 0.0 2>/dev/null || true
  tool "$database" update-schema --schema-name "$schema"
done
