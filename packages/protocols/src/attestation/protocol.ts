// The attestation endpoint as a protocol that stands beside any other on its listener.
import type { AnyInferenceError } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import type { HttpReply, TlsChannel } from "../http/message.ts";
import type { Protocol } from "../http/protocol.ts";
import type { AttestationDocument } from "./documents.ts";
import { attestationPath, attestationRoutes } from "./routes.ts";

/** `unbound`: there is nothing that evidence could be bound to; `busy`: too many ask at once. */
export type AttestationOutcome =
  | { readonly kind: "attested"; readonly document: AttestationDocument }
  | { readonly kind: "unbound" }
  | { readonly kind: "busy" };

export interface AttestationParts {
  /** `channel`: the TLS connection that the request came on; null: none, or none that whoever asks could check. */
  attest(nonce: Bytes, channel: TlsChannel | null): Promise<AttestationOutcome>;
}

export function attestation({ attest }: AttestationParts): Protocol {
  const route = attestationRoutes.attest;
  return {
    name: "attestation",
    handlers: [
      {
        name: route.name,
        method: route.method,
        path: route.path,
        async handle(request, captured) {
          const args = await route.readRequest(request, captured);
          const channel = args.purpose === "sealed-http" ? null : (request.channel ?? null);
          const outcome = await attest(args.nonce, channel);
          switch (outcome.kind) {
            case "attested":
              return route.writeReply(outcome.document, args);
            case "unbound":
              return errorReply(
                403,
                "channel-unbound",
                "there is nothing that evidence could be bound to: ask over https, without a purpose",
              );
            case "busy":
              return errorReply(503, "busy", "too many pieces of evidence are being made: try again");
          }
        },
      },
    ],
    claims: (path) => path === attestationPath,
    unmatched: () => errorReply(405, "method-not-allowed", `${attestationPath} takes POST only`),
    refuse,
  };
}

function refuse(error: AnyInferenceError): HttpReply {
  switch (error.code) {
    case "malformed":
      return errorReply(400, error.code, error.message);
    case "too-large":
      return errorReply(413, error.code, error.message);
    default:
      return errorReply(500, "internal", "no evidence could be made");
  }
}

function errorReply(status: number, code: string, message: string): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: [utf8(JSON.stringify({ error: { code, message } }))],
  };
}
