#!/bin/sh
# Prints the folder of an age that knows post-quantum recipients (1.3): the system's if it does, else one that Go builds into .toolchain/. With --find it builds nothing.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
pinned=v1.3.1
built="$root/.toolchain/age"

if age-keygen -pq >/dev/null 2>&1; then
  dirname -- "$(command -v age-keygen)"
  exit 0
fi
if [ -x "$built/age-keygen" ]; then
  echo "$built"
  exit 0
fi
if [ "${1:-}" = --find ]; then
  echo "no age here knows post-quantum recipients: run 'make age', which builds one into .toolchain/" >&2
  exit 1
fi
if ! command -v go >/dev/null 2>&1; then
  echo "neither age 1.3 nor go is installed: the test of post-quantum recipients with age skips by name" >&2
  exit 1
fi
echo "building age $pinned into .toolchain/ (half a minute, once)" >&2
mkdir -p "$built"
GOBIN="$built" go install "filippo.io/age/cmd/age@$pinned" "filippo.io/age/cmd/age-keygen@$pinned" >&2
echo "$built"
