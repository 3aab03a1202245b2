#!/bin/sh
# Inside the build of the Python base, as root: Python, PyTorch (CPU) and what handlers ask for from Debian, and TorchServe's package by its digest.
# usage: install.sh WHEELS; DEBIAN_MIRROR can name a day of snapshot.debian.org. If there are wheels in the folder WHEELS, pip asks nobody.
set -eu
wheels=${1:?usage: install.sh WHEELS}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
export DEBIAN_FRONTEND=noninteractive
if [ -n "${DEBIAN_MIRROR:-}" ]; then
  rm -rf /etc/apt/sources.list.d
  echo "deb $DEBIAN_MIRROR $(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) main" >/etc/apt/sources.list
fi
# Who packed them is proved by signatures; a day of the past is past its date.
apt-get -o Acquire::Check-Valid-Until=false -q update
# OpenBLAS with the threads of PyTorch (OpenMP): the BLAS that comes by itself is many times slower.
apt-get -q install --yes --no-install-recommends \
  python3 python3-torch python3-torchvision python3-numpy python3-psutil python3-yaml python3-packaging python3-pip libopenblas0-openmp
set --
if [ -n "$(find "$wheels" -name '*.whl')" ]; then set -- --no-index --find-links "$wheels"; fi
# Debian's own folders stay Debian's: this goes to /usr/local.
python3 -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir --no-compile --no-deps --break-system-packages \
  --require-hashes "$@" --requirement "$here/requirements.txt"
