// The configuration of `serve`: a frontend's and a backend's in one file.
import { backendShape, fetchingShape } from "@sealserve/backend";
import { frontendShape } from "@sealserve/frontend";
import { logLevelSetting } from "@sealserve/server";
import { z } from "zod";

export const serveConfig = z.strictObject({
  ...frontendShape,
  ...backendShape,
  ...fetchingShape,
  /** Where what management calls changed is kept: the path of a SQLite file, or `postgres://…`. Null: until the process ends. */
  state: z.string().min(1).nullable().default(null),
  log: z
    .strictObject({
      level: logLevelSetting.default("info"),
      /** `auto`: text on a terminal, else JSON. */
      format: z.enum(["auto", "json", "pretty"]).default("auto"),
    })
    .prefault({}),
});

export type ServeConfig = z.infer<typeof serveConfig>;
