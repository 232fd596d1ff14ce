#!/bin/sh
# Makes what docker-compose.temporal.yml needs and git must not have: the password of Temporal's database. Safe to run twice.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets tls
if [ ! -s secrets/temporal_db_password ]; then
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/temporal_db_password
fi
# Read by the users of the images; the folder around it is closed.
chmod 0444 secrets/temporal_db_password
chmod 0755 tls
echo "production/secrets/temporal_db_password is there. Keep a copy of it: Temporal's own database can't be opened without."
