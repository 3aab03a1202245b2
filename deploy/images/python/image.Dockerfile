# The image of a process with Python beside it, for handlers in Python; entrypoint and user are those of the flavour's own image.
ARG FLAVOUR_IMAGE
ARG PYTHON_IMAGE

FROM ${PYTHON_IMAGE} AS python

FROM ${FLAVOUR_IMAGE}
ARG SOURCE_DATE_EPOCH
COPY --from=python /rootfs/python/ /
ENV PATH=/usr/bin SEALSERVE_PYTHON=/usr/bin/python3
USER 65532:65532
