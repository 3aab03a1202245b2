// What every loader keeps to, whatever it loads.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InferenceRequest } from "@sealserve/inference";
import type { Loader } from "@sealserve/serving";
import { assertFits } from "./answers.ts";

export interface LoaderSample extends AsyncDisposable {
  readonly loader: Loader;
  /** A request that the servable answers. */
  readonly request: InferenceRequest;
  /** A loader whose load always fails; left out where there is no such thing. */
  readonly broken?: Loader;
}

/** Registers the suite; every test makes its own sample and disposes it. */
export function loaderSuite(name: string, make: () => Promise<LoaderSample>): void {
  const never = new AbortController().signal;

  describe(`${name} is a loader`, () => {
    it("estimates before it loads", async () => {
      await using sample = await make();
      const { memory } = sample.loader.estimate();
      assert.ok(Number.isFinite(memory) && memory >= 0, `memory ${memory}`);
    });

    it("loads a servable that answers, and unloads it", async () => {
      await using sample = await make();
      const servable = await sample.loader.load(never);
      assertFits(await servable.infer(sample.request, never), servable.metadata());
      await sample.loader.unload();
    });

    it("keeps its servable when the signal of its load aborts later", async () => {
      await using sample = await make();
      const load = new AbortController();
      const servable = await sample.loader.load(load.signal);
      load.abort();
      assertFits(await servable.infer(sample.request, never), servable.metadata());
      await sample.loader.unload();
    });

    it("stops a load that is not wanted any more", async () => {
      await using sample = await make();
      const unwanted = new AbortController();
      const load = sample.loader.load(unwanted.signal);
      unwanted.abort();
      const loaded = await load.then(
        () => true,
        () => false,
      );
      // It may have been too late to stop; what was loaded is unloaded then.
      if (loaded) await sample.loader.unload();
    });

    it("says why a load failed, each time it is tried", async (context) => {
      await using sample = await make();
      const { broken } = sample;
      if (broken === undefined) {
        context.skip("nothing makes this loader fail");
        return;
      }
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(broken.load(never), (error) => error instanceof Error && error.message !== "");
      }
    });
  });
}
