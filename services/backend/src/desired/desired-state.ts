// Brings a backend to each desired state: what the store's scan aims at, which version is the default, how engines run.
import type { OpenableModel } from "@sealserve/engines";
import type { DesiredState } from "@sealserve/inference";
import type { Manager, PolledSource } from "@sealserve/serving";
import type { FailedVersions } from "../failed-versions.ts";
import type { FetchedModels } from "../fetching/fetched-models.ts";
import type { StoreScan } from "../store-scan.ts";
import type { RefusedModels } from "../trust/refused-models.ts";
import type { DesiredModels } from "./desired-models.ts";
import type { Renewals } from "./renewals.ts";
import { StateTaking } from "./state-taking.ts";

export interface DesiredStateParts {
  readonly desired: DesiredModels;
  readonly renewals: Renewals;
  readonly failed: FailedVersions;
  readonly refused: RefusedModels;
  readonly manager: Manager;
  readonly source: PolledSource<OpenableModel>;
  readonly store: Pick<StoreScan, "isReturning">;
  /** Left out: nothing is fetched here. */
  readonly fetched?: Pick<FetchedModels, "keep">;
  /** Whose end ends the renewals that run. */
  readonly stack: AsyncDisposableStack;
}

/** `first`: what is known before anything is loaded. */
export function desiredState(parts: DesiredStateParts, first?: DesiredState): StateTaking {
  const { desired, renewals, failed, refused, manager, source, store, fetched, stack } = parts;
  const ending = new AbortController();
  stack.defer(() => ending.abort());
  /** Until a look at the store has succeeded, what changed is not forgotten. */
  const changed = new Set<string>();
  const taking = new StateTaking({
    async aim(state: DesiredState) {
      for (const model of desired.take(state)) changed.add(model);
      const statuses = manager.list();
      let again = false;
      for (const model of changed) {
        manager.setDefault(model, desired.defaultVersion(model));
        refused.askNow(model);
        if (failed.tryAgain(model, statuses)) again = true;
      }
      await source.look();
      // What failed was left out, and comes back now.
      if (again || store.isReturning) await source.look();
      await fetched?.keep(desired.allSources());
    },
    async settle() {
      const models = [...changed];
      changed.clear();
      await renewals.renew(models, ending.signal);
    },
  });
  if (first) {
    for (const model of desired.take(first)) manager.setDefault(model, desired.defaultVersion(model));
    taking.begin(first);
  }
  return taking;
}
