// For tests: a proxy that ends TLS with a certificate of its own and passes plain HTTP on; it sees, and may change, all that goes by.
import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "@sealserve/server";

export interface Passing {
  readonly path: string;
  readonly question: Buffer;
  readonly status: number;
  readonly answer: Buffer;
}

/** What the proxy makes of a question and its answer; left out: nothing. */
export interface Tampering {
  question?(passing: Pick<Passing, "path" | "question">): Buffer;
  answer?(passing: Passing): Pick<Passing, "status" | "answer">;
}

export interface TlsEndingProxy extends AsyncDisposable {
  readonly url: string;
  /** PEM, to trust it by. */
  readonly certificate: string;
  /** What went by, in order. */
  readonly passed: readonly Passing[];
  tampering: Tampering;
}

/** `target`: where the server listens now, such as `http://127.0.0.1:8000`. */
export async function startTlsEndingProxy(target: () => string): Promise<TlsEndingProxy> {
  const { certificate, privateKey } = await selfSigned({ host: "127.0.0.1", from: new Date() });
  const passed: Passing[] = [];
  const proxy = { tampering: {} as Tampering };

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? "";
    const question = await whole(incoming);
    const sent = proxy.tampering.question?.({ path, question }) ?? question;
    const { host: _, "content-length": length, "transfer-encoding": chunked, ...headers } = incoming.headers;
    const lengths = length === undefined && chunked === undefined ? {} : { "content-length": String(sent.length) };
    const { method = "GET" } = incoming;
    const onward = request(new URL(path, target()), { method, headers: { ...headers, ...lengths }, agent: false });
    onward.end(sent);
    const [answered] = (await once(onward, "response")) as [IncomingMessage];
    const passing = { path, question, status: answered.statusCode ?? 0, answer: await whole(answered) };
    passed.push(passing);
    const { status, answer } = proxy.tampering.answer?.(passing) ?? passing;
    const { "transfer-encoding": __, connection: ___, ...replied } = answered.headers;
    response.writeHead(status, { ...replied, "content-length": String(answer.length) }).end(answer);
  }

  const server = createServer({ cert: certificate, key: Buffer.from(privateKey.reveal()) }, (incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(proxy, {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    passed,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  });
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
