// Headers travel among parameters and come out as they went in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { headersToParameters, parametersToHeaders } from "./parameters.ts";

test("headers come back, and other parameters are not taken for headers", () => {
  const headers = { "accept-language": "de", "x-request-id": "7" };
  const parameters = { ...headersToParameters({ ...headers, absent: undefined }), priority: 1 };
  assert.deepEqual(parametersToHeaders(parameters), headers);
  assert.deepEqual(parametersToHeaders(undefined), {});
});
