// The setting of a frontend whose backends are processes of their own: where they are, how they are watched and judged.
import { duration, isLoopback } from "@sealserve/server";
import { z } from "zod";
import { parseBackendAddress } from "./discovery/backend-address.ts";
import { defaultRouterOptions as usual } from "./routing/router-options.ts";

const backendAddress = z.string().transform((text, context) => {
  if (parseBackendAddress(text)) return text;
  const message = "an origin such as https://10.0.0.7:9000, dns+https://NAME:PORT, or srv+https://_mesh._tcp.NAME";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** Whether requests reach the backend with this address encrypted, or without leaving this machine. */
export function isGuarded(address: string): boolean {
  const parsed = parseBackendAddress(address);
  if (parsed?.kind !== "origin") return parsed?.scheme === "https";
  const { protocol, hostname } = new URL(parsed.url);
  return protocol === "https:" || isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

/** Members are named as the options of the router, the discovery and the connections that they are given to. */
export const backendsSetting = z.strictObject({
  addresses: z.array(backendAddress).min(1),
  /** Allows plain http to hosts outside loopback: whoever is in between reads every request and answer. */
  insecurePlaintext: z.boolean().default(false),
  /** Name servers as ADDRESS or ADDRESS:PORT; none: the system's. */
  nameServers: z.array(z.string().min(1)).default([]),
  lookupInterval: duration.default(5_000),
  /** How long the last answer of a name server holds where there is no new one. */
  lookupKeep: duration.default(300_000),
  reportInterval: duration.default(usual.reportInterval),
  reportTimeout: duration.default(usual.reportTimeout),
  silenceLimit: duration.default(usual.silenceLimit),
  maxFailures: z.int().min(1).default(usual.maxFailures),
  maxMissed: z.int().min(1).default(usual.maxMissed),
  ejection: duration.default(usual.ejection),
  longestEjection: duration.default(usual.longestEjection),
  /** To one backend; requests beyond wait for one. */
  maxConnections: z.int().min(1).default(256),
  connectTimeout: duration.default(5_000),
});
