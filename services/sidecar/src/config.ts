// The sidecar's configuration: whom it starts and asks, what it opens for it, and where it listens for whom.
import {
  byteSize,
  clientRootsSetting,
  duration,
  identitySetting,
  isLoopback,
  logSetting,
  operationsSetting,
  secretFile,
} from "@sealserve/server";
import { z } from "zod";
import { protocolNames } from "./door/protocol-paths.ts";

/** What goes there is not encrypted any more. */
const upstream = z.url().refine(isPlainLoopback, {
  error: "http://, an address of this machine and a port, such as http://127.0.0.1:8000",
});

export const sidecarConfig = z
  .strictObject({
    /** The program and its arguments; `{models}` in them is the folder of opened models. */
    command: z.array(z.string()).min(1),
    /** All that it is given beside PATH, HOME, TMPDIR, TEMP, TMP, LANG and SEALSERVE_MODELS; nothing of our own environment. */
    environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
    /** Where it listens for HTTP. */
    upstream,
    /** Where it listens for gRPC; null: no gRPC. */
    grpcUpstream: upstream.nullable().default(null),
    protocol: z.enum(protocolNames),
    /** Lets through the calls that change what is loaded, or tell what is going on inside. */
    management: z.boolean().default(false),
    /** A path of the upstream that answers 200 once it is ready; null: that of the protocol. */
    readinessPath: z.string().startsWith("/").nullable().default(null),
    /** A sealed directory, or a folder of sealed files and directories; null: nothing is opened. */
    repository: z.string().min(1).nullable().default(null),
    /** Merkle roots that a model may have, by its name; no other is opened. */
    roots: z
      .record(z.string(), z.array(z.string().regex(/^[0-9a-f]{64}$/, { error: "64 lower-case hex digits" })).min(1))
      .default({}),
    /** A folder on a memory file system; models are opened in a new one inside it. */
    memoryFolder: z.string().min(1).default("/dev/shm"),
    identity: identitySetting.default(null),
    host: z.string().min(1).default("127.0.0.1"),
    port: z.int({ error: "a port from 1 to 65535, or 0 for a free one" }).min(0).max(65_535).default(8443),
    tls: z
      .union([z.literal("self-signed"), z.strictObject({ cert: z.string().min(1), key: z.string().min(1) })], {
        error: 'self-signed, or an object with "cert" and "key", the paths of two PEM files',
      })
      .default("self-signed"),
    /** Who may call; whoever satisfies one of them. Neither: everybody. */
    authentication: z
      .strictObject({
        /** A file with the token that is sent as `Authorization: Bearer`. */
        tokenFile: secretFile.nullable().default(null),
        /** Clients with a certificate of these authorities need no token. */
        clientRoots: clientRootsSetting.nullable().default(null),
      })
      .prefault({}),
    /** A longer request body is refused with 413. */
    maxBodySize: byteSize.default(64 * 1024 * 1024),
    /** How long a command that was asked to stop may take. */
    stopGrace: duration.default(10_000),
    /** Health and metrics. */
    operations: operationsSetting(9003),
    drainDelay: duration.default(2_000),
    drainTimeout: duration.default(30_000),
    log: logSetting,
  })
  .superRefine(({ repository, identity }, context) => {
    if (repository === null || identity !== null) return;
    context.addIssue({ code: "custom", path: ["identity"], message: "who opens what lies in the repository" });
  });

export type SidecarConfig = z.infer<typeof sidecarConfig>;

function isPlainLoopback(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "http:" && url.pathname === "/" && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}
