#!/bin/sh
# Starts Redis as the user redis. Protected mode is off, as in the official image: the network is the stack's own.
set -eu
case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec gosu redis "$0" "$@"
  fi
  # First, so that the user's own arguments win. A configuration file has to stay the first argument.
  case ${2:-} in
    '' | -*) shift; set -- redis-server --protected-mode no "$@" ;;
  esac
fi
exec "$@"
