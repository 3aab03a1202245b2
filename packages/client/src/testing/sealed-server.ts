// For tests: a server in plain HTTP that takes sealed requests, as it stands behind a proxy that ends TLS.

import { fakeAttester, testTime } from "@sealserve/conformance/fixtures/fake-tee";
import { handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { echo, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import type { Bytes } from "@sealserve/primitives";
import type { Protocol } from "@sealserve/protocols";
import { attestation } from "@sealserve/protocols/attestation";
import { sealedHttp, sealedHttpPath, sealedReplyType, sealedRequestType } from "@sealserve/protocols/sealed-http";
import { tensorflowServing } from "@sealserve/protocols/tensorflow-serving";
import { torchserveInference } from "@sealserve/protocols/torchserve";
import { openListeners, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { attestationResponder, createSealedHttpKey, openSealedBodies, rememberRequests } from "@sealserve/session";

export interface SealedServer extends AsyncDisposable {
  /** By the names of the protocols. */
  readonly urls: Readonly<Record<string, string>>;
  readonly publicKey: Bytes;
  /** Requests that were answered, by their paths inside. */
  readonly answered: readonly string[];
  modelSet: Bytes;
  mesh: Bytes | null;
}

export interface SealedServerOptions {
  /** By its clock; left out: `testTime`. */
  readonly now?: Date;
  /** Requests that it remembers. */
  readonly entries?: number;
  readonly instance?: number;
  /** What evidence says is the key, where it is not the one that opens. */
  readonly claimedKey?: Bytes;
  readonly tls?: boolean;
  readonly others?: readonly Protocol[];
}

export async function openSealedServer(options: SealedServerOptions = {}): Promise<SealedServer> {
  const { instance = 7, claimedKey, tls = false, others = [] } = options;
  const service = new ModelService([handlerModel("upper", () => prediction("READ")), echo("identity"), echo("floats")]);
  const pause = async (): Promise<void> => {};
  const key = await createSealedHttpKey({
    replays: rememberRequests(
      { entries: options.entries ?? 1000 },
      { epoch: () => (options.now ?? testTime).getTime() },
    ),
  });
  const state = { modelSet: new Uint8Array(32).fill(1) as Bytes, mesh: null as Bytes | null };
  const named = { modelSetDigest: () => state.modelSet, meshDigest: () => state.mesh };
  const parts = attestationResponder(
    {
      purpose: "client-facing",
      instanceId: new Uint8Array(16).fill(instance),
      configDigest: new Uint8Array(32).fill(2),
      hpkeKey: claimedKey ?? key.publicKey,
    },
    { attester: fakeAttester, ...named },
  );
  const endpoint = { path: sealedHttpPath, requestType: sealedRequestType, replyType: sealedReplyType };
  const answered: string[] = [];
  const listeners = await openListeners(
    { host: "127.0.0.1", tls: tls ? "self-signed" : null, insecurePlaintext: false },
    [
      { protocol: torchserveInference({ service, ready: () => true, requestId: () => "1", pause }), port: 0 },
      { protocol: openInferenceOver(service), port: 0 },
      { protocol: tensorflowServing({ service, metrics: async () => "", pause }), port: 0 },
      ...others.map((protocol) => ({ protocol, port: 0 })),
    ],
    {
      clock: systemClock(),
      logger: silentLogger(),
      observe: ({ protocol, path }) => protocol !== "attestation" && protocol !== "sealed-http" && answered.push(path),
      everywhere: [
        attestation(parts),
        (answer) => sealedHttp({ open: openSealedBodies(key, endpoint), ...named, answer }),
      ],
    },
  );
  return Object.assign(state, {
    urls: listeners.urls,
    publicKey: key.publicKey,
    answered,
    [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose](),
  });
}
