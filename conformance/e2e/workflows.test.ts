// Workflows over the command as users start it, asked by curl: in a row, side by side, failing, refused, and after a restart.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { archiveBytes } from "./archives.ts";
import { type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { workflowBytes } from "./workflow-archives.ts";

const run = promisify(execFile);

/** The status on a line of its own behind the body. */
async function curl(...args: readonly string[]): Promise<{ status: number; text: string }> {
  const { stdout } = await run("curl", ["--silent", "--show-error", "-w", "\n%{http_code}", ...args]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
}

const handler = (expression: string): string => `
export function handle(rows) { return rows.map((row) => ${expression}); }
`;

const models = {
  upper: "row.body.text().toUpperCase()",
  shout: 'row.body.text() + "!"',
  fields: "Object.fromEntries(Object.entries(row).map(([name, field]) => [name, field.text()]))",
  broken: '(() => { throw new Error("no") })()',
};

const inRow = "models:\n  first:\n    url: upper.mar\n  second:\n    url: shout.mar\ndag:\n  first: [second]\n";
const sideBySide = `models:
  min-workers: 2
  max-workers: 3
  retry-attempts: 0
  root: { url: upper.mar }
  left: { url: shout.mar, min-workers: 1 }
  right: { url: upper.mar }
  join: { url: fields.mar }
dag:
  root: [left, right]
  left: [join]
  right: [join]
`;
const twoLeaves = `models:
  root: { url: upper.mar }
  plain: { url: shout.mar }
  json: { url: fields.mar }
dag:
  root: [plain, json]
`;

/** Serves files by their names. */
class Elsewhere {
  readonly files = new Map<string, Uint8Array>();
  readonly #server = createServer((request, response) => {
    const file = this.files.get(request.url ?? "");
    response.writeHead(file ? 200 : 404).end(file);
  });

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const elsewhere = new Elsewhere();
let folder: TemporaryFolder;
let server: RunningServer;
const start = () =>
  startServer([
    ...["--model-store", join(folder.path, "store"), "--set", "modelControl=explicit", "--set", "pollInterval=0"],
    ...["--set", `state=${join(folder.path, "state.sqlite")}`],
    ...["--set", `workflowStore=${join(folder.path, "workflows")}`],
    ...["--set", `allowedUrls=["${elsewhere.origin}/.*"]`, "--set", "allowPrivateAddresses=true"],
  ]);
const manage = (method: string, path: string) => curl("-X", method, server.url("management", path));
const predict = (name: string, body: string) =>
  curl("-H", "content-type: text/plain", "-d", body, server.url("torchserve", `/wfpredict/${name}`));
const failure = ({ status, text }: { status: number; text: string }) => {
  const { type, message } = JSON.parse(text) as { type: string; message: string };
  return { status, type, message };
};

before(async () => {
  folder = await temporaryFolder();
  await elsewhere.open();
  for (const [name, expression] of Object.entries(models)) {
    await folder.write(`store/${name}.mar`, archiveBytes({ name, handler: handler(expression) }));
  }
  const functions = `
export function shorten(rows) { return rows.map((row) => row.body.text().slice(0, 3)); }
export function joined(rows) { return rows.map((row) => Object.keys(row).sort().map((name) => row[name].text()).join("+")); }
`;
  const workflows = {
    pair: { spec: inRow },
    beside: { spec: sideBySide },
    leaves: { spec: twoLeaves },
    functions: {
      spec: "models:\n  loud: { url: upper.mar }\ndag:\n  shorten: [loud, joined]\n  loud: [joined]\n",
      ...{ handler: "functions.ts", source: functions },
    },
    failing: { spec: "models:\n  a: { url: upper.mar }\n  b: { url: broken.mar }\ndag:\n  a: [b]\n" },
    missing: { spec: "models:\n  a: { url: upper.mar }\n  b: { url: none.mar }\ndag:\n  a: [b]\n" },
    cycle: {
      spec: `${inRow}  second: [third]\n  third: [second]\n`.replace("dag:", "  third: { url: upper.mar }\ndag:"),
    },
    roots: { spec: inRow.replace("first: [second]", "first: []\n  second: []") },
    unknown: { spec: inRow.replace("[second]", "[second, third]") },
    "no-spec": {},
  };
  for (const [name, options] of Object.entries(workflows)) {
    await folder.write(`workflows/${name}.war`, workflowBytes({ name, ...options }));
  }
  await folder.write("workflows/no-zip.war", "this is no archive");
  server = await start();
});
after(async () => {
  elsewhere.close();
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("a workflow of models", () => {
  it("is registered, listed and described, answers, and goes with its models", async () => {
    assert.deepEqual(await manage("POST", "/workflows?url=pair.war"), {
      status: 200,
      text: '{\n  "status": "Workflow pair has been registered and scaled successfully."\n}\n',
    });
    assert.match((await manage("GET", "/models")).text, /"pair__first"[\s\S]*"pair__second"/);
    assert.deepEqual(JSON.parse((await manage("GET", "/workflows")).text), {
      workflows: [{ workflowName: "pair", workflowUrl: "pair.war" }],
    });
    assert.deepEqual(JSON.parse((await manage("GET", "/workflows/pair")).text), [
      {
        ...{ workflowName: "pair", workflowUrl: "pair.war", minWorkers: 1, maxWorkers: 1, batchSize: 1 },
        ...{ maxBatchDelay: 50, workflowDag: "{first=[second]}" },
      },
    ]);
    assert.deepEqual(await predict("pair", "text"), { status: 200, text: "TEXT!" });
    assert.deepEqual(failure(await manage("POST", "/workflows?url=pair.war")), {
      ...{ status: 409, type: "ConflictStatusException", message: "Workflow pair is already registered." },
    });
    assert.equal((await manage("POST", "/workflows?url=pair.war&workflow_name=again")).status, 200);
    assert.equal((await predict("again", "x")).text, "X!");
    assert.equal((await manage("DELETE", "/workflows/again")).status, 200);
    assert.deepEqual(
      (await manage("DELETE", "/workflows/pair")).text,
      '{\n  "status": "Workflow \\"pair\\" unregistered"\n}\n',
    );
    assert.deepEqual(JSON.parse((await manage("GET", "/models")).text), { models: [] });
    assert.equal((await predict("pair", "text")).status, 404);
  });

  it("runs side by side what can, and gives a node with several parents each by name", async () => {
    assert.equal((await manage("POST", "/workflows?url=beside.war")).status, 200);
    assert.match((await manage("GET", "/models/beside__right")).text, /"minWorkers": 2,\s+"maxWorkers": 3/);
    assert.match((await manage("GET", "/models/beside__left")).text, /"minWorkers": 1,\s+"maxWorkers": 3/);
    const answer = await predict("beside", "ab");
    assert.deepEqual(JSON.parse(answer.text), { left: "AB!", right: "AB" });
  });

  it("of several leaves answers an object by node", async () => {
    assert.equal((await manage("POST", "/workflows?url=leaves.war")).status, 200);
    assert.deepEqual(JSON.parse((await predict("leaves", "a")).text), { plain: "A!", json: { body: "A" } });
  });

  it("is there after a restart, and goes then", async () => {
    await server[Symbol.asyncDispose]();
    server = await start();
    assert.deepEqual(JSON.parse((await predict("leaves", "a")).text), { plain: "A!", json: { body: "A" } });
    assert.equal((await manage("DELETE", "/workflows/leaves")).status, 200);
    assert.equal((await manage("DELETE", "/workflows/beside")).status, 200);
    assert.deepEqual(JSON.parse((await manage("GET", "/workflows")).text), { workflows: [] });
  });

  it("is fetched with its models from where that is allowed, and nothing stays of it", async () => {
    const far = "models:\n  a: { url: 'ORIGIN/far.mar' }\n  b: { url: 'ORIGIN/far.mar' }\ndag:\n  a: [b]\n";
    const spec = far.replaceAll("ORIGIN", elsewhere.origin);
    elsewhere.files.set("/far.mar", archiveBytes({ name: "far", handler: handler(models.shout) }));
    elsewhere.files.set("/far.war", workflowBytes({ name: "far", spec }));
    elsewhere.files.set("/bad.war", workflowBytes({ name: "bad", spec: `${spec}  b: [a]\n` }));
    const register = (name: string) => manage("POST", `/workflows?url=${encodeURIComponent(elsewhere.origin)}/${name}`);
    const left = async () => [
      ...(await readdir(join(folder.path, "store"))),
      ...(await readdir(join(folder.path, "workflows"))),
    ];
    const registered = await register("far.war");
    assert.equal(registered.status, 200, registered.text);
    assert.equal((await predict("far", "x")).text, "x!!");
    assert.ok((await left()).includes("far.mar") && (await left()).includes("far.war"));
    assert.match((await manage("GET", "/workflows/far")).text, /"workflowUrl": "http:.*far\.war"/);
    assert.equal((await manage("DELETE", "/workflows/far")).status, 200);
    assert.equal((await register("bad.war")).status, 400);
    assert.equal((await register("none.war")).status, 400);
    elsewhere.files.delete("/far.mar");
    assert.equal((await register("far.war")).status, 500);
    assert.deepEqual(
      (await left()).filter((name) => /^(?:far|bad|none)\./.test(name)),
      [],
    );
  });

  it("says which node failed", async () => {
    assert.equal((await manage("POST", "/workflows?url=failing.war")).status, 200);
    assert.deepEqual(failure(await predict("failing", "a")), {
      ...{ status: 500, type: "InternalServerException", message: "Error executing b" },
    });
    assert.equal((await manage("DELETE", "/workflows/failing")).status, 200);
  });
});

describe("functions of a workflow's handler", () => {
  it("in TypeScript are nodes like models", async () => {
    const registered = await manage("POST", "/workflows?url=functions.war");
    assert.equal(registered.status, 200, registered.text + server.log());
    assert.equal((await predict("functions", "letters")).text, "LET+let");
    assert.match((await manage("GET", "/models/functions__joined")).text, /"modelUrl": "functions\.war"/);
    assert.equal((await manage("DELETE", "/workflows/functions")).status, 200);
  });
});

describe("an archive of a workflow", () => {
  const refused = async (entry: string) => failure(await manage("POST", `/workflows?url=${entry}`));
  const graph = (message: string) => ({ status: 400, type: "InvalidDAGException", message });

  it("is refused with its fault before anything is loaded", async () => {
    assert.deepEqual(await refused("cycle.war"), graph("Not a valid DAG"));
    assert.deepEqual(await refused("roots.war"), graph("DAG should have only one start node"));
    for (const [entry, message] of Object.entries({ unknown: /third/, "no-spec": /spec\.yaml/, "no-zip": /intact/ })) {
      const answer = await refused(`${entry}.war`);
      assert.partialDeepStrictEqual(answer, { status: 500, type: "InvalidWorkflowException" });
      assert.match(answer.message, message);
    }
    assert.deepEqual(await refused("not-there.war"), {
      ...{ status: 404, type: "WorkflowNotFoundException" },
      message: "Workflow not found in workflow store: not-there.war",
    });
    assert.equal((await refused("upper.mar")).status, 404);
    assert.equal((await refused("../store/pair.war")).status, 404);
    assert.equal((await refused("http://127.0.0.1/pair.war")).status, 404);
    assert.equal((await refused("pair.war&workflow_name=a%20b")).status, 400);
    assert.deepEqual(JSON.parse((await manage("GET", "/models")).text), { models: [] });
  });

  it("leaves nothing behind where a model of it cannot be loaded", async () => {
    const answer = await refused("missing.war");
    assert.partialDeepStrictEqual(answer, { status: 500, type: "WorkflowException" });
    assert.match(answer.message, /^Workflow missing has failed to register\. Failures: \[.*missing__b.*none\.mar\]$/);
    await rm(join(folder.path, "store/shout.mar"));
    assert.equal((await refused("pair.war")).status, 500);
    assert.deepEqual(JSON.parse((await manage("GET", "/models")).text), { models: [] });
    assert.deepEqual(JSON.parse((await manage("GET", "/workflows")).text), { workflows: [] });
  });
});
