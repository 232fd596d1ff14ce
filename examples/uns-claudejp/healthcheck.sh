#!/bin/bash
# The container's health check: its own health address must answer 200. Not Python: a check runs every three seconds, and an interpreter
# that starts so often costs more than the service.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
read -r -t 4 status <&3
echo "$status"
case "$status" in *" 200 "*) ;; *) exit 1 ;; esac
