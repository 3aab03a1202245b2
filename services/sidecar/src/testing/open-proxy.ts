// For tests: a door with a proxy behind it, in front of upstreams that the test makes.

import { openBearerToken, type Secret, selfSigned, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { authentication, keepsAuthorization } from "../door/authentication.ts";
import { type Door, openDoor } from "../door/open-door.ts";
import { type ProtocolName, protocolPaths } from "../door/protocol-paths.ts";
import { type OwnPath, ProxyTally, RequestProxy } from "../door/proxy.ts";
import { GrpcUpstream } from "../upstream/grpc-upstream.ts";
import { HttpUpstream } from "../upstream/http-upstream.ts";

export interface OpenProxyOptions {
  /** The time of certificates; left out: the machine's. */
  readonly epoch?: () => number;
  /** Ports on loopback; left out: nobody listens there. */
  readonly http?: number;
  readonly grpc?: number;
  readonly protocol?: ProtocolName;
  readonly management?: boolean;
  readonly maxBodySize?: number;
  readonly tokenFile?: Secret;
  readonly clientRoots?: string;
  readonly own?: readonly OwnPath[];
  readonly notReady?: () => string | null;
  readonly leaving?: () => string | null;
}

export interface OpenProxy extends Door {
  /** Times that the upstream could not be reached. */
  unreachable: number;
  readonly tally: ProxyTally;
}

export async function openProxy(options: OpenProxyOptions): Promise<OpenProxy> {
  await using stack = new AsyncDisposableStack();
  const { http = 1, grpc, protocol = "any", management = false, maxBodySize = 1 << 20, own = [] } = options;
  const { tokenFile = null, clientRoots = null, notReady = () => null, leaving = () => null } = options;
  const clock = { ...systemClock(), ...(options.epoch ? { epoch: options.epoch } : {}) };
  const token = tokenFile && stack.use(await openBearerToken(tokenFile, { clock, logger: silentLogger() }));
  const tally = new ProxyTally();
  const url = (port: number): URL => new URL(`http://127.0.0.1:${port}`);
  const common = { keepsAuthorization: keepsAuthorization({ token }), onUnreachable: () => opened.unreachable++ };
  const upstream = stack.use(new HttpUpstream({ upstream: url(http), maxBodySize }, common));
  const calls = grpc === undefined ? null : stack.use(new GrpcUpstream({ upstream: url(grpc) }, common));
  const proxy = new RequestProxy(
    { paths: protocolPaths(protocol), management },
    {
      http: upstream,
      grpc: calls,
      mayCall: authentication({ clientRoots }, { token, clock }),
      own,
      notReady,
      leaving,
      tally,
    },
  );
  const credentials = await selfSigned({ host: "127.0.0.1", from: new Date() });
  const door = stack.use(
    await openDoor(
      {
        host: "127.0.0.1",
        port: 0,
        credentials: clientRoots === null ? credentials : { ...credentials, clientRoots, clientsWithout: true },
        drainLimit: 5_000,
      },
      { take: (call) => proxy.take(call), clock, logger: silentLogger() },
    ),
  );
  const owned = stack.move();
  const opened: OpenProxy = {
    url: door.url,
    renew: (renewed) => door.renew(renewed),
    unreachable: 0,
    tally,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return opened;
}
