// A report made out of what any server of the Open Inference Protocol tells: whether it is ready, and its index.
import { type Exchange, serviceOver } from "@sealserve/client";
import type { ModelStatus } from "@sealserve/inference";
import { eventLoopPause } from "@sealserve/protocols";
import type { BackendReport } from "@sealserve/protocols/mesh";
import { openInferenceRoutes } from "@sealserve/protocols/open-inference";
import { compareVersions } from "@sealserve/serving";

/** `instance`: such a server does not tell one start from the next, so it is given. The newest available version is taken as the default one. */
export async function plainReport(exchange: Exchange, instance: string, signal: AbortSignal): Promise<BackendReport> {
  const { ready } = openInferenceRoutes({ inputForm: "binary" }, { pause: eventLoopPause() });
  const isReady = await ready.readReply(await exchange.send(ready.writeRequest(undefined), signal));
  const statuses = await serviceOver({
    origin: exchange.origin,
    send: (request) => exchange.send(request, signal),
  }).list();
  const defaults = newestAvailable(statuses);
  return {
    instance,
    ready: isReady,
    draining: false,
    desired: null,
    models: statuses.map((status) => {
      const isDefault = status.state === "available" && defaults.get(status.name) === status.version;
      return { ...status, isDefault, served: null, root: null };
    }),
    stored: null,
  };
}

function newestAvailable(statuses: readonly ModelStatus[]): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const { name, version, state } of statuses) {
    if (state !== "available") continue;
    const known = newest.get(name);
    if (known === undefined || compareVersions(version, known) > 0) newest.set(name, version);
  }
  return newest;
}
