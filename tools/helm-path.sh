#!/bin/sh
# Prints the path of helm: the system's if there is one, else one that Go builds into .toolchain/. With --find it builds nothing and fails where there is none.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
pinned=v3.22.0
built="$root/.toolchain/bin/helm"

if command -v helm >/dev/null 2>&1; then
  command -v helm
  exit 0
fi
if [ -x "$built" ]; then
  echo "$built"
  exit 0
fi
if [ "${1:-}" = --find ]; then
  echo "helm is not installed: run 'make helm', which builds one into .toolchain/" >&2
  exit 1
fi
if ! command -v go >/dev/null 2>&1; then
  echo "neither helm nor go is installed: the tests of the chart skip by name" >&2
  exit 1
fi
echo "building helm $pinned into .toolchain/ (about two minutes, once)" >&2
mkdir -p "$root/.toolchain/bin"
GOBIN="$root/.toolchain/bin" go install "helm.sh/helm/v3/cmd/helm@$pinned" >&2
echo "$built"
