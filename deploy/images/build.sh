#!/bin/sh
# Builds images in two steps: the bases, which are the same for everybody, and custom images out of them, which are yours.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

usage() {
  cat >&2 <<'TEXT'
usage: build.sh base --node-image IMAGE@sha256:… [--gramine-image IMAGE@sha256:…]
       build.sh python --node-image IMAGE@sha256:… [--wheels DIR]
       build.sh custom --process PROCESS --flavour FLAVOUR [--custom DIR] [--key enclave-key.pem]

base      the file trees of all processes; with --gramine-image also what SGX images are made of
python    Python with PyTorch and TorchServe's worker, for the flavours that end with -python
custom    the image of one process: frontend, backend, key-broker, sidecar, or cli (native only)
          flavours: native, tdx, snp, sgx; for handlers in Python native-python, tdx-python, snp-python (backend, cli)

  --registry NAME    before the images' names, such as registry.example/team
  --tag TAG          default: the version; the flavour is added
  --npmrc FILE       base: how npm reaches its registry, as a build secret
  --pip-config FILE  python: how pip reaches its index (pip.conf), as a build secret
  --wheels DIR       python: the files that deploy/images/python/requirements.txt names; pip then asks nobody
  --debian-mirror URL
                     python: where Debian's packages come from, such as a day of snapshot.debian.org
  --custom DIR       files to measure with the program, as they lie in the image: etc/sealserve/config.yaml (needed for sgx)
  --key FILE         sgx: signs the enclave; make it with: openssl genrsa -3 -out enclave-key.pem 3072
  --enclave-size, --max-threads, --isv-prod-id, --edmm true
                     sgx: of the manifest
  --tenant, --model, --broker
                     sgx: for the command that is printed at the end
  --reference FILE   sgx: where the reference value is written (default: PROCESS-VERSION.reference.yaml)
TEXT
  exit 2
}

fail() {
  echo "build.sh: $1" >&2
  exit 1
}

. "$here/engine.sh"
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json" | head -n 1)
[ $# -gt 0 ] || usage
step=$1
shift
node_image='' gramine_image='' process='' flavour='' custom='' key='' registry='' tag=$version npmrc='' reference='' pip_config='' wheels='' debian_mirror=''
enclave_size='' max_threads='' isv_prod_id='' edmm='' tenant=default model='' broker=https://localhost:8441
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --node-image) node_image=$2 ;;
    --gramine-image) gramine_image=$2 ;;
    --process) process=$2 ;;
    --flavour) flavour=$2 ;;
    --custom) custom=$2 ;;
    --key) key=$2 ;;
    --registry) registry=${2%/}/ ;;
    --tag) tag=$2 ;;
    --npmrc) npmrc=$2 ;;
    --pip-config) pip_config=$2 ;;
    --wheels) wheels=$2 ;;
    --debian-mirror) debian_mirror=$2 ;;
    --reference) reference=$2 ;;
    --enclave-size) enclave_size=$2 ;;
    --max-threads) max_threads=$2 ;;
    --isv-prod-id) isv_prod_id=$2 ;;
    --edmm) edmm=$2 ;;
    --tenant) tenant=$2 ;;
    --model) model=$2 ;;
    --broker) broker=$2 ;;
    *) usage ;;
  esac
  shift 2
done
base=${registry:-localhost/}sealserve-base:$tag
gramine_base=${registry:-localhost/}sealserve-gramine-base:$tag
python_base=${registry:-localhost/}sealserve-python-base:$tag

pinned() {
  echo "$2" | grep -Eq '@sha256:[0-9a-f]{64}$' || fail "$1 must name an image by digest (NAME@sha256:…), found '$2': a tag can become another image"
}

build_base() {
  pinned --node-image "$node_image"
  set --
  if [ -n "$npmrc" ]; then set -- --secret "id=npmrc,src=$npmrc"; fi
  build_image "$base" "$here/base/Dockerfile" "$root" --build-arg "NODE_IMAGE=$node_image" "$@"
  echo "$base@$(image_digest "$base")"
  [ -n "$gramine_image" ] || return 0
  pinned --gramine-image "$gramine_image"
  build_image "$gramine_base" "$here/gramine/base.Dockerfile" "$root" \
    --build-arg "GRAMINE_IMAGE=$gramine_image" --build-arg "BASE_IMAGE=$base"
  echo "$gramine_base@$(image_digest "$gramine_base")"
}

