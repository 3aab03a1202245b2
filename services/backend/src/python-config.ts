// How Python handlers run: which interpreter, what reaches it, and what it may take.
import { byteSize, duration } from "@sealserve/server";
import { z } from "zod";

const limit = z.int().min(1).nullable().default(null);
/** The two above it stand for nobody and for no change (credentials(7), chown(2)). */
const highestUser = 2 ** 32 - 3;
const pattern = z.string().refine(isPattern, { error: "a regular expression" });

export const pythonSetting = z
  .strictObject({
    interpreter: z.string().min(1).nullable().default(null),
    startTimeout: duration.default(120_000),
    environmentDeny: z.array(pattern).default([]),
    installDependencies: z.boolean().default(false),
    wheels: z.string().startsWith("/", { error: "an absolute path" }).nullable().default(null),
    directRequirements: z.boolean().default(false),
    /** Each loaded version with a Python handler runs as one of these users, which is a group, too; null: as the server's. */
    users: z
      .strictObject({
        from: z.int().min(1000).max(highestUser),
        count: z.int().min(1).max(65_536).default(1000),
      })
      .refine(({ from, count }) => from + count - 1 <= highestUser, {
        error: `numbers of at most ${highestUser}, the last one, too`,
      })
      .nullable()
      .default(null),
    limits: z
      .strictObject({
        memory: byteSize.nullable().default(null),
        processes: limit,
        files: limit,
        cpuSeconds: limit,
      })
      .prefault({}),
    decodeInputRequest: z.boolean().default(true),
    metricsConfig: z.string().startsWith("/", { error: "an absolute path" }).nullable().default(null),
    maxResponseSize: byteSize.default(6_553_500),
    limitMaxImagePixels: z.boolean().default(true),
    serviceEnvelope: z.string().min(1).nullable().default(null),
    /** The handler of archives that name none; null: they are refused. */
    defaultServiceHandler: z.string().min(1).nullable().default(null),
  })
  .prefault({});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
