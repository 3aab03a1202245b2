# The sealserve command, for operators and for checks of an installation.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs/sealserve/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "/opt/sealserve/main.js"]
CMD ["--help"]
