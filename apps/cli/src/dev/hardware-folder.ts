// The folder whose simulated hardware several processes share: the root is made by whoever comes first, and kept.
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TeeKind } from "@sealserve/attestation";
import type { KeptRoot } from "@sealserve/mock-tee";

export interface KeptRoots {
  /** The root of an earlier run with this kind of hardware. */
  keptRoot(tee: TeeKind): Promise<KeptRoot | null>;
  keepRoot(tee: TeeKind, root: KeptRoot): Promise<void>;
}

/** Of two processes that keep a root at the same time one wins: read what is kept afterwards. */
export async function hardwareFolder(folder: string): Promise<KeptRoots> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (tee: TeeKind): string => join(folder, `simulated-${tee}-root.json`);
  return {
    async keptRoot(tee) {
      const text = await readFile(file(tee), "utf8").catch(nullIf("ENOENT"));
      return text === null ? null : JSON.parse(text);
    },
    async keepRoot(tee, root) {
      const whole = `${file(tee)}.${process.pid}`;
      await writeFile(whole, JSON.stringify(root), { mode: 0o600 });
      await link(whole, file(tee)).catch(nullIf("EEXIST"));
      await rm(whole);
    },
  };
}

function nullIf(code: string) {
  return (error: unknown): null => {
    if (error instanceof Error && "code" in error && error.code === code) return null;
    throw error;
  };
}
