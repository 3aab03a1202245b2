// The frontend's configuration: where it listens, for which protocols, under which limits.
import { byteSize, duration, portSetting, tlsSetting } from "@sealserve/server";
import { z } from "zod";

/** Each protocol at the ports where its clients look for it. */
const protocols = z
  .strictObject({
    torchserve: z
      .strictObject({
        inference: portSetting.default(8080),
        management: portSetting.default(8081),
        metrics: portSetting.default(8082),
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
  /** A longer request body is refused with 413 before it is read whole. */
  maxBodySize: byteSize.default(64 * 1024 * 1024),
  /** How long a stopping server waits for what is in flight. */
  drainTimeout: duration.default(30_000),
};

export const frontendConfig = z.strictObject(frontendShape);
export type FrontendConfig = z.infer<typeof frontendConfig>;
