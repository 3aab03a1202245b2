# The sidecar inside a confidential VM (TDX, SEV-SNP).
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs/sidecar/ /
COPY custom/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "--disable-sigusr1", "/opt/sealserve/main.js"]
CMD ["/etc/sealserve/config.yaml"]
