// Why a listener could not open, or did not close in time; each with what to do.
import { CodedError } from "@sealserve/primitives";

export interface ListenerErrorFacts {
  "plaintext-outside-loopback": { readonly listener: string; readonly host: string };
  "plaintext-attested": { readonly listener: string };
  "port-in-use": { readonly listener: string; readonly host: string; readonly port: number };
  "port-forbidden": { readonly listener: string; readonly host: string; readonly port: number };
  "host-unavailable": { readonly listener: string; readonly host: string; readonly reason: string };
  "listen-failed": { readonly listener: string; readonly host: string; readonly port: number; readonly reason: string };
  "socket-failed": { readonly listener: string; readonly path: string; readonly reason: string };
  "protocols-apart": { readonly listener: string; readonly other: string; readonly where: string };
  "credentials-unreadable": { readonly file: string; readonly reason: string };
  "keystore-unusable": { readonly file: string; readonly reason: string };
  "credentials-unusable": { readonly reason: string };
  "client-roots-unusable": { readonly reason: string };
  /** Milliseconds, and how many requests had no answer yet. */
  "drain-limit-exceeded": { readonly listener: string; readonly limit: number; readonly inFlight: number };
}

export type ListenerErrorCode = keyof ListenerErrorFacts;

const sentences: { readonly [C in ListenerErrorCode]: (facts: ListenerErrorFacts[C]) => string } = {
  "plaintext-outside-loopback": (f) =>
    `${f.listener} would send requests and answers unencrypted through ${f.host}: give it TLS (--tls self-signed, or --tls-cert and --tls-key), listen on 127.0.0.1, or accept the risk with --insecure-plaintext`,
  "plaintext-attested": (f) =>
    `${f.listener} would be plaintext, in a process that proves that nobody else reads what it is sent: give it an address with TLS, or switch it off`,
  "port-in-use": (f) =>
    `${f.listener} cannot listen on ${f.host} port ${f.port}, which is in use: stop the process that uses it, or choose another port (0 takes a free one, false switches the listener off)`,
  "port-forbidden": (f) =>
    `${f.listener} is not allowed to listen on ${f.host} port ${f.port}: choose a port from 1024 on, or grant the process the right to bind low ports`,
  "host-unavailable": (f) =>
    `${f.listener} cannot listen on ${f.host}, which is not an address of this machine (${f.reason}): choose one that is`,
  "listen-failed": (f) => `${f.listener} cannot listen on ${f.host} port ${f.port}: ${f.reason}`,
  "socket-failed": (f) =>
    `${f.listener} cannot listen on the socket ${f.path} (${f.reason}): choose a path in a folder that the process may write to, where nothing lies yet`,
  "protocols-apart": (f) =>
    `${f.listener} speaks gRPC and cannot share ${f.where} with ${f.other}: give each an address of its own`,
  "credentials-unreadable": (f) => `the TLS file ${f.file} cannot be read: ${f.reason}`,
  "keystore-unusable": (f) =>
    `the key store ${f.file} cannot be used (${f.reason}): give one of the kind PKCS 12 and its password; keytool -importkeystore -deststoretype PKCS12 makes one of another kind, and openssl pkcs12 -legacy reads an old one`,
  "credentials-unusable": (f) =>
    `the TLS certificate and private key cannot be used (${f.reason}): give two PEM files that belong together`,
  "client-roots-unusable": (f) =>
    `certificates of clients cannot be judged (${f.reason}): give a PEM file of the authorities that issue them, on a listener with TLS`,
  "drain-limit-exceeded": (f) =>
    `${f.listener} still had ${f.inFlight} requests in flight ${f.limit} ms after it was told to stop; their connections were closed`,
};

export class ListenerError<C extends ListenerErrorCode = ListenerErrorCode> extends CodedError<
  C,
  ListenerErrorFacts[C]
> {
  constructor(code: C, facts: ListenerErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "ListenerError";
  }
}
