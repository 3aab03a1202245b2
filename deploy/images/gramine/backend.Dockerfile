# The backend in an SGX enclave that Gramine runs: the custom step adds the configuration, which is measured, and signs with the owner's key.
ARG GRAMINE_BASE_IMAGE

FROM ${GRAMINE_BASE_IMAGE} AS sign
ARG SOURCE_DATE_EPOCH
ARG ISV_SVN
ARG ISV_PROD_ID=1
ARG ENCLAVE_SIZE=4G
ARG MAX_THREADS=64
ARG EDMM=false
USER 0:0
COPY custom/ /custom/
# The key is there for this one command; no layer keeps it, and nothing of this stage but /final goes into the image.
RUN --mount=type=secret,id=enclave-key,target=/run/secrets/enclave-key.pem,required=true \
    /opt/gramine/sign-enclave.sh backend

FROM scratch
ARG SOURCE_DATE_EPOCH
COPY --from=sign /final/ /
USER 65532:65532
WORKDIR /enclave
# What gramine-sgx does, without its shell. The enclave takes neither arguments nor environment from here.
ENTRYPOINT ["/opt/gramine/loader", "/opt/gramine/libpal.so", "init", "backend"]
