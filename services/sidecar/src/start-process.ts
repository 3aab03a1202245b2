// The sidecar on one page: verdict → keys → models in memory → listener → command → ready, and the same backwards.
import { existsSync } from "node:fs";
import type { Collateral, Evidence } from "@sealserve/attestation";
import { type Attester, gramineBase } from "@sealserve/attestation/attester";
import { type IdentitiesFor, openIdentity } from "@sealserve/client/identities";
import type { ProcessStage } from "@sealserve/client/proving";
import {
  aborted,
  type BearerToken,
  type ConfigSources,
  certificateEnd,
  Draining,
  type Listeners,
  type Logger,
  openBearerToken,
  openOperations,
  openTlsSource,
  processStart,
  type Start,
  type TlsSource,
} from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { attestingPath } from "./attesting.ts";
import { commandEnvironment, commandLine } from "./command/command-environment.ts";
import { upstreamProbe } from "./command/probe.ts";
import { runCommand } from "./command/run-command.ts";
import { SupervisedCommand } from "./command/supervised-command.ts";
import { type SidecarConfig, sidecarConfig } from "./config.ts";
import { authentication, keepsAuthorization } from "./door/authentication.ts";
import { openDoor } from "./door/open-door.ts";
import { protocolPaths } from "./door/protocol-paths.ts";
import { type OwnPath, ProxyTally, RequestProxy } from "./door/proxy.ts";
import { type GuardedFolder, openGuardedFolder } from "./guard/open-guarded-folder.ts";
import type { MemoryFolder } from "./models/memory-folder.ts";
import type { OpenedModel } from "./models/open-repository.ts";
import { openWithRetries } from "./models/open-with-retries.ts";
import { servedDigest } from "./models/served-digest.ts";
import { SidecarError } from "./sidecar-error.ts";
import { sidecarMetrics } from "./sidecar-metrics.ts";
import { GrpcUpstream } from "./upstream/grpc-upstream.ts";
import { HttpUpstream } from "./upstream/http-upstream.ts";

export interface SidecarStartParts {
  readonly clock: Clock;
  readonly process: Pick<NodeJS.Process, "stdout" | "stderr">;
  /** What makes evidence; asked only where evidence is wanted. Throws where the process must not start. */
  readonly hardware: () => Promise<Attester>;
  /** Collateral to send along with evidence; null where there is none at hand. */
  readonly collateral?: (evidence: Evidence) => Promise<Collateral | null>;
  /** A folder that is there inside Gramine only; left out: Gramine's own. */
  readonly gramine?: string;
}

/** Time beyond draining and the command's grace in which the opened models are wiped. */
const wipeTime = 20_000;
/** Milliseconds that the upstream may take to say that it is ready. */
const probeTimeout = 2_000;

/** Configuration → sidecar → ready line. */
export function sidecarStart(sources: ConfigSources, { process, ...parts }: SidecarStartParts): Start {
  return processStart(
    {
      ...{ schema: sidecarConfig, sources },
      stopLimit: ({ drainDelay, drainTimeout, stopGrace }) => drainDelay + drainTimeout + stopGrace + wipeTime,
    },
    { process, begin: (config, starting) => startSidecar(config, { ...parts, ...starting }) },
  );
}

export interface SidecarParts extends Omit<SidecarStartParts, "process"> {
  readonly logger: Logger;
  readonly stack: AsyncDisposableStack;
  readonly stopping: AbortSignal;
}

/** What the ready line says. */
export interface SidecarReady {
  readonly listeners: Readonly<Record<string, string>>;
  /** Roots in hex. */
  readonly models: readonly { readonly name: string; readonly version: string; readonly root: string }[];
  /** The stages of a process that attests, in their order; empty for others. */
  readonly start: readonly ProcessStage[];
}

/**
 * Nothing listens before the verdict, and the command is not started before every model was opened and proved. Null where it was stopped before
 * the upstream was ready. Throws `SidecarError`, before anything else where it runs inside Gramine; `TrustStartError`, `AttesterError`,
 * `SealingError`, `KeyBrokerError`, `ListenerError`.
 */
