#!/bin/sh
# Makes the secrets of compose.yaml in ./secrets, as root, once: what is there stays. `prepare.sh native`: the mesh certificates of
# compose.native.yaml instead of the key broker's secrets.
set -eu
cd "$(dirname -- "$0")"
sealserve=${SEALSERVE:-../../sealserve}
umask 077
mkdir -p secrets models

# missing FILE…: whether one of them has to be made
missing() {
  for file in "$@"; do [ -e "$file" ] || return 0; done
  return 1
}

if missing secrets/management-token; then openssl rand -hex 32 >secrets/management-token; fi
if [ "${1:-}" = native ]; then
  if missing secrets/mesh-authority.pem; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=sealserve-mesh \
      -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
      -keyout secrets/mesh-authority.key -out secrets/mesh-authority.pem 2>/dev/null
  fi
  for role in frontend backend; do
    missing "secrets/mesh-$role/certificate.pem" || continue
    "$sealserve" mesh issue --authority secrets/mesh-authority.pem --authority-key secrets/mesh-authority.key \
      --trust-domain sealserve.internal --role "$role" --out "secrets/mesh-$role"
  done
else
  # Keep a copy of the root key away from this machine: without it the broker's database cannot be read.
  if missing secrets/root.key; then openssl rand -hex 32 >secrets/root.key; fi
  if missing secrets/admin.key; then openssl genpkey -algorithm ed25519 -out secrets/admin.key; fi
  if missing secrets/admin.pub; then openssl pkey -in secrets/admin.key -pubout -out secrets/admin.pub; fi
  if missing secrets/broker.pem; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=key-broker \
      -addext "subjectAltName=DNS:key-broker,DNS:localhost,IP:127.0.0.1" \
      -keyout secrets/broker.key -out secrets/broker.pem 2>/dev/null
  fi
fi

# For the processes, which are uid 0 without any capability, or 65532, and for nobody else.
if [ "$(id -u)" = 0 ]; then
  chgrp -R 65532 secrets
  find secrets -type d -exec chmod 0750 {} +
  find secrets -type f -exec chmod 0440 {} +
  # Not for processes at all.
  for file in secrets/admin.key secrets/mesh-authority.key; do [ ! -e "$file" ] || chmod 0400 "$file"; done
fi
