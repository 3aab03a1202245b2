// Bodies that are too long or not as long as announced: refused before they are read whole, over every protocol.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RawConnection } from "../fixtures/raw-connection.ts";
import { post } from "./exchange.ts";
import { predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { lastingServer } from "./refusals.ts";

const limit = 64 * 1024;
const served = lastingServer(["--set", `maxBodySize=${limit}`]);

const head = { type: "content-type: application/json", chunked: "transfer-encoding: chunked" } as const;

for (const protocol of protocolNames) {
  const url = (): string => predictionUrl(served.server, protocol, "line");

  test(`${protocol}: an announced length over the limit is refused before any of the body was sent`, async () => {
    using connection = await RawConnection.open(url());
    connection.writeHead(url(), head.type, `content-length: ${limit + 1}`);
    const answer = await connection.until(`${limit + 1}`);
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, new RegExp(`${limit} bytes`));
  });

  test(`${protocol}: a body of unknown length is refused once it has grown over the limit`, async () => {
    using connection = await RawConnection.open(url());
    connection.writeHead(url(), head.type, head.chunked);
    const piece = `8000\r\n${" ".repeat(0x8000)}\r\n`;
    for (let sent = 0; sent <= limit; sent += 0x8000) connection.write(piece);
    assert.match(await connection.until(`${limit} bytes`), /^HTTP\/1\.1 413 /);
  });

  test(`${protocol}: a client that sends all of a body over the limit can read the refusal`, async () => {
    const answer = await post(url(), " ".repeat(20 * limit));
    assert.equal(answer.status, 413);
    assert.match(refusalOf(protocol, answer), new RegExp(`${limit} bytes`));
  });

  test(`${protocol}: a body at the limit is read`, async () => {
    const answer = await post(url(), " ".repeat(limit));
    assert.equal(answer.status, 400);
  });

  test(`${protocol}: a client that waits for leave is refused without it`, async () => {
    using connection = await RawConnection.open(url());
    connection.writeHead(url(), head.type, `content-length: ${limit + 1}`, "expect: 100-continue");
    assert.match(await connection.until(`${limit} bytes`), /^HTTP\/1\.1 413 /);
  });

  for (const [what, headers, body] of [
    ["a content length that is no number", ["content-length: ten"], "{}"],
    ["a negative content length", ["content-length: -2"], "{}"],
    ["two content lengths", ["content-length: 2", "content-length: 3"], "{}"],
    ["a content length beside chunks", ["content-length: 2", head.chunked], "0\r\n\r\n"],
    ["a content length beyond all integers", [`content-length: ${"9".repeat(30)}`], "{}"],
    ["a content length that cuts the JSON", ["content-length: 1", "connection: close"], "{}"],
    ["a chunk without a size", [head.chunked], "xyz\r\n{}\r\n0\r\n\r\n"],
  ] as const) {
    test(`${protocol}: ${what}`, async () => {
      using connection = await RawConnection.open(url());
      connection.writeHead(url(), head.type, ...headers);
      connection.write(body);
      assert.match(await connection.untilClosed(), /^HTTP\/1\.1 400 /);
    });
  }

  test(`${protocol}: a body shorter than announced is not answered as if it were whole`, async () => {
    using connection = await RawConnection.open(url());
    connection.writeHead(url(), head.type, "content-length: 100");
    connection.write('{"input":[[1,2,3,4]]}');
    connection.end();
    assert.doesNotMatch(await connection.untilClosed(), /^HTTP\/1\.1 200 /);
  });
}
