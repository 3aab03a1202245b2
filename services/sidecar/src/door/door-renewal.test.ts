// A sidecar's certificate that is renewed while it serves, over HTTP/1.1 and HTTP/2.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect } from "node:tls";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { Secret } from "@sealserve/server";
import { openProxy } from "../testing/open-proxy.ts";

test("new connections are shown the new certificate, under either HTTP and asked for theirs; open ones stay", async () => {
  const authority = await testAuthority();
  await using proxy = await openProxy({ clientRoots: authority.roots });
  const { hostname: host, port } = new URL(proxy.url);
  const shake = async (protocol: string, ca?: string) => {
    const options = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const socket = connect({ host, port: Number(port), ALPNProtocols: [protocol], ...options });
    await once(socket, "secureConnect");
    return socket;
  };
  const kept = await shake("http/1.1");
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  const clients = { clientRoots: authority.roots, clientsWithout: true };
  proxy.renew({ certificate, privateKey: new Secret(Buffer.from(privateKey)), ...clients });
  for (const protocol of ["h2", "http/1.1"]) {
    const socket = await shake(protocol, authority.roots);
    assert.deepEqual([socket.authorized, socket.alpnProtocol, socket.getProtocol()], [true, protocol, "TLSv1.3"]);
    socket.destroy();
  }
  kept.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [answer] = await once(kept, "data");
  assert.match(String(answer), /^HTTP\/1\.1 401 /);
  kept.destroy();
});
