// What answers of a backend say of the version that answered, also where versions come and go meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { InferenceService } from "@sealserve/inference";
import { ModelRoots } from "../sealed/model-roots.ts";
import { tellingRoots } from "./telling-roots.ts";

const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const hex = (root: Uint8Array | null) => root && Buffer.from(root).toString("hex");

/** The root that an answer of version 1 tells; `during`: what happens while it is made. */
async function told(roots: ModelRoots, during: () => void): Promise<string | undefined> {
  const service = {
    infer: async () => {
      during();
      return { model: { name: "m", version: "1" }, outputs: [] };
    },
  } as Partial<InferenceService> as InferenceService;
  const rootsNow = () => {
    const find = roots.now();
    return (model: string, version: string) => hex(find(model, version));
  };
  const response = await tellingRoots(service, { rootsNow }).infer(
    { model: { name: "m" }, inputs: [] },
    new AbortController().signal,
  );
  return response.root;
}

test("an answer tells the root of its version, be it loaded or unloaded meanwhile; of one that was replaced, none", async () => {
  const roots = new ModelRoots();
  assert.equal(await told(roots, () => {}), undefined);
  assert.equal(await told(roots, () => roots.add("m", "1", one)), hex(one));
  assert.equal(await told(roots, () => {}), hex(one));
  assert.equal(await told(roots, () => roots.add("m", "1", two)), undefined);
  assert.equal(await told(roots, () => roots.remove("m", "1")), hex(two));
});
