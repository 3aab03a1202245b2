# The sidecar outside a TEE; a server's own image takes /opt/sealserve, /usr/bin/node and the libraries from it.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs/sidecar/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "/opt/sealserve/main.js"]
CMD ["/etc/sealserve/config.yaml"]