# A context of its own: what is changed elsewhere in the repository builds nothing anew.
build_python() {
  pinned --node-image "$node_image"
  context=$(mktemp -d)
  trap 'rm -rf "$context"' EXIT
  mkdir -p "$context/deploy/images" "$context/tools" "$context/wheels"
  cp -R "$here/layout" "$here/python" "$context/deploy/images/"
  cp "$root/package.json" "$context/"
  cp "$root/tools/software-bill.ts" "$context/tools/"
  if [ -n "$wheels" ]; then cp "$wheels"/*.whl "$context/wheels/" || fail "--wheels names $wheels, where no wheel is"; fi
  set --
  if [ -n "$pip_config" ]; then set -- --secret "id=pipconf,src=$pip_config"; fi
  build_image "$python_base" "$here/python/base.Dockerfile" "$context" \
    --build-arg "NODE_IMAGE=$node_image" --build-arg "DEBIAN_MIRROR=$debian_mirror" "$@"
  echo "$python_base@$(image_digest "$python_base")"
}

build_custom() {
  case $flavour in
    native | native-python) folder=native ;;
    tdx | snp | tdx-python | snp-python) folder=confidential-vm ;;
    sgx) folder=gramine ;;
    sgx-python) fail "there is no sgx image with Python: an enclave starts no other program; build it for tdx or snp" ;;
    *) usage ;;
  esac
  case $flavour/$process in
    *-python/backend | *-python/cli) ;;
    *-python/*) fail "there is no image of '$process' with Python: handlers run in a backend, or in the command (cli)" ;;
    sgx/key-broker) fail "there is no sgx image of 'key-broker': the host would know its root key; build it for tdx or snp, or native for a machine of the keys' owner" ;;
    sgx/sidecar) fail "there is no sgx image of 'sidecar': it starts another program as a process, which an enclave does not; build it for tdx or snp" ;;
  esac
  file=$here/$folder/$process.Dockerfile
  [ -f "$file" ] || fail "there is no $flavour image of '$process': see deploy/images/$folder"
  image=${registry:-localhost/}sealserve-$process:$tag-$flavour
  context=$(mktemp -d)
  trap 'rm -rf "$context"' EXIT
  mkdir "$context/custom"
  if [ -n "$custom" ]; then cp -R "$custom/." "$context/custom/"; fi
  case $flavour in
    sgx) build_enclave ;;
    *-python) build_with_python ;;
    *) build_plain "$image" ;;
  esac
}

build_plain() {
  build_image "$1" "$file" "$context" --build-arg "BASE_IMAGE=$base"
  echo "$1@$(image_digest "$1")"
}

# Over the image of the same flavour without Python, which is built first.
build_with_python() {
  build_plain "${image%-python}"
  build_image "$image" "$here/python/image.Dockerfile" "$context" \
    --build-arg "FLAVOUR_IMAGE=${image%-python}" --build-arg "PYTHON_IMAGE=$python_base"
  echo "$image@$(image_digest "$image")"
}

build_enclave() {
  [ -f "$key" ] || fail "--key must name the key that signs your enclaves: openssl genrsa -3 -out enclave-key.pem 3072"
  [ -f "$context/custom/etc/sealserve/config.yaml" ] || fail "--custom must hold etc/sealserve/config.yaml: in an enclave the configuration is measured"
  svn=$("$root/sealserve" manifest svn "$version")
  set -- --build-arg "GRAMINE_BASE_IMAGE=$gramine_base" --build-arg "ISV_SVN=$svn" --secret "id=enclave-key,src=$key"
  [ -z "$enclave_size" ] || set -- "$@" --build-arg "ENCLAVE_SIZE=$enclave_size"
  [ -z "$max_threads" ] || set -- "$@" --build-arg "MAX_THREADS=$max_threads"
  [ -z "$isv_prod_id" ] || set -- "$@" --build-arg "ISV_PROD_ID=$isv_prod_id"
  [ -z "$edmm" ] || set -- "$@" --build-arg "EDMM=$edmm"
  build_image "$image" "$file" "$context" "$@"
  copy_from_image "$image" "/enclave/$process.sig" "$context/enclave.sig"
  "$root/sealserve" enclave inspect "$context/enclave.sig" --json >"$context/enclave.json" ||
    fail "the signature of the enclave is not sound"
  field() { sed -n "s/^  \"$1\": \"\([0-9a-f]\{64\}\)\",\$/\1/p" "$context/enclave.json"; }
  reference=${reference:-$process-$tag.reference.yaml}
  printf 'tee: sgx\nname: %s %s\nmrEnclave: ["%s"]\n' "$process" "$tag" "$(field mrEnclave)" >"$reference"
  echo "$image@$(image_digest "$image")"
  echo "mr_enclave: $(field mrEnclave)"
  echo "mr_signer: $(field mrSigner)"
  echo "sealserve reference add $reference --tenant $tenant --model ${model:-$process} --broker $broker --admin-key admin.pem"
}

case $step in
  base) build_base ;;
  python) build_python ;;
  custom) build_custom ;;
  *) usage ;;
esac
