// What reaches a handler and what it answers: raw bodies, forms and multipart in; headers, status and content type out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { archiveBytes } from "./archives.ts";
import { json, post } from "./exchange.ts";
import { servedStore } from "./served-store.ts";

/** Tells what it was given, or answers as the fields of the request say. */
const handler = `
import type { HandlerContext, HandlerRow } from "@sealserve/engines/handler";
export function handle(rows: readonly HandlerRow[], context: HandlerContext): unknown[] {
  return rows.map((row, i) => {
    if (row["status"]) context.setResponseStatus(i, Number(row["status"].text()));
    if (row["type"]) context.setResponseContentType(i, row["type"].text());
    context.setResponseHeader(i, "x-row", "yes");
    const told = context.requestHeader(i, "X-Told");
    if (row["raw"]) return row["raw"].bytes;
    return {
      fields: Object.fromEntries(Object.entries(row).map(([name, field]) => [name, [field.text(), field.contentType]])),
      ...(told === null ? {} : { told }),
      named: context.requestId(i) !== "",
    };
  });
}
`;

const served = servedStore({
  write: (store) =>
    store.write("tells.mar", archiveBytes({ name: "tells", handler, config: "batchSize: 4\nmaxBatchDelay: 10\n" })),
});

const url = (rest = ""): string => served.server.url("torchserve", `/predictions/tells${rest}`);

test("a raw body is one field, with its content type", async () => {
  const answer = await post(url(), "hello", { "content-type": "text/x-greeting", "x-told": "this" });
  assert.deepEqual(json(answer), { fields: { body: ["hello", "text/x-greeting"] }, told: "this", named: true });
  assert.equal(answer.headers.get("x-row"), "yes");
  assert.match(answer.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
});

test("form fields and the parts of a multipart body are fields", async () => {
  const form = await post(url("/1.0"), new URLSearchParams({ a: "1", b: "ä&=" }));
  assert.deepEqual(json(form), { fields: { a: ["1", null], b: ["ä&=", null] }, named: true });
  const parts = new FormData();
  parts.append("text", "one");
  parts.append("file", new Blob(["\r\n--x\r\n"], { type: "application/x-thing" }), "file.bin");
  const answer = await post(url(), parts);
  assert.deepEqual(json(answer), {
    fields: { text: ["one", null], file: ["\r\n--x\r\n", "application/x-thing"] },
    named: true,
  });
});

test("a handler chooses status, content type and bytes", async () => {
  const answer = await post(url(), new URLSearchParams({ status: "418", type: "text/x-tea", raw: "short and stout" }));
  assert.equal(answer.status, 418);
  assert.equal(answer.headers.get("content-type"), "text/x-tea");
  assert.equal(answer.text, "short and stout");
});

test("requests of one batch get their own status, header and body", async () => {
  const answers = await Promise.all(
    [201, 202, 203, 404].map((status) => post(url(), new URLSearchParams({ status: `${status}`, raw: `${status}!` }))),
  );
  assert.deepEqual(
    answers.map(({ status, text }) => [status, text]),
    [201, 202, 203, 404].map((status) => [status, `${status}!`]),
  );
});

test("a kilobyte or a megabyte of bytes arrives as it was sent", async () => {
  for (const size of [1_000, 1_000_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const form = new FormData();
    form.append("raw", new Blob([bytes], { type: "application/octet-stream" }));
    const answer = await fetch(url(), { method: "POST", body: form });
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
  }
});
