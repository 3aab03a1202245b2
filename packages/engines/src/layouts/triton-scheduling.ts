// Instances, batching and served versions of a Triton configuration.
import type { BatchingOptions } from "../model-definition.ts";
import type { ConfigMessage } from "./config-message.ts";
import { definitionDefaults } from "./definition-defaults.ts";
import type { ScannedPolicy } from "./scanned-model.ts";
import { parseVersion } from "./version-name.ts";

/** Kinds that run on the processor; a group of another kind is refused, since it would run where nobody asked for. */
const kinds = new Set(["KIND_AUTO", "KIND_CPU", "KIND_MODEL"]);

/** Copies of the model: those of all groups. Without a group one, not Triton's two, since each copy holds the weights. */
export function readInstances(config: ConfigMessage): number | null {
  const groups = config.messages("instance_group");
  if (groups.length === 0) return null;
  let instances = 0;
  for (const group of groups) {
    group.string("name");
    const kind = group.word("kind") ?? "KIND_AUTO";
    if (!kinds.has(kind)) throw group.unsupported(`kind: ${kind}`, "models run on the processor: use KIND_CPU");
    instances += group.count("count", 0) || 1;
    group.finish({
      gpus: "models run on the processor: leave it out",
      profile: "it is TensorRT's: leave it out",
      rate_limiter: "leave it out",
      passive: "leave it out",
      secondary_devices: "leave it out",
      host_policy: "leave it out",
    });
  }
  return instances;
}

export function readBatching(config: ConfigMessage): BatchingOptions {
  const { maxQueueSize } = definitionDefaults.batching;
  const dynamic = config.message("dynamic_batching");
  if (dynamic === null) return definitionDefaults.batching;
  const preferred = dynamic.integers("preferred_batch_size");
  if (preferred.some((size) => size < 1)) throw dynamic.refused("preferred_batch_size", "sizes from 1", `${preferred}`);
  const delay = dynamic.count("max_queue_delay_microseconds", 0) ?? 0;
  // Each answer goes to the client that waits for it, so there is no order to preserve.
  dynamic.boolean("preserve_ordering");
  if (dynamic.count("priority_levels", 0))
    throw dynamic.unsupported("priority_levels", "all requests have one priority");
  const queue = dynamic.message("default_queue_policy");
  const queueSize = queue?.count("max_queue_size", 0) || maxQueueSize;
  const timeout = queue?.count("default_timeout_microseconds", 0);
  if (queue && timeout)
    throw queue.unsupported("default_timeout_microseconds", "clients give a timeout with a request");
  queue?.boolean("allow_timeout_override");
  queue?.word("timeout_action");
  queue?.finish();
  dynamic.finish({
    default_priority_level: "all requests have one priority",
    priority_queue_policy: "all requests have one priority",
  });
  return {
    maxQueueDelay: delay / 1000,
    preferredBatchSizes: [...new Set(preferred)].sort((a, b) => a - b),
    maxQueueSize: queueSize,
  };
}

export function readVersionPolicy(config: ConfigMessage): ScannedPolicy | null {
  const policy = config.message("version_policy");
  if (policy === null) return null;
  const choices = ["latest", "all", "specific"].filter((name) => policy.has(name));
  if (choices.length !== 1) throw config.refused("version_policy", "one of latest, all, specific", choices.join(", "));
  const latest = policy.message("latest");
  const specific = policy.message("specific");
  policy.message("all")?.finish();
  const count = latest?.count("num_versions", 0) || 1;
  const versions = specific?.integers("versions") ?? [];
  latest?.finish();
  specific?.finish();
  policy.finish();
  if (latest) return { kind: "latest", count };
  if (!specific) return { kind: "all" };
  return {
    kind: "specific",
    versions: versions.map((version) => {
      const parsed = parseVersion(String(version));
      if (parsed === null) throw specific.refused("versions", "version numbers", String(version));
      return parsed;
    }),
  };
}