export async function startSidecar(config: SidecarConfig, parts: SidecarParts): Promise<SidecarReady | null> {
  const { clock, logger, stack, stopping } = parts;
  if (existsSync(parts.gramine ?? gramineBase)) throw new SidecarError("in-enclave", {});
  const { identitiesFor, attesting } = await openIdentity(config.identity, parts);
  const memory = stack.use(await openGuardedFolder(config.memoryFolder, parts));
  const models = await openModels(config, memory, identitiesFor, parts);
  const drain = new Draining({ clock });
  const tally = new ProxyTally();
  const command = stack.use(superviseCommand(config, memory, parts));
  const health: Health = {
    notReady: () => (command.ready ? null : command.reason),
    leaving: () => (drain.begun ? "this server is leaving" : null),
  };
  const tls = stack.use(await tlsSource(config, attesting !== null, { clock, logger }));
  const watched = { ...health, tally, command, tls, clock, logger };
  const operations = stack.use(await openHealth(config, watched));
  const { tokenFile } = config.authentication;
  const token = tokenFile && stack.use(await openBearerToken(tokenFile, { clock, logger }));
  const own = attesting ? [evidencePath(config, models, attesting.attester, parts)] : [];
  const proxy = openProxy(config, { ...health, own, token, tally, command, stack, clock });
  const door = stack.use(
    await openDoor(
      { host: config.host, port: config.port, drainLimit: config.drainTimeout, credentials: tls.current },
      { take: (call) => proxy.take(call), clock, logger: logger.child("sidecar") },
    ),
  );
  tls.onRenewed((credentials) => door.renew(credentials));
  stack.defer(() => drain.begin(config.drainDelay));
  await Promise.race([command.firstReady(), aborted(stopping)]);
  if (stopping.aborted) return null;
  attesting?.start.on("settled");
  logger.info("ready", { listeners: { sidecar: door.url } });
  return {
    listeners: { sidecar: door.url, ...operations.urls },
    models: models.map(({ model, version, root }) => ({
      name: model,
      version,
      root: Buffer.from(root).toString("hex"),
    })),
    start: attesting?.start.passed ?? [],
  };
}

async function openModels(
  { repository, roots }: SidecarConfig,
  { models: into }: MemoryFolder,
  identitiesFor: IdentitiesFor | undefined,
  parts: SidecarParts,
): Promise<readonly OpenedModel[]> {
  if (repository === null) return [];
  if (!identitiesFor) throw new RangeError("a repository wants an identity");
  return openWithRetries({ repository, into, roots }, identitiesFor, parts);
}

function superviseCommand(config: SidecarConfig, memory: GuardedFolder, parts: SidecarParts): SupervisedCommand {
  const { clock, logger } = parts;
  const { command, environment, readinessPath, repository, protocol } = config;
  const folders = { models: repository === null ? null : memory.models, scratch: memory.scratch };
  const argv = commandLine(command, folders);
  const env = commandEnvironment(environment, folders);
  const ready = readinessPath === null ? protocolPaths(protocol).ready : { path: readinessPath, statuses: [200] };
  return new SupervisedCommand(
    { grace: config.stopGrace },
    {
      run: () => memory.guarded(runCommand({ argv, env }, { clock })),
      probe: upstreamProbe({ upstream: new URL(config.upstream), ready, timeout: probeTimeout }),
      clock,
      logger: logger.child("command"),
    },
  );
}

/** Null: all is well; else what is in the way. */
interface Health {
  notReady(): string | null;
  leaving(): string | null;
}

interface Watched extends Health {
  readonly tally: ProxyTally;
  readonly command: SupervisedCommand;
}

interface OperationsParts extends Watched {
  readonly tls: TlsSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

function openHealth(
  { operations }: SidecarConfig,
  { notReady, leaving, tally, command, tls, clock, logger }: OperationsParts,
): Promise<Listeners> {
  const reason = () => leaving() ?? notReady();
  return openOperations("operations", operations, {
    ready: () => reason() === null,
    reason: () => reason() ?? "",
    metrics: async () => sidecarMetrics({ tally, command, certificateEnd: certificateEnd(tls.current) }),
    ...{ clock, logger },
  });
}

function evidencePath(
  config: SidecarConfig,
  models: readonly OpenedModel[],
  attester: Attester,
  { collateral, stopping }: SidecarParts,
): OwnPath {
  const modelSetDigest = servedDigest(models, config.command);
  return attestingPath(config, { attester, modelSetDigest, ...(collateral ? { collateral } : {}) }, stopping);
}

interface ProxyWiring extends Watched {
  readonly own: readonly OwnPath[];
  readonly token: BearerToken | null;
  readonly stack: AsyncDisposableStack;
  readonly clock: Clock;
}

function openProxy(config: SidecarConfig, { command, stack, token, clock, ...parts }: ProxyWiring): RequestProxy {
  const { authentication: who, grpcUpstream, management, maxBodySize, protocol, upstream } = config;
  // A token that clients show to us is nothing that the upstream should learn.
  const shown = { keepsAuthorization: keepsAuthorization({ token }), onUnreachable: () => command.lookNow() };
  const http = new HttpUpstream({ upstream: new URL(upstream), maxBodySize }, shown);
  stack.use(http);
  const grpc = grpcUpstream === null ? null : stack.use(new GrpcUpstream({ upstream: new URL(grpcUpstream) }, shown));
  return new RequestProxy(
    { paths: protocolPaths(protocol), management },
    { http, grpc, mayCall: authentication(who, { token, clock }), ...parts },
  );
}

/** Evidence names the authorities of clients that were read at the start: in a TEE no others take their place. */
function tlsSource(
  { tls, host, authentication: { clientRoots } }: SidecarConfig,
  attests: boolean,
  parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<TlsSource> {
  if (clientRoots === null) return openTlsSource({ tls, host }, parts);
  return openTlsSource({ tls, host, optionalClientRoots: attests ? clientRoots.pem : clientRoots }, parts);
}
