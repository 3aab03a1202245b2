// Settings that the processes of a mesh have in common: its certificates, the log, and the listener for the machine itself.
import { z } from "zod";
import { logLevelSetting, portSetting } from "./settings.ts";

/**
 * Where mesh certificates come from: from the key broker to which the process proves itself, or from PEM files, which are read again when they
 * change. Null: no TLS inside the mesh.
 */
export const meshSetting = z
  .union(
    [
      z.literal("key-broker"),
      z.strictObject({
        certificate: z.string().min(1),
        key: z.string().min(1),
        roots: z.string().min(1),
        trustDomain: z
          .string()
          .regex(/^[a-z0-9._-]{1,255}$/, { error: "lower-case letters, digits, '.', '_' and '-'" }),
      }),
    ],
    {
      error:
        'key-broker, or an object with "certificate", "key" and "roots", the paths of PEM files, and "trustDomain"',
    },
  )
  .nullable();

export type MeshSetting = z.infer<typeof meshSetting>;

export const logSetting = z
  .strictObject({
    level: logLevelSetting.default("info"),
    /** `auto`: text on a terminal, else JSON. */
    format: z.enum(["auto", "json", "pretty"]).default("auto"),
  })
  .prefault({});

/** Health and metrics: plaintext, so in a pod on its own address only with the policy of the network around it. */
export function operationsSetting(port: number) {
  return z.strictObject({ host: z.string().min(1).default("127.0.0.1"), port: portSetting.default(port) }).prefault({});
}
