#!/bin/sh
# Inside the build of an SGX image: renders the manifest, refuses an unsafe one, signs it, and gathers in /final what the image holds.
# usage: sign-enclave.sh PROCESS; the key is /run/secrets/enclave-key.pem, the rest comes from the build's arguments.
set -eu
process=$1
: "${ISV_SVN:?}" "${ISV_PROD_ID:?}" "${ENCLAVE_SIZE:?}" "${MAX_THREADS:?}" "${EDMM:?}" "${SOURCE_DATE_EPOCH:?}"

runtime=$(python3 -c 'from graminelibos import _CONFIG_PKGLIBDIR as folder; print(folder)')
tree=/rootfs/$process
mkdir -p /enclave /etc/sealserve
# Into the tree goes what belongs to the program, such as measured-environment.json; the rest lies where the pod has it, and is measured too.
if [ -d /custom/opt ]; then cp -R /custom/opt/. "$tree/opt/"; fi
if [ -d /custom/etc/sealserve ]; then cp -R /custom/etc/sealserve/. /etc/sealserve/; fi
chmod -R a+rX,go-w "$tree/opt" /etc/sealserve

cd /enclave
gramine-manifest \
  -Dprocess="$process" -Dtree="$tree" \
  -Disv_svn="$ISV_SVN" -Disv_prod_id="$ISV_PROD_ID" \
  -Denclave_size="$ENCLAVE_SIZE" -Dmax_threads="$MAX_THREADS" -Dedmm="$EDMM" \
  /opt/gramine/sealserve.manifest.template "$process.manifest"
lint() {
  /rootfs/sealserve/usr/bin/node /rootfs/sealserve/opt/sealserve/main.js manifest lint "$1" \
    --allow-data /models --allow-host-secrets /run/secrets
}
lint "$process.manifest"
gramine-sgx-sign --key /run/secrets/enclave-key.pem --manifest "$process.manifest" --output "$process.manifest.sgx"
lint "$process.manifest.sgx"

# The image: the enclave, its files, Gramine's runtime inside and its loader outside with the libraries that the loader needs.
final=/final
mkdir -p "$final/enclave" "$final/rootfs" "$final/etc/sealserve" "$final/tmp" "$final/models" "$final/run/secrets" "$final/opt/gramine"
cp "$process.manifest.sgx" "$process.sig" "$final/enclave/"
cp -R "$tree" "$final/rootfs/"
cp -R /etc/sealserve/. "$final/etc/sealserve/"
mkdir -p "$final$runtime"
cp -R "$runtime/." "$final$runtime/"
cp "$runtime/sgx/loader" "$runtime/sgx/libpal.so" "$final/opt/gramine/"
ldd "$runtime/sgx/loader" | sed -n 's/.*\(\/[^ ]*\) (0x.*/\1/p' | while read -r library; do
  mkdir -p "$final$(dirname "$library")"
  cp -L "$library" "$final$library"
done
cp "$tree/etc/passwd" "$tree/etc/group" "$tree/etc/nsswitch.conf" "$final/etc/"
find "$final" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
