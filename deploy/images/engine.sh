# Sourced: one way to build with buildah and with docker. BUILDAH and BUILD_FLAGS can add to the command, such as
# BUILDAH="buildah --storage-driver vfs" BUILD_FLAGS="--isolation chroot".
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
: "${SOURCE_DATE_EPOCH:=$(git -C "$root" log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
if [ -z "${ENGINE:-}" ]; then
  if command -v buildah >/dev/null 2>&1; then ENGINE=buildah; else ENGINE=docker; fi
fi
BUILDAH=${BUILDAH:-buildah}
BUILD_FLAGS=${BUILD_FLAGS:-}

# build_image NAME DOCKERFILE CONTEXT [FLAG…]: no time stamp but SOURCE_DATE_EPOCH gets into the image.
build_image() {
  _name=$1
  _file=$2
  _context=$3
  shift 3
  # Flags are words of their own, and so are those of BUILDAH.
  # shellcheck disable=SC2086
  if [ "$ENGINE" = buildah ]; then
    $BUILDAH build $BUILD_FLAGS --format oci --timestamp "$SOURCE_DATE_EPOCH" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
      "$@" --file "$_file" --tag "$_name" "$_context" >&2
  else
    docker buildx build $BUILD_FLAGS --provenance=false --output "type=docker,name=$_name,rewrite-timestamp=true" \
      --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "$@" --file "$_file" "$_context" >&2
  fi
}

image_digest() {
  if [ "$ENGINE" = buildah ]; then
    $BUILDAH inspect --type image --format '{{.FromImageDigest}}' "$1"
  else
    docker image inspect --format '{{.Id}}' "$1"
  fi
}

# copy_from_image NAME PATH TARGET
copy_from_image() {
  if [ "$ENGINE" = buildah ]; then
    _container=$($BUILDAH from "$1")
    cp "$($BUILDAH mount "$_container")$2" "$3"
    $BUILDAH rm "$_container" >/dev/null
  else
    _container=$(docker create "$1" none)
    docker cp "$_container:$2" "$3" >&2
    docker rm "$_container" >/dev/null
  fi
}
