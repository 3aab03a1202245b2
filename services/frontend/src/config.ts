// The frontend's configuration: where it listens, for which protocols, under which limits.
import { byteSize, clientRootsSetting, duration, portSetting, secretFile, tlsSetting } from "@sealserve/server";
import { z } from "zod";

/** Each protocol at the ports where its clients look for it. */
const protocols = z
  .strictObject({
    torchserve: z
      .strictObject({
        inference: portSetting.default(8080),
        management: portSetting.default(8081),
        metrics: portSetting.default(8082),
        grpcInference: portSetting.default(7070),
        grpcManagement: portSetting.default(7071),
      })
      .prefault({}),
    openInference: z.strictObject({ http: portSetting.default(8000), metrics: portSetting.default(8002) }).prefault({}),
    tensorflowServing: z.strictObject({ rest: portSetting.default(8501) }).prefault({}),
  })
  .prefault({});

export const frontendShape = {
  host: z.string().min(1).default("127.0.0.1"),
  tls: tlsSetting.default(null),
  /** Allows a host outside loopback without TLS. */
  insecurePlaintext: z.boolean().default(false),
  protocols,
  /** Calls that change what is loaded: of TorchServe's management API, and Triton's load and unload. */
  management: z
    .strictObject({
      /** `auto`: on loopback, or where a token or certificates protect them. */
      changes: z.union([z.literal("auto"), z.boolean()]).default("auto"),
      /** A file with the token that is sent as `Authorization: Bearer`. */
      tokenFile: secretFile.nullable().default(null),
      /** Clients with a certificate of these authorities need no token. */
      clientRoots: clientRootsSetting.nullable().default(null),
      /** How long a call that waits for its change waits. */
      timeout: duration.default(120_000),
    })
    .prefault({}),
  /** A longer request body is refused with 413 before it is read whole. */
  maxBodySize: byteSize.default(64 * 1024 * 1024),
  /** How long a stopping server waits for what is in flight. */
  drainTimeout: duration.default(30_000),
};

export const frontendConfig = z.strictObject(frontendShape);
export type FrontendConfig = z.infer<typeof frontendConfig>;
