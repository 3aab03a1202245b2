// Which versions of a model are served: as the configuration says, else as the model says, else the newest.
import type { ScannedPolicy } from "@sealserve/engines";
import { all, latest, type ServedVersions, specific } from "@sealserve/serving";
import type { ModelSettings } from "./config.ts";

export function chooseVersions(configured: ModelSettings["versions"], own: ScannedPolicy | null): ServedVersions {
  if (configured === "all") return all;
  if (configured !== undefined)
    return "latest" in configured ? latest(configured.latest) : specific(configured.specific);
  if (own === null) return latest(1);
  switch (own.kind) {
    case "all":
      return all;
    case "latest":
      return latest(own.count);
    case "specific":
      return specific(own.versions);
  }
}
