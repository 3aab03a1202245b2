// For tests: a real listener with a certificate of its own that answers the attestation endpoint and the Open Inference Protocol.

import { fakeAttester } from "@sealserve/conformance/fixtures/fake-tee";
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import type { Protocol, TlsChannel } from "@sealserve/protocols";
import { type AttestationParts, attestation } from "@sealserve/protocols/attestation";
import { type GrpcBinding, type Listeners, openListeners, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { attestationResponder, type ResponderOptions } from "@sealserve/session";

export interface AttestedServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked, in order. */
  readonly asked: readonly string[];
  /** Other models are loaded from now on; `digest` is each byte of their digest. */
  changeModels(digest: number): void;
}

/** What the endpoint answers, given what an honest one would. */
export type Twist = (honest: AttestationParts) => AttestationParts;

export interface AttestedServerOptions {
  readonly purpose?: ResponderOptions["purpose"];
  readonly twist?: Twist;
  readonly plaintext?: boolean;
  readonly hpkeKey?: Uint8Array | null;
  /** Of the models that are loaded when it is asked. */
  readonly modelSetDigest?: () => Uint8Array;
  readonly meshDigest?: Uint8Array;
  readonly protocol?: Protocol;
  /** In place of `protocol`. */
  readonly grpc?: GrpcBinding;
}

export function honestParts(options: AttestedServerOptions = {}): AttestationParts {
  return attestationResponder(
    {
      purpose: options.purpose ?? "client-facing",
      instanceId: new Uint8Array(16).fill(7),
      configDigest: new Uint8Array(32).fill(2),
      hpkeKey: options.hpkeKey ?? null,
    },
    {
      attester: fakeAttester,
      modelSetDigest: options.modelSetDigest ?? (() => new Uint8Array(32).fill(1)),
      meshDigest: () => options.meshDigest ?? null,
    },
  );
}

export async function openAttestedServer(options: AttestedServerOptions = {}): Promise<AttestedServer> {
  const asked: string[] = [];
  let loaded = 1;
  const honest = honestParts({ modelSetDigest: () => new Uint8Array(32).fill(loaded), ...options });
  const parts = options.twist?.(honest) ?? honest;
  const listeners: Listeners = await openListeners(
    { host: "127.0.0.1", tls: options.plaintext ? null : "self-signed", insecurePlaintext: false },
    [options.grpc ?? { protocol: options.protocol ?? openInferenceOver(echoService()), port: 0 }],
    {
      clock: systemClock(),
      logger: silentLogger(),
      observe: ({ path }) => asked.push(path),
      everywhere: [attestation(parts)],
    },
  );
  const url = Object.values(listeners.urls)[0] ?? "";
  const changeModels = (digest: number): void => {
    loaded = digest;
    listeners.endBound();
  };
  return { url, asked, changeModels, [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose]() };
}

/** A channel whose values are those of `channel` but for what `changes` says. */
export function changedChannel(channel: TlsChannel, changes: Partial<TlsChannel>): TlsChannel {
  return {
    spkiSha256: () => channel.spkiSha256(),
    exporter: (label, context, length) => channel.exporter(label, context, length),
    clientCertificate: () => channel.clientCertificate(),
    ...changes,
  };
}
