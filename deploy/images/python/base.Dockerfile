# The base of images with Python: interpreter, PyTorch, TorchServe's worker and their libraries, as a tree under /rootfs.
# The same image by digest as the other base is built in: of Debian, since its packages are taken.
ARG NODE_IMAGE

FROM ${NODE_IMAGE} AS build
ARG SOURCE_DATE_EPOCH
ARG DEBIAN_MIRROR
WORKDIR /src
COPY . .
# Debian signs its packages, and requirements.txt pins the other by its digest. A mirror of PyPI is named in the secret pipconf.
RUN --mount=type=secret,id=pipconf,target=/etc/pip.conf,required=false \
    DEBIAN_MIRROR=${DEBIAN_MIRROR} deploy/images/python/install.sh /src/wheels
RUN SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} node deploy/images/layout/python.ts --out /rootfs/python

FROM scratch
COPY --from=build /rootfs /rootfs
USER 65532:65532
