// A management listener whose models are changed by nobody: it remembers what was asked for.
import { ask, json } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import type { InferenceError, ManagementService, ModelStatus, StoredVersion } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { torchserveManagement } from "../index.ts";

const stored: readonly StoredVersion[] = [
  { name: "m", version: "1.0", entry: "m.mar" },
  { name: "n", version: "2.0", entry: "n.mar" },
  { name: "m", version: "1.0", entry: "other.mar" },
  { name: "no-zip", version: "1.0", entry: "no-zip.mar", fault: "unreadable" },
  { name: "climbing", version: "1.0", entry: "climbing.mar", fault: "unsafe" },
  { name: "odd", version: "1.0", entry: "odd.mar", fault: "bad-runtime" },
  { name: "parsed", version: "1.0", entry: "parsed.mar", fault: "bad-manifest" },
];

/** Of the model `m` with these versions; every change fails with `failure`, if there is one. */
export function changingListener(
  versions: readonly Omit<ModelStatus, "name">[],
  failure: InferenceError | null = null,
  more: Partial<Changes> & { readonly modelApi?: boolean } = {},
) {
  const statuses = versions.map((version) => ({ name: "m", ...version }));
  const model = { ...tensorModel({ name: "m", inputs: [], outputs: [] }, () => []), statuses };
  const asked: unknown[][] = [];
  const answer = (...call: unknown[]): Promise<void> => {
    asked.push(call);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  const management: ManagementService = {
    load: (which, overrides, { wait }) => answer("load", which, overrides, wait),
    unload: (which, { wait }) => answer("unload", which, wait),
    change: (which, overrides, { wait }) => answer("change", which, overrides, wait),
  };
  const protocol = torchserveManagement({
    service: new ModelService(versions.length > 0 ? [model] : []),
    requestId: () => "id",
    describe: async () => null,
    changes: { management, stored: async () => stored, wait: 1000, ...more },
    ...(more.modelApi === undefined ? {} : { modelApi: more.modelApi }),
  });
  const call = async (method: string, path: string, body?: object | string) => {
    const init = body && {
      headers: { "content-type": "application/json" },
      body: utf8(typeof body === "string" ? body : JSON.stringify(body)),
    };
    const reply = await ask(protocol, method, path, ...(init ? [init] : []));
    const document = json(reply) as { readonly status?: string; readonly type?: string; readonly message?: string };
    return `${reply.status} ${document.status ?? `${document.type}: ${document.message}`}`;
  };
  return { call, asked };
}

type Changes = NonNullable<Parameters<typeof torchserveManagement>[0]["changes"]>;

export const one = [{ version: "1.0", state: "available" }] as const;
export const two = [{ version: "2.0", state: "available" }, ...one] as const;
