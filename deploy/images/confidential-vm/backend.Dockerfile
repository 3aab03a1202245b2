# The backend inside a confidential VM (TDX, SEV-SNP): what is measured is the VM's image, of which this is a part.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS base

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=base /rootfs/backend/ /
# The files of the custom step: what was measured with the program.
COPY custom/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "--disable-sigusr1", "--initial-old-space-size=128", "/opt/sealserve/main.js"]
CMD ["/etc/sealserve/config.yaml"]
