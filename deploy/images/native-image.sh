#!/bin/sh
# Builds the native images for real, and makes one prediction with the backend's: `make image`. Needs root and buildah; without NODE_IMAGE also
# debootstrap. It takes some minutes, and downloads Debian's and npm's packages.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
ENGINE=buildah
: "${BUILDAH:=buildah --storage-driver vfs}" "${BUILD_FLAGS:=--isolation chroot --network host}"
export ENGINE BUILDAH BUILD_FLAGS
. "$here/engine.sh"
command -v buildah >/dev/null 2>&1 || { echo "install buildah and debootstrap first: apt-get install buildah debootstrap" >&2; exit 1; }

node_image=${NODE_IMAGE:-$("$here/debian-base.sh" localhost/sealserve-debian:bookworm | tail -n 1)}
set -- --node-image "$node_image"
if [ -n "${NPMRC:-}" ]; then set -- "$@" --npmrc "$NPMRC"; fi
"$here/build.sh" base "$@"
for process in frontend backend key-broker sidecar cli; do
  "$here/build.sh" custom --process "$process" --flavour native
done

# One prediction, in the backend's image as nobody.
work=$(mktemp -d)
container=$($BUILDAH from "localhost/sealserve-backend:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json" | head -n 1)-native")
server=
stop() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" || true; fi
  $BUILDAH rm "$container" >/dev/null
  rm -rf "$work"
}
trap stop EXIT
mkdir "$work/models"
node --eval '
  const [module, file] = process.argv.slice(1);
  import(module).then(({ addModel }) => require("node:fs").writeFileSync(file, addModel()));
' "$root/conformance/fixtures/onnx-model.ts" "$work/models/add.onnx"
printf 'modelStore: /models\nmesh: null\nlisten: { port: 29000 }\noperations: { port: 29001 }\n' >"$work/config.yaml"
chmod -R a+rX "$work"
# shellcheck disable=SC2086
$BUILDAH run --isolation chroot --network host --user 65532:65532 \
  --volume "$work/models:/models:ro" --volume "$work/config.yaml:/etc/sealserve/config.yaml:ro" "$container" -- \
  /usr/bin/node --initial-old-space-size=128 /opt/sealserve/main.js /etc/sealserve/config.yaml >"$work/log" 2>&1 &
server=$!
tensor='"datatype":"FP32","shape":[1,4],"data":[1,2,3,4]'
tries=0
until answer=$(curl -fsS "http://127.0.0.1:29000/v2/models/add/infer" -H 'content-type: application/json' \
  --data "{\"inputs\":[{\"name\":\"a\",$tensor},{\"name\":\"b\",$tensor}]}" 2>/dev/null); do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { cat "$work/log" >&2; exit 1; }
  sleep 0.2
done
echo "$answer" | grep -F '[2.0,4.0,6.0,8.0]' || { echo "the image answered: $answer" >&2; exit 1; }
