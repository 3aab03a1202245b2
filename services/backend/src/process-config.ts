// The configuration of the process that is nothing but a backend.
import { byteSize, duration, logSetting, meshSetting, operationsSetting, portSetting } from "@sealserve/server";
import { z } from "zod";
import { backendShape } from "./config.ts";
import { fetchingShape } from "./fetching/config.ts";

export const backendProcessConfig = z
  .strictObject({
    ...backendShape,
    ...fetchingShape,
    mesh: meshSetting.default("key-broker"),
    /** For frontends: inference and the mesh's own calls. */
    listen: z
      .strictObject({
        host: z.string().min(1).default("127.0.0.1"),
        port: portSetting.default(9000),
        /** Allows a host outside loopback where `mesh` is null. */
        insecurePlaintext: z.boolean().default(false),
      })
      .prefault({}),
    /** Health and metrics. */
    operations: operationsSetting(9001),
    /** A longer request body is refused with 413 before it is read whole. */
    maxBodySize: byteSize.default(256 * 1024 * 1024),
    /** How long a stopping process says that it goes before it closes its door. */
    drainDelay: duration.default(2_000),
    /** How long it then waits for what is in flight. */
    drainTimeout: duration.default(30_000),
    log: logSetting,
  })
  .superRefine(({ mesh, identity }, context) => {
    if (mesh !== "key-broker" || (identity !== null && "keyBroker" in identity)) return;
    const message = "null, the paths of PEM files, or key-broker beside identity.keyBroker";
    context.addIssue({ code: "custom", path: ["mesh"], message });
  });

export type BackendProcessConfig = z.infer<typeof backendProcessConfig>;
