// The frontend's configuration: where it listens, for which protocols, under which limits.
import {
  addressSetting,
  byteSize,
  clientRootsSetting,
  duration,
  secretFile,
  sequenceHeadersSetting,
  tlsSetting,
} from "@sealserve/server";
import { z } from "zod";
import { torchserveSetting } from "./torchserve/torchserve-config.ts";

/** Each protocol at the ports where its clients look for it. */
const protocols = z
  .strictObject({
    torchserve: torchserveSetting,
    openInference: z
      .strictObject({ http: addressSetting.default(8000), metrics: addressSetting.default(8002) })
      .prefault({}),
    tensorflowServing: z.strictObject({ rest: addressSetting.default(8501) }).prefault({}),
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
      /** `auto`: on loopback, or where tokens or certificates protect them; `open`: whoever comes may make them. */
      changes: z.union([z.enum(["auto", "open"]), z.boolean()]).default("auto"),
      /** A file with the token that is sent as `Authorization: Bearer`. */
      tokenFile: secretFile.nullable().default(null),
      /** Clients with a certificate of these authorities need no token. */
      clientRoots: clientRootsSetting.nullable().default(null),
      /** How long a call that waits for its change waits. */
      timeout: duration.default(120_000),
    })
    .prefault({}),
  /** What requests of sequences over gRPC are called in the headers that handlers see. */
  sequenceHeaders: sequenceHeadersSetting,
  /** A longer request body is refused with 413 before it is read whole. */
  maxBodySize: byteSize.default(64 * 1024 * 1024),
  /** How long a stopping server waits for what is in flight. */
  drainTimeout: duration.default(30_000),
};

export const frontendConfig = z.strictObject(frontendShape);
export type FrontendConfig = z.infer<typeof frontendConfig>;
