# The base of SGX images: Gramine's tools beside the file trees of the processes.
# Gramine 1.8 or later by digest, such as docker.io/gramineproject/gramine:1.8-jammy@sha256:…: from 1.7 on eventfd needs no insecure option.
ARG GRAMINE_IMAGE
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM ${GRAMINE_IMAGE}
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs /rootfs
COPY deploy/images/gramine/sealserve.manifest.template deploy/images/gramine/sign-enclave.sh /opt/gramine/
USER 65532:65532
