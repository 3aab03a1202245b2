// Opens all listeners of a process: protocols with the same address share one socket, those over gRPC apart from the others.
import type { Protocol, TlsChannel } from "@sealserve/protocols";
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { ConnectionAge, GrpcListenerOptions, GrpcListenerParts } from "../grpc/grpc-listener-parts.ts";
import type { Logger } from "../logger/logger.ts";
import { type AnswerInside, answerInside } from "./answer-inside.ts";
import type { ObserveExchange } from "./exchange.ts";
import { isSameSpot, type ListenAddress, type Spot, spotOf } from "./listen-address.ts";
import { ListenerError } from "./listener-error.ts";
import { defaultListenerLimits, type ListenersOptions, type TlsCredentials } from "./listener-options.ts";
import { type Listener, type ListenerOptions, openListener } from "./open-listener.ts";
import { certificateEnd, openTlsSource, type TlsSource } from "./tls-source.ts";

/** A protocol and where it lives: a port of the process's host, 0 for a free one of its own, another address, or false for nowhere. */
export type PortBinding = HttpBinding | GrpcBinding;

export interface HttpBinding {
  readonly protocol: Protocol;
  readonly port: ListenAddress;
}

/** As `grpcBinding` makes it: processes that speak no gRPC do not contain what does. */
export interface GrpcBinding {
  readonly grpc: GrpcProtocol;
  readonly port: ListenAddress;
  readonly connectionAge?: ConnectionAge;
  readonly open: (options: GrpcListenerOptions, parts: GrpcListenerParts) => Promise<Listener>;
}

export interface ListenersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of every request; must neither throw nor take long. */
  readonly observe?: ObserveExchange;
  /** As `ListenerParts.admits`. */
  readonly admits?: (channel: TlsChannel) => boolean;
  /** Protocols that stand behind the others on every socket; a function, which is given how those others answer there, on all but those of gRPC. */
  readonly everywhere?: readonly (Protocol | ((inside: AnswerInside) => Protocol))[];
}

/** Disposing stops all of them at once, as `Listener.stop` does. */
export interface Listeners extends AsyncDisposable {
  /** Where each protocol can be reached, by its name; those switched off are missing. */
  readonly urls: Readonly<Record<string, string>>;
  /** When the certificate ends that each protocol shows now, by its name; without TLS nothing. */
  certificateEnds(): Readonly<Record<string, Date>>;
  /** As `Listener.renew`, on all of them; where the certificate comes from files, that happens by itself. */
  renew(credentials: TlsCredentials): void;
  /** As `Listener.endBound`, on all of them. */
  endBound(): void;
}

/**
 * Opens them in the order of `bindings`, which is also the order in which protocols on one socket are asked. Throws `ListenerError`, and then
 * nothing is open.
 */
export async function openListeners(
  options: ListenersOptions,
  bindings: readonly PortBinding[],
  parts: ListenersParts,
): Promise<Listeners> {
  const { host, insecurePlaintext } = options;
  const limits = { ...defaultListenerLimits, ...options.limits };
  const source = await sourceOf(options, parts);
  let tls = source?.current ?? null;
  const urls: Record<string, string> = {};
  const opened: Listener[] = [];
  const secure: Listener[] = [];
  try {
    for (const socket of sockets(bindings, host)) {
      const { plain, ...spot } = socket.spot;
      const settings = { ...spot, tls: plain ? null : tls, insecurePlaintext, limits };
      const listener = await openSocket(socket, settings, parts);
      if (settings.tls) secure.push(listener);
      opened.push(listener);
      for (const { name } of [...socket.protocols, ...socket.grpc.map(({ grpc }) => grpc)]) urls[name] = listener.url;
    }
  } catch (error) {
    source?.[Symbol.dispose]();
    await stopAll(opened);
    throw error;
  }
  const renew = (credentials: TlsCredentials): void => {
    for (const listener of secure) listener.renew(credentials);
    tls = credentials;
  };
  source?.onRenewed(renew);
  if (source && source.current !== tls) renew(source.current);
  return {
    urls,
    certificateEnds() {
      const end = tls && certificateEnd(tls);
      const shown = new Set(secure.map(({ url }) => url));
      return end
        ? Object.fromEntries(Object.keys(urls).flatMap((name) => (shown.has(urls[name] ?? "") ? [[name, end]] : [])))
        : {};
    },
    renew,
    endBound() {
      for (const listener of opened) listener.endBound();
    },
    [Symbol.asyncDispose]() {
      source?.[Symbol.dispose]();
      return stopAll(opened);
    },
  };
}

/** Null: no TLS. */
function sourceOf({ tls, ...options }: ListenersOptions, parts: ListenersParts): Promise<TlsSource> | null {
  if (tls) return openTlsSource({ ...options, tls }, parts);
  if (options.optionalClientRoots === undefined) return null;
  throw new ListenerError("client-roots-unusable", { reason: "it speaks no TLS" });
}

interface SharedSocket {
  readonly spot: Spot;
  readonly protocols: Protocol[];
  readonly grpc: GrpcBinding[];
}

function sockets(bindings: readonly PortBinding[], host: string): readonly SharedSocket[] {
  const all: SharedSocket[] = [];
  for (const binding of bindings) {
    const spot = spotOf(binding.port, host);
    if (spot === null) continue;
    const known = all.find((each) => isSameSpot(each.spot, spot));
    const socket = known ?? { spot, protocols: [], grpc: [] };
    if (!known) all.push(socket);
    if ("grpc" in binding) socket.grpc.push(binding);
    else socket.protocols.push(binding.protocol);
  }
  return all;
}

function openSocket(
  { spot, protocols: [first, ...others], grpc }: SharedSocket,
  settings: ListenerOptions,
  parts: ListenersParts,
): Promise<Listener> {
  const [speaker] = grpc;
  if (speaker && first) {
    const where = spot.path ?? `${spot.host} port ${spot.port}`;
    throw new ListenerError("protocols-apart", { listener: speaker.grpc.name, other: first.name, where });
  }
  if (speaker) {
    const beside = (parts.everywhere ?? []).filter((each) => typeof each !== "function");
    const protocols = grpc.map((binding) => binding.grpc);
    return speaker.open({ ...settings, connectionAge: youngest(grpc) }, { ...parts, protocols, beside });
  }
  if (!first) throw new Error("a socket without a protocol");
  const inside = answerInside([first, ...others], parts);
  const behind = (parts.everywhere ?? []).map((each) => (typeof each === "function" ? each(inside) : each));
  return openListener(settings, { ...parts, protocols: [first, ...others, ...behind] });
}

function youngest(bindings: readonly GrpcBinding[]): ConnectionAge {
  const least = (key: keyof ConnectionAge): number | null => {
    const all = bindings.flatMap(({ connectionAge }) => connectionAge?.[key] ?? []);
    return all.length > 0 ? Math.min(...all) : null;
  };
  return { limit: least("limit"), grace: least("grace") };
}

/** Waits for all of them before it tells what the first failed with. */
async function stopAll(listeners: readonly Listener[]): Promise<void> {
  const results = await Promise.allSettled(listeners.map((listener) => listener.stop()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
