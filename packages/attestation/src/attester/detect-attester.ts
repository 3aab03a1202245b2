// Finds what makes evidence on this machine.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Attester } from "./attester.ts";
import { AttesterError } from "./attester-error.ts";
import { type ConfigfsTsmParts, configfsTsmAttester, tsmBase } from "./configfs-tsm-attester.ts";
import { gramineAttester, gramineBase } from "./gramine-attester.ts";
import { nodeKernelFiles } from "./kernel-files.ts";

export interface DetectOptions {
  /** Default: `/dev/attestation`. */
  readonly gramineBase?: string;
  /** Default: `/sys/kernel/config/tsm/report`. */
  readonly tsmBase?: string;
}

/** As {@link detectAttester}; null where there is none. */
export async function attesterIfAny(options: DetectOptions = {}): Promise<Attester | null> {
  try {
    return await detectAttester(options);
  } catch (error) {
    if (error instanceof AttesterError && error.code === "no-attester") return null;
    throw error;
  }
}

/** Node's file system and randomness; the waits grow from 10 ms to 640 ms. */
const nodeParts: ConfigfsTsmParts = {
  files: nodeKernelFiles,
  randomness: (length) => randomBytes(length),
  pause: (attempt) => setTimeout(Math.min(640, 5 * 2 ** attempt)),
};

/**
 * Gramine's files are there only inside an enclave, the kernel's only where it offers reports. Throws `AttesterError` `no-attester`: the
 * caller must not go on as if there were one.
 */
export async function detectAttester(
  options: DetectOptions = {},
  parts: ConfigfsTsmParts = nodeParts,
): Promise<Attester> {
  const gramine = options.gramineBase ?? gramineBase;
  const tsm = options.tsmBase ?? tsmBase;
  if (await parts.files.exists(join(gramine, "attestation_type"))) return gramineAttester({ base: gramine }, parts);
  if (await parts.files.exists(tsm)) return configfsTsmAttester({ base: tsm }, parts);
  throw new AttesterError("no-attester", { looked: [gramine, tsm] });
}
