#!/bin/sh
# Prints the folder with the torchserve package, the real archivers and what they need, for PYTHONPATH: installed once from PyPI into .toolchain/. With --find it installs nothing.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
python=${SEALSERVE_PYTHON:-}
if [ -z "$python" ]; then
  python=python3
  # Debian's torch belongs to Debian's interpreter, which need not be the first on the path.
  if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; fi
fi
# numpy stays below 2: Debian's torch was compiled against numpy 1.
packages="torchserve==0.12.0 torch-model-archiver==0.12.0 torch-workflow-archiver==0.2.15 psutil==7.2.2 PyYAML==6.0.3 packaging==25.0 numpy==1.26.4 enum-compat==0.0.3"

if ! version=$("$python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])' 2>/dev/null); then
  echo "no Python interpreter at $python: install python3, or name one in SEALSERVE_PYTHON" >&2
  exit 1
fi
folder="$root/.toolchain/torchserve-$version"
wanted=$(echo "$packages" | cksum | cut -d ' ' -f 1)
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
  echo "$folder"
  exit 0
fi
if [ "${1:-}" = --find ]; then
  echo "the torchserve package is not installed: run tools/torchserve-path.sh, which installs it into .toolchain/" >&2
  exit 1
fi
if ! "$python" -m pip --version >/dev/null 2>&1; then
  echo "$python has no pip: install python3-pip, or name another interpreter in SEALSERVE_PYTHON" >&2
  exit 1
fi
echo "installing torchserve 0.12.0 into .toolchain/ (half a minute, once)" >&2
mkdir -p "$root/.toolchain"
new=$(mktemp -d "$root/.toolchain/torchserve-new.XXXXXX")
trap 'rm -rf "$new"' EXIT
# shellcheck disable=SC2086 # the list is meant to be split
if ! "$python" -m pip install -qq --no-deps --no-input --target "$new" $packages >&2; then
  echo "pip could not install torchserve 0.12.0 and what it needs: what needs it skips by name" >&2
  exit 1
fi
echo "$wanted" >"$new/installed"
# Workers may run as other users (python.users).
chmod go+rx "$new"
rm -rf "$folder"
# Two callers may finish at once: the later rename fails and the first one's folder, which is the same, stays.
mv -T "$new" "$folder" 2>/dev/null || [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]
echo "$folder"
