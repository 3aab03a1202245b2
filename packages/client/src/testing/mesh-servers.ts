// For tests: processes of a mesh with certificates of one authority, and servers that treat their connections badly.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type TestMeshAuthority, testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import type { Protocol } from "@sealserve/protocols";
import { type Listeners, openListeners, Secret, silentLogger, type TlsCredentials } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey } from "@sealserve/session";
import type { MeshPeer } from "../attested/tls-connection.node.ts";

export interface TestMesh {
  readonly authority: TestMeshAuthority;
  /** What a process of this role shows to a backend. */
  peer(role?: string, options?: CertifiedOptions): Promise<MeshPeer>;
  credentials(role?: string, options?: CertifiedOptions): Promise<TlsCredentials>;
  open(protocol: Protocol, credentials?: TlsCredentials): Promise<Listeners & { readonly url: string }>;
}

export interface CertifiedOptions {
  readonly by?: TestMeshAuthority;
  /** Milliseconds. */
  readonly lifetime?: number;
  readonly domain?: string;
}

export async function testMesh(): Promise<TestMesh> {
  const authority = await testMeshAuthority();
  const certified = async (role: string, { by = authority, lifetime = 60_000, domain = "test" }: CertifiedOptions) => {
    const { certificateRequest, privateKey } = await createMeshKey();
    const until = new Date(Date.now() + lifetime);
    const id = `spiffe://${domain}/${role}/x`;
    const { certificate } = await by.certify(certificateRequest, id, new Date(0), until);
    return { certificate, privateKey };
  };
  const credentials = async (role = "backend", options: CertifiedOptions = {}): Promise<TlsCredentials> => {
    const { certificate, privateKey } = await certified(role, options);
    return { certificate, privateKey: new Secret(Buffer.from(privateKey)), clientRoots: authority.roots };
  };
  return {
    authority,
    credentials,
    async peer(role = "frontend", options = {}) {
      const own = await certified(role, options);
      return { ...own, roots: authority.roots, peer: "spiffe://test/backend/" };
    },
    async open(protocol, given) {
      const listeners = await openListeners(
        { host: "127.0.0.1", tls: given ?? (await credentials()), insecurePlaintext: false },
        [{ protocol, port: 0 }],
        { clock: systemClock(), logger: silentLogger() },
      );
      return { ...listeners, url: Object.values(listeners.urls)[0] ?? "" };
    },
  };
}

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly connections: readonly Socket[];
}

/** Plaintext; `serve` does with each connection what it likes. */
export async function rawServer(serve: (socket: Socket, nth: number) => void): Promise<RawServer> {
  const connections: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    serve(socket, connections.push(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
