#!/bin/sh
# The server of the official image, with its database's password from a file.
set -eu
POSTGRES_PWD="$(cat "${PASSWORD_FILE:-/run/secrets/temporal_db_password}")"
export POSTGRES_PWD
exec "${ENTRYPOINT:-/etc/temporal/entrypoint.sh}"
