// What a listener can be told, and what it does untold.
import type { Secret } from "../config/secret.ts";

/** Sizes are bytes, times milliseconds. */
export interface ListenerLimits {
  /** A longer request body is refused before it is read, or as soon as it has grown too long. */
  readonly maxBodyBytes: number;
  /** Request line and headers together; more is answered 431. */
  readonly maxHeaderBytes: number;
  /** From the first byte of a request to the end of its headers; more is answered 408. */
  readonly headerTimeout: number;
  /** From the first byte of a request to the end of its body; more is answered 408. */
  readonly requestTimeout: number;
  /** How long a connection may wait for its next request. */
  readonly idleTimeout: number;
  /** Open at once, whoever they are from; one more is closed before TLS has cost anything. */
  readonly maxConnections: number;
  /** How long a stopping listener waits for what is in flight before it destroys the connections. */
  readonly drainLimit: number;
}

export const defaultListenerLimits: ListenerLimits = {
  maxBodyBytes: 64 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  headerTimeout: 30_000,
  requestTimeout: 300_000,
  idleTimeout: 75_000,
  maxConnections: 10_000,
  drainLimit: 30_000,
};

export interface TlsCredentials {
  /** PEM; the server's certificate first, then those that lead to its root. */
  readonly certificate: string;
  /** PEM; where there is a `storePassword`, a key store (PKCS 12) with key and certificates. */
  readonly privateKey: Secret;
  readonly storePassword?: string;
  /** PEM. Given, clients are asked for a certificate under these roots. */
  readonly clientRoots?: string;
  /** Whether clients without such a certificate are let in, to be told apart by `TlsChannel.clientCertificate`. Left out: no. */
  readonly clientsWithout?: boolean;
}

/** Where a certificate comes from: made by the process, read from files (`cert` may hold its chain) and again when they change, or given as it is. */
export type TlsOptions = "self-signed" | PemFiles | KeyStoreFile | TlsCredentials;

/** Both are PEM. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

/** A key store (PKCS 12) with key and certificates. */
export interface KeyStoreFile {
  readonly keystore: string;
  readonly password: string | Secret;
}

/** Authorities of clients. */
export interface ClientRoots {
  readonly pem: string;
  /** What it was read from, in this order; each is read again when it changes. None: it stays as it is. */
  readonly files: readonly string[];
}

/** What all listeners of a process have in common. */
export interface ListenersOptions {
  /** A name or address. Outside loopback either `tls` or `insecurePlaintext` is needed. */
  readonly host: string;
  readonly tls: TlsOptions | null;
  /** Clients may show a certificate under these roots (`TlsCredentials.clientRoots` with `clientsWithout`), whatever `tls` is. A text: PEM. */
  readonly optionalClientRoots?: string | ClientRoots;
  /** Allows requests and answers to cross a network unencrypted. */
  readonly insecurePlaintext: boolean;
  /** What is left out is as in `defaultListenerLimits`. */
  readonly limits?: Partial<ListenerLimits>;
}
