#!/bin/sh
# Installs Debian's programs that some tests drive, where that is allowed; where it is not, says which tests will skip. Never fails.
set -u
missing=""

lacks() { missing="$missing $1"; }

command -v curl >/dev/null 2>&1 || lacks curl
command -v age >/dev/null 2>&1 || lacks age
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || lacks postgresql
command -v ip >/dev/null 2>&1 || lacks iproute2
python3 -c 'import ensurepip' >/dev/null 2>&1 || lacks python3-venv
command -v java >/dev/null 2>&1 || lacks default-jre-headless
[ -e /usr/lib/python3/dist-packages/torch ] || lacks python3-torch
[ -e /usr/lib/python3/dist-packages/torchvision ] || lacks python3-torchvision
/usr/bin/python3 -m pip --version >/dev/null 2>&1 || lacks python3-pip

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
echo "not installed:$missing; the tests that need them skip by name" >&2
exit 0
