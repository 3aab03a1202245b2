#!/bin/sh
# Builds the images with Python for real, and asks handlers in them as pods run them: `make python-image`. Needs root, buildah, iproute2 and
# TorchServe's archiver (`make torchserve`); without NODE_IMAGE also debootstrap. It takes some minutes, and downloads Debian's, npm's and PyPI's packages.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
ENGINE=buildah
: "${BUILDAH:=buildah --storage-driver vfs}" "${BUILD_FLAGS:=--isolation chroot --network host}"
export ENGINE BUILDAH BUILD_FLAGS
. "$here/engine.sh"
command -v buildah >/dev/null 2>&1 || { echo "install buildah and debootstrap first: apt-get install buildah debootstrap" >&2; exit 1; }
packages=$("$root/tools/torchserve-path.sh")

# BUILD=no: asks the images that are there.
if [ "${BUILD:-yes}" = yes ]; then
  node_image=${NODE_IMAGE:-$("$here/debian-base.sh" localhost/sealserve-debian:bookworm | tail -n 1)}
  set -- --node-image "$node_image"
  if [ -n "${NPMRC:-}" ]; then set -- "$@" --npmrc "$NPMRC"; fi
  "$here/build.sh" base "$@"
  set -- --node-image "$node_image"
  if [ -n "${PIP_CONFIG:-}" ]; then set -- "$@" --pip-config "$PIP_CONFIG"; fi
  if [ -n "${WHEELS:-}" ]; then set -- "$@" --wheels "$WHEELS"; fi
  if [ -n "${DEBIAN_MIRROR:-}" ]; then set -- "$@" --debian-mirror "$DEBIAN_MIRROR"; fi
  "$here/build.sh" python "$@"
  for process in backend cli; do "$here/build.sh" custom --process "$process" --flavour native-python; done
fi

work=$(mktemp -d)
namespace=sealserve-python-$$
container='' server=''
stop() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" || true; fi
  server=
  if [ -n "$container" ]; then $BUILDAH rm "$container" >/dev/null; fi
  container=
}
leave() {
  stop
  ip netns delete "$namespace" || true
  rm -rf "$work"
}
trap leave EXIT
# Loopback, and no other network.
ip netns add "$namespace"
ip -n "$namespace" link set lo up
mkdir "$work/models" "$work/wheels"
PYTHONPATH=$packages "${SEALSERVE_PYTHON:-/usr/bin/python3}" "$here/python/make-archives.py" "$work"
cat >"$work/config.yaml" <<'TEXT'
modelStore: /models
mesh: null
listen: { port: 29000 }
operations: { port: 29001 }
python: { installDependencies: true, wheels: /wheels }
TEXT
chmod -R a+rX "$work"

# start PROCESS ARGUMENT…: the image's own command as uid 65532, with a read-only root, a tmpfs as /tmp, and no capability.
start() {
  image="localhost/sealserve-$1:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json" | head -n 1)-native-python"
  scratch=$work/$1
  shift
  container=$($BUILDAH from "$image")
  tree=$($BUILDAH mount "$container")
  variables=$($BUILDAH inspect --type image --format '{{range .OCIv1.Config.Env}}{{.}} {{end}}' "$image" | sed 's/PATH=[^ ]* //')
  mkdir -p "$scratch/tmp"
  : >"$scratch/resolv.conf"
  echo '127.0.0.1 localhost' >"$scratch/hosts"
  printf '%s\n' "$scratch/tmp /tmp rw" "$work/models /models ro" "$work/wheels /wheels ro" "$work/config.yaml /etc/sealserve/config.yaml ro" >"$scratch/mounts"
  # shellcheck disable=SC2016,SC2086
  ip netns exec "$namespace" unshare --mount --uts --propagation private env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin $variables sh -c '
    scratch=$1
    enter=$2
    tree=$3
    shift 3
    mount -t tmpfs -o size=64m,mode=1777 tmpfs "$scratch/tmp"
    exec "$enter" "$scratch" "$tree" 65532 65532 "$@"
  ' sh "$scratch" "$root/conformance/deploy/cluster/enter-container.sh" "$tree" /usr/bin/node /opt/sealserve/main.js "$@" >"$scratch/log" 2>&1 &
  server=$!
}

# expect WORDS CURL-ARGUMENT…: the answer holds the words, within a minute.
expect() {
  words=$1
  shift
  tries=0
  until answer=$(ip netns exec "$namespace" curl -sS --max-time 20 "$@" 2>/dev/null) && echo "$answer" | grep -F "$words"; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || { cat "$scratch/log" >&2; echo "the image answered: $answer" >&2; exit 1; }
    sleep 0.5
  done
}

row='{"inputs":[{"name":"data","datatype":"BYTES","shape":[1],"data":["[1,2,3]"]}]}'
start backend /etc/sealserve/config.yaml
expect 14.5 "http://127.0.0.1:29000/v2/models/linear/infer" -H 'content-type: application/json' --data "$row"
stop
start cli serve --model-store /models --host 127.0.0.1 --set python.installDependencies=true --set python.wheels=/wheels
expect 14.5 http://127.0.0.1:8080/predictions/linear -H 'content-type: application/json' --data '[1,2,3]'
expect 'from a wheel, read-only True, writes /tmp True, capabilities 0, user 65532, network lo' http://127.0.0.1:8080/predictions/installed --data x
stop
