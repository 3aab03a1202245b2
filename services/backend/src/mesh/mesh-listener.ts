// The backend's one door for requests: Open Inference and the mesh's own calls, for frontends of the same mesh.
import { randomBytes } from "node:crypto";
import type { Attester } from "@sealserve/attestation/attester";
import type { MeshMembership } from "@sealserve/client/proving";
import { InferenceError, isFetchError } from "@sealserve/inference";
import { eventLoopPause, type TlsChannel } from "@sealserve/protocols";
import { attestation } from "@sealserve/protocols/attestation";
import { meshProtocol, rootHeaders, streamHandler, tellingErrors, tellingNotStarted } from "@sealserve/protocols/mesh";
import { openInference } from "@sealserve/protocols/open-inference";
import {
  configDigest,
  type Draining,
  type Listeners,
  type Logger,
  type ModelMetrics,
  openListeners,
  Secret,
  type TlsCredentials,
} from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { type AttestationResponder, attestationResponder } from "@sealserve/session";
import type { MeshCredentials } from "@sealserve/session/node";
import type { BackendProcessConfig } from "../process-config.ts";
import { MeshDoor } from "./mesh-door.ts";
import { type ReportParts, reportOf } from "./report.ts";
import { tellingRoots } from "./telling-roots.ts";

export interface MeshListenerParts extends ReportParts {
  /** Null: plaintext. */
  readonly mesh: MeshMembership | null;
  /** Gives members of the mesh evidence beside the certificate that stands for it; null where there is no TEE. */
  readonly attester: Attester | null;
  /** What the code of models tells. */
  readonly modelMetrics: Pick<ModelMetrics, "families">;
  readonly drain: Draining;
  /** The program's version. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who may ask a backend. */
const role = "frontend";

/** Throws `ListenerError`, and then nothing is open. */
export async function openMeshListener(config: BackendProcessConfig, parts: MeshListenerParts): Promise<Listeners> {
  const { mesh, attester, backend, modelMetrics, instance, drain, ready, version, clock, logger } = parts;
  const { listen, maxBodySize, drainTimeout } = config;
  const service = tellingRoots(backend.service, backend);
  const pause = eventLoopPause();
  const v2 = openInference({
    ...{ service, pause },
    live: () => true,
    ready: () => ready() && !drain.begun,
    server: { name: "sealserve", version },
    tellAnswer: rootHeaders,
  });
  const own = meshProtocol({
    report: () => reportOf(parts),
    modelMetrics: async () => ({ instance, metrics: modelMetrics.families() }),
    async fetchModel(url, { signal }) {
      try {
        const { entry, pinned } = await backend.fetch(url, signal);
        if (pinned) return { entry, pinned };
      } catch (error) {
        if (isFetchError(error)) return { refused: error };
        throw error;
      }
      throw new InferenceError("internal", {});
    },
    async desiredState(state) {
      await backend.apply(state);
      return undefined;
    },
  });
  const door =
    mesh &&
    new MeshDoor(
      { trustDomain: mesh.trustDomain, role, tenant: mesh.tenant },
      { epoch: () => clock.epoch(), ownEnd: () => mesh.current.notAfter.getTime() },
    );
  const refusing = tellingErrors(v2);
  const streams = streamHandler({ service, pause, refuse: (error) => refusing.refuse(error), tellAnswer: rootHeaders });
  const handlers = [...v2.handlers, ...own.handlers, streams];
  const served = drain.watch(tellingErrors(tellingNotStarted({ ...v2, name: "backend", handlers })));
  const listeners = await openListeners(
    {
      ...{ host: listen.host, insecurePlaintext: listen.insecurePlaintext },
      tls: mesh && tlsOf(mesh.current),
      limits: { maxBodyBytes: maxBodySize, drainLimit: drainTimeout },
    },
    [{ protocol: door ? door.guard(served) : served, port: listen.port }],
    {
      ...{ clock, logger },
      ...(door ? { admits: (channel) => letsIn(door, channel, logger) } : {}),
      everywhere: attester ? [attestation(evidenceOf(config, { attester, backend }))] : [],
    },
  );
  mesh?.onRenewed((credentials) => listeners.renew(tlsOf(credentials)));
  return listeners;
}

function evidenceOf(
  config: BackendProcessConfig,
  { attester, backend }: { readonly attester: Attester } & Pick<MeshListenerParts, "backend">,
): AttestationResponder {
  return attestationResponder(
    { purpose: "backend", instanceId: randomBytes(16), configDigest: configDigest(config), hpkeKey: null },
    { attester, modelSetDigest: () => backend.modelSetDigest() },
  );
}

/** A member of the mesh that asks where it has nothing to ask is worth a line in the log. */
function letsIn(door: MeshDoor, channel: TlsChannel, logger: Logger): boolean {
  if (door.admits(channel)) return true;
  logger.warn("a client is not let in: its certificate is not one of a frontend of this mesh");
  return false;
}

function tlsOf({ certificate, privateKey, roots }: MeshCredentials): TlsCredentials {
  return { certificate, privateKey: new Secret(Buffer.from(privateKey)), clientRoots: roots };
}
