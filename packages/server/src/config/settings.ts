// Settings that several processes have: ports, durations, sizes, levels, TLS, authorities and secret files.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { isUnixAddress } from "../listener/listen-address.ts";
import type { ClientRoots } from "../listener/listener-options.ts";
import { logLevels } from "../logger/logger.ts";
import { Secret } from "./secret.ts";

const pemStart = "-----BEGIN ";

/** A number, or `false` for a listener that is switched off. */
export const portSetting = z.union([z.literal(false), z.int().min(0).max(65_535)], {
  error: "a port from 1 to 65535, 0 for a free one, or false to switch the listener off",
});

const anAddress =
  'a port from 1 to 65535, 0 for a free one, an object with "port" and where they differ "host" and "tls", unix:/PATH, or false to switch the listener off';

/** `ListenAddress`: a port of the process's host, another host and port, a socket in the file system, or `false`. */
export const addressSetting = z.union(
  [
    z.literal(false),
    z.int().min(0).max(65_535),
    z.strictObject({
      host: z.string().min(1).optional(),
      port: z.int().min(0).max(65_535),
      /** False: plaintext, also where `tls` is set. */
      tls: z.boolean().optional(),
    }),
    // Of a text that is none the schema tells this option's own fault.
    z.string().refine(isUnixAddress, { error: anAddress }),
  ],
  { error: anAddress },
);

/** Milliseconds; written as a number of them or as a text with its unit. */
export const duration = quantity(
  { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
  'a duration such as "30s", "100ms" or "5m", or a number of milliseconds',
);

/** Bytes; written as a number of them or as a text with its unit. */
export const byteSize = quantity(
  { B: 1, kB: 1_000, MB: 1_000_000, GB: 1_000_000_000, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  'a size such as "64MiB" or "100kB", or a number of bytes',
);

export const logLevelSetting = z.enum(logLevels);

/** `TlsOptions` or null. */
export const tlsSetting = z
  .union(
    [
      z.literal("self-signed"),
      z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }),
      z.strictObject({ keystore: z.string().min(1), password: z.string().transform(secretText) }),
    ],
    {
      error:
        'self-signed, an object with "cert" and "key", the paths of two PEM files, or one with "keystore", the path of a PKCS 12 file, and its "password"',
    },
  )
  .nullable();

/** The path of a file, read as a `Secret`. A fault never shows what was found: somebody may have put the secret itself there. */
export const secretFile = z.string().transform((path, context) => {
  try {
    return new Secret(readFileSync(path), path);
  } catch {
    context.addIssue({ code: "custom", message: "the path of a readable file", params: { hidden: true } });
    return z.NEVER;
  }
});

/**
 * Certificates of authorities in PEM, or the path of a file of them. Read at once, so that what is printed of a configuration, and a digest of
 * that, hold the certificates and not a path.
 */
export const rootsSetting = z
  .string()
  .min(1)
  .transform((written, context) => {
    const roots = readRoots(written);
    if (roots.length > 0) return roots.map((root) => `${root}\n`).join("");
    context.addIssue({ code: "custom", message: "the path of a readable PEM file of certificates, or their text" });
    return z.NEVER;
  });

/** As `rootsSetting`; the path is remembered, so that a listener can read the file again when it changes. It prints as the certificates. */
export const clientRootsSetting = z.string().transform((written, context): PrintedRoots => {
  const read = rootsSetting.safeParse(written);
  if (read.success) return new PrintedRoots(read.data, written.startsWith(pemStart) ? [] : [written]);
  for (const { message } of read.error.issues) context.addIssue({ code: "custom", message });
  return z.NEVER;
});

function secretText(text: string): Secret {
  return new Secret(Buffer.from(text));
}

class PrintedRoots implements ClientRoots {
  readonly pem: string;
  readonly files: readonly string[];

  constructor(pem: string, files: readonly string[]) {
    this.pem = pem;
    this.files = files;
  }

  toJSON(): string {
    return this.pem;
  }
}

/** Empty where there is none, or one that cannot be read. */
function readRoots(written: string): readonly string[] {
  try {
    const pem = written.startsWith(pemStart) ? written : readFileSync(written, "utf8");
    const roots = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    for (const root of roots) new X509Certificate(root);
    return roots;
  } catch {
    return [];
  }
}

function quantity(units: Readonly<Record<string, number>>, allowed: string) {
  const written = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${Object.keys(units).join("|")})$`);
  return z
    .union([z.number().nonnegative(), z.string().regex(written, { error: allowed })], { error: allowed })
    .transform((value, context) => {
      const [, amount, unit] = typeof value === "string" ? (written.exec(value) ?? []) : [];
      const total = typeof value === "number" ? value : Math.round(Number(amount) * (units[unit ?? ""] ?? 0));
      if (Number.isSafeInteger(total)) return total;
      context.addIssue({ code: "custom", message: allowed });
      return z.NEVER;
    });
}
