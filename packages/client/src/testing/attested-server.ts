// For tests: a real listener with a certificate of its own that answers the attestation endpoint and the Open Inference Protocol.
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import type { TlsChannel } from "@sealserve/protocols";
import { type AttestationParts, attestation } from "@sealserve/protocols/attestation";
import { type Listeners, openListeners, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { attestationResponder, type ResponderOptions } from "@sealserve/session";
import { fakeAttester } from "./fake-tee.ts";

export interface AttestedServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked, in order. */
  readonly asked: readonly string[];
}

/** What the endpoint answers, given what an honest one would. */
export type Twist = (honest: AttestationParts) => AttestationParts;

export interface AttestedServerOptions {
  readonly purpose?: ResponderOptions["purpose"];
  readonly twist?: Twist;
  readonly plaintext?: boolean;
  readonly hpkeKey?: Uint8Array | null;
}

export function honestParts(options: AttestedServerOptions = {}): AttestationParts {
  return attestationResponder(
    {
      purpose: options.purpose ?? "client-facing",
      instanceId: new Uint8Array(16).fill(7),
      configDigest: new Uint8Array(32).fill(2),
      hpkeKey: options.hpkeKey ?? null,
    },
    { attester: fakeAttester, modelSetDigest: () => new Uint8Array(32).fill(1) },
  );
}

export async function openAttestedServer(options: AttestedServerOptions = {}): Promise<AttestedServer> {
  const asked: string[] = [];
  const parts = options.twist?.(honestParts(options)) ?? honestParts(options);
  const listeners: Listeners = await openListeners(
    { host: "127.0.0.1", tls: options.plaintext ? null : "self-signed", insecurePlaintext: false },
    [{ protocol: openInferenceOver(echoService()), port: 0 }],
    {
      clock: systemClock(),
      logger: silentLogger(),
      observe: ({ path }) => asked.push(path),
      everywhere: [attestation(parts)],
    },
  );
  const url = Object.values(listeners.urls)[0] ?? "";
  return { url, asked, [Symbol.asyncDispose]: () => listeners[Symbol.asyncDispose]() };
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
