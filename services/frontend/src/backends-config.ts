// The settings of a frontend whose backends are processes of their own: where they are, how they are watched and judged.
import { duration } from "@sealserve/server";
import { z } from "zod";
import { type BackendAddress, parseBackendAddress } from "./discovery/backend-address.ts";
import { defaultRouterOptions as usual } from "./routing/router-options.ts";

const backendAddress = z.string().transform((text, context): BackendAddress => {
  const address = parseBackendAddress(text);
  if (address) return address;
  const expected = "https://HOST:PORT, dns+https://NAME:PORT or srv+https://_SERVICE._tcp.NAME, or the same with http";
  context.addIssue({ code: "custom", message: `expected ${expected}` });
  return z.NEVER;
});

export const backendsShape = {
  backends: z.array(backendAddress).min(1),
  discovery: z
    .strictObject({
      /** Name servers as ADDRESS or ADDRESS:PORT; none: the system's. */
      servers: z.array(z.string().min(1)).default([]),
      interval: duration.default(5_000),
      timeout: duration.default(5_000),
      /** How long the last answer holds where there is no new one. */
      keep: duration.default(300_000),
    })
    .prefault({}),
  routing: z
    .strictObject({
      reportInterval: duration.default(usual.reportInterval),
      reportTimeout: duration.default(usual.reportTimeout),
      silenceLimit: duration.default(usual.silenceLimit),
      maxFailures: z.int().min(1).default(usual.maxFailures),
      maxMissed: z.int().min(1).default(usual.maxMissed),
      ejection: duration.default(usual.ejection),
      longestEjection: duration.default(usual.longestEjection),
      /** Connections to one backend; requests beyond wait for one. */
      maxConnections: z.int().min(1).default(256),
      connectTimeout: duration.default(5_000),
    })
    .prefault({}),
};
