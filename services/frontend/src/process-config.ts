// The configuration of the process that is nothing but a frontend.
import { duration, keyBrokerSetting, logSetting, meshSetting, operationsSetting } from "@sealserve/server";
import { z } from "zod";
import { backendsSetting, isGuarded } from "./backends-config.ts";
import { frontendShape } from "./config.ts";

export const frontendProcessConfig = z
  .strictObject({
    ...frontendShape,
    /** To whom the process proves itself; null: to nobody. */
    identity: z
      .strictObject({ keyBroker: keyBrokerSetting("frontend") })
      .nullable()
      .default(null),
    mesh: meshSetting.default("key-broker"),
    backends: backendsSetting,
    /** Where the desired state is kept: `postgres://…`, or the path of a SQLite file. Null: nowhere, and no call can change it. */
    state: z.string().min(1).nullable().default(null),
    /** Health and metrics. */
    operations: operationsSetting(9002),
    /** How long a stopping process says that it goes before it closes its door. */
    drainDelay: duration.default(2_000),
    log: logSetting,
  })
  .superRefine(({ mesh, identity, backends }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (mesh === "key-broker" && identity === null) {
      refuse(["mesh"], "null, the paths of PEM files, or key-broker beside identity.keyBroker");
    }
    // Its evidence tells clients that nobody else reads what they send: so nobody whom no one has judged may stand behind it.
    if (mesh !== "key-broker" && identity !== null) refuse(["mesh"], "key-broker where there is identity.keyBroker");
    if (!backends.insecurePlaintext && !backends.addresses.every(isGuarded)) {
      const message = "https, or http on this machine only (or anywhere with backends.insecurePlaintext: true)";
      refuse(["backends", "addresses"], message);
    }
  });

export type FrontendProcessConfig = z.infer<typeof frontendProcessConfig>;
