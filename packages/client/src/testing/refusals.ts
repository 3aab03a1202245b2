// For tests: a refusal by its code, and servers that are no good.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerOptions } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { CodedError } from "@sealserve/primitives";
import { selfSigned } from "@sealserve/server";
import type { SessionErrorCode, Trust } from "@sealserve/session";
import { connectAttested } from "../attested/connect-attested.node.ts";

export async function refuses(
  code: SessionErrorCode | "report-data-mismatch",
  url: string,
  trust: Trust = fakeTrust(),
) {
  await assert.rejects(
    connectAttested(url, trust),
    (error) => error instanceof CodedError && assert.equal(error.code, code) === undefined,
  );
}

export async function pemServer(options: ServerOptions = {}) {
  const { certificate, privateKey } = await selfSigned({ host: "localhost", from: new Date() });
  return { cert: certificate, key: Buffer.from(privateKey.reveal()), ...options };
}

export async function listening(server: Server): Promise<AsyncDisposable & { port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}
