#!/bin/sh
# Creates the namespace with its retention, or sets the retention of one that is there. Search attributes are Kintsugi's to make.
set -eu
left=30
until temporal operator cluster health >/dev/null 2>&1; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "Temporal at $TEMPORAL_ADDRESS does not become healthy" >&2; exit 1; }
  sleep 2
done
if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  # One that was made a moment ago is found, and can't be changed yet.
  until temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || exit 1
    sleep 2
  done
else
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi
