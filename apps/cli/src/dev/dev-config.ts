// The configuration of `dev`: that of `serve`, with a key broker beside it; who opens sealed models is settled.
import { portSetting, tlsSetting } from "@sealserve/server";
import { z } from "zod";
import { serveConfig } from "../serve-config.ts";

export const devConfig = serveConfig.omit({ identity: true }).extend({
  tls: tlsSetting.default("self-signed"),
  keyBroker: z
    .strictObject({
      listen: portSetting.default(8440),
      admin: portSetting.default(8441),
      operations: portSetting.default(8442),
    })
    .prefault({}),
});

export type DevConfig = z.infer<typeof devConfig>;
