# The frontend outside a TEE.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs/frontend/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "--initial-old-space-size=128", "/opt/sealserve/main.js"]
CMD ["/etc/sealserve/config.yaml"]
