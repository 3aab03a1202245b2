// `fetch` over TLS 1.3 with roots and a certificate of one's own choosing, for servers that no public authority vouches for.
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { Readable } from "node:stream";
import { createSecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import type { AddressOrder } from "./address-order.node.ts";

export interface TlsFetchOptions {
  /** PEM: a server's certificate must lead to one of these, and to no other root. Left out: to one of the system's. */
  readonly roots?: string;
  /** What is shown to servers that ask who is there. Both in PEM. */
  readonly client?: { readonly certificate: string; readonly privateKey: string };
  /** Milliseconds without a byte after which a connection is given up. Left out: whoever is cut off waits until TCP gives up. */
  readonly silenceLimit?: number;
}

export interface TlsFetchParts {
  /** Told of each answer: SHA-256 of the SubjectPublicKeyInfo of the certificate of the server that gave it. */
  onServer?(spkiSha256: Uint8Array): void;
  /** Of a name with several addresses: the next request after an answer 503 goes to another one. Left out: as the system orders them. */
  readonly addresses?: AddressOrder;
}

const bodiless = new Set([204, 205, 304]);
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Takes https URLs, and bodies of bytes; follows no redirect, resumes no session. Throws `RangeError` for roots, a certificate or a key that
 * cannot be used. The fetch rejects with `TypeError` where nobody answers, its cause the error of the connection, or with the signal's reason.
 */
export function createTlsFetch(options: TlsFetchOptions, { onServer, addresses }: TlsFetchParts = {}): typeof fetch {
  // Node takes 0 for no limit.
  const { silenceLimit = 0 } = options;
  const settings = {
    ...credentialsOf(options),
    ...(addresses ? { lookup: addresses.lookup } : {}),
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
    keepAlive: true,
    maxCachedSessions: 0,
  } as const;
  let agent = new Agent(settings);
  const judgeAddress = ({ statusCode, socket: { remoteAddress } }: IncomingMessage): void => {
    if (!addresses || remoteAddress === undefined) return;
    if (statusCode !== 503) {
      addresses.answered(remoteAddress);
      return;
    }
    addresses.refused(remoteAddress);
    const before = agent;
    agent = new Agent(settings);
    letGo(before);
  };

  // Node hands out the certificate of a server once for each connection.
  const servers = new WeakMap<object, Uint8Array>();
  const tellServer = (socket: object): void => {
    const spkiSha256 = servers.get(socket) ?? spkiSha256Of(socket);
    servers.set(socket, spkiSha256);
    onServer?.(spkiSha256);
  };

  return async (input, { method = "GET", headers, body = null, signal = null } = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.protocol !== "https:" || (body !== null && !(body instanceof Uint8Array))) {
      throw new TypeError("this fetch takes https URLs, and bodies of bytes");
    }
    signal?.throwIfAborted();
    const sent = {
      ...{ agent, method, headers: Object.fromEntries(new Headers(headers)), timeout: silenceLimit },
      ...(signal ? { signal } : {}),
    };
    return new Promise((resolve, reject) => {
      const asked = request(url, sent, (message) => {
        try {
          tellServer(message.socket);
          judgeAddress(message);
          resolve(toResponse(message));
        } catch (error) {
          message.destroy();
          reject(error);
        }
      });
      asked.once("timeout", () => asked.destroy(new Error(`no answer within ${silenceLimit} ms`)));
      asked.once("error", (error) => reject(signal?.aborted ? signal.reason : failed(error)));
      asked.end(body ?? undefined);
    });
  };
}

/** What is under way is finished; no connection is used again. */
function letGo(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Throws `TypeError` for a redirect: the server that was chosen answers, or nobody does. */
function toResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, rawHeaders } = message;
  if (status >= 300 && status < 400 && status !== 304) throw failed(new Error("it sends elsewhere"));
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  if (bodiless.has(status)) message.resume();
  const body = bodiless.has(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>);
  return new Response(body, { status, headers });
}

/** Node takes an empty text for none given, and would then trust the system's roots. */
function credentialsOf({ roots, client }: TlsFetchOptions): SecureContextOptions {
  const ca = roots?.match(pemCertificate);
  if (ca === null) throw new RangeError("there is no certificate in PEM among the roots");
  const settings = {
    ...(ca ? { ca: [...ca] } : {}),
    ...(client ? { cert: client.certificate, key: client.privateKey } : {}),
  };
  try {
    for (const root of ca ?? []) new X509Certificate(root);
    if (client && !new X509Certificate(client.certificate).checkPrivateKey(createPrivateKey(client.privateKey))) {
      throw new Error("the certificate is not one of this key");
    }
    createSecureContext(settings);
    return settings;
  } catch (error) {
    throw new RangeError(reasonOf(error), { cause: error });
  }
}

function spkiSha256Of(socket: object): Uint8Array {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (!certificate) throw failed(new Error("it showed no certificate"));
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest();
}

function failed(cause: Error): TypeError {
  return new TypeError("fetch failed", { cause });
}
