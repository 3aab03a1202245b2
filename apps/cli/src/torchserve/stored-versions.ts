// What lies in a model store, by the entries that hold it.
import { relative, sep } from "node:path";
import { scanModelStore } from "@sealserve/engines";
import type { StoredVersion } from "@sealserve/inference";

/** By entry, as the original reads its model store. Throws `LayoutError`. */
export async function storedVersions(modelStore: string): Promise<readonly StoredVersion[]> {
  // The server looks again, and tells what it passes over.
  const scanned = await scanModelStore(modelStore, { onProblem: () => {}, duplicates: "by-entry" });
  const stored = [...scanned].flatMap(([name, { versions, others = [] }]) =>
    [...versions, ...others].map(({ version, item, fault }): StoredVersion => {
      const entry = relative(modelStore, item.location).split(sep)[0] ?? "";
      return { name, version, entry, ...(fault && { fault }) };
    }),
  );
  return stored.sort((a, b) => (a.entry < b.entry ? -1 : a.entry > b.entry ? 1 : 0));
}
