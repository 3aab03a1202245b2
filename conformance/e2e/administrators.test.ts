// Administrators of a key broker that is a process of its own, over TLS: by certificate, by key, and past a server that lies about whose it is.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTlsFetch } from "@sealserve/client/node";
import { type Issued, type TestAuthority, testAuthority } from "../fixtures/certificate-authority.ts";
import { type Ended, endOf, jsonLinesOf, stop } from "../fixtures/spawned-command.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const root = join(import.meta.dirname, "../..");
const stack = new AsyncDisposableStack();
let folder: TemporaryFolder;
let authority: TestAuthority;
let server: Issued;
let ca: string;
let adminKey: string;
let broker: { readonly listeners: Readonly<Record<string, string>>; readonly adminAudience: string };
let url: string;

before(async () => {
  folder = stack.use(await temporaryFolder());
  authority = await testAuthority();
  server = await authority.issue({ usage: "server" });
  ca = await folder.write("ca.pem", authority.roots);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  adminKey = await folder.write("admin.key", privateKey.export({ type: "pkcs8", format: "pem" }));
  const roles = ["key-admin", "policy-admin", "auditor"];
  const uri = "spiffe://test.example/admin";
  const config = {
    listen: { port: 0 },
    admin: {
      listen: {
        port: 0,
        tls: {
          cert: await folder.write("tls.pem", server.certificate),
          key: await folder.write("tls.key", server.privateKey),
        },
      },
      clientRoots: [ca],
      administrators: [
        {
          name: "key",
          publicKey: await folder.write("admin.pub", publicKey.export({ type: "spki", format: "pem" })),
          roles,
        },
        { name: "alice", certificate: { uri: `${uri}/alice` }, roles },
        { name: "bob", certificate: { uri: `${uri}/bob` }, roles, tenants: ["elsewhere"] },
      ],
    },
    operations: { port: 0 },
    database: join(folder.path, "data/broker.sqlite"),
    rootKey: { file: await folder.write("root.key", "11".repeat(32)) },
    trustDomain: "test.example",
  };
  await folder.write("data/.keep", "");
  const main = join(root, "services/key-broker/src/main.ts");
  const child = spawn(process.execPath, [main, await folder.write("broker.yaml", JSON.stringify(config))], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  stack.defer(() => stop(child));
  broker = await jsonLinesOf<typeof broker>(child)();
  url = broker.listeners["admin"] ?? "";
});
after(() => stack.disposeAsync());

const sealserve = (...args: readonly string[]): Promise<Ended> => runSealserve([...args, "--broker", url, "--ca", ca]);

async function asPerson(name: string, ...args: readonly string[]): Promise<Ended> {
  const { certificate, privateKey } = await authority.issue({ uris: [`spiffe://test.example/admin/${name}`] });
  const files = [
    "--client-cert",
    await folder.write(`${name}.pem`, certificate),
    "--client-key",
    await folder.write(`${name}.key`, privateKey),
  ];
  return sealserve(...args, ...files);
}

const outcome = ({ code, stderr }: Ended): readonly unknown[] => [code, stderr.split(":")[0]];

describe("who runs a command", () => {
  test("a certificate or a key will do; a role, another tenant and a stranger will not", async () => {
    assert.deepEqual(outcome(await asPerson("alice", "tenants", "create", "acme")), [0, ""]);
    assert.match((await sealserve("tenants", "list", "--admin-key", adminKey)).stdout, /^acme$/m);
    const audience = ["--audience", broker.adminAudience];
    assert.equal((await sealserve("tenants", "list", "--admin-key", adminKey, ...audience)).code, 0);
    assert.deepEqual(outcome(await asPerson("bob", "keys", "list", "--tenant", "acme")), [1, "role-missing"]);
    assert.deepEqual(outcome(await asPerson("mallory", "tenants", "list")), [1, "admin-refused"]);
    const elsewhere = await sealserve(
      "tenants",
      "list",
      "--admin-key",
      adminKey,
      "--audience",
      "https://other/key-broker/admin",
    );
    assert.deepEqual([elsewhere.code, /another broker/.test(elsewhere.stderr)], [1, true]);
    const shown = (await asPerson("alice", "audit", "show")).stdout;
    assert.match(shown, /alice: tenant-created acme/);
  });

  test("neither, both or half of them, and a server that the authority does not know, are wrong usage", async () => {
    const nobody = await sealserve("tenants", "list");
    const half = await sealserve("tenants", "list", "--client-cert", ca);
    const both = await asPerson("alice", "tenants", "list", "--admin-key", adminKey);
    const wrongKey = await sealserve(
      "tenants",
      "list",
      "--client-cert",
      ca,
      "--client-key",
      join(folder.path, "tls.key"),
    );
    const other = await folder.write("other.pem", (await testAuthority()).roots);
    const stranger = await runSealserve(["tenants", "list", "--broker", url, "--ca", other, "--admin-key", adminKey]);
    assert.deepEqual(
      [nobody, half, both, wrongKey, stranger].map(({ code }) => code),
      [2, 2, 2, 2, 2],
    );
  });
});

test("a server that names another broker's audience gets a token that this broker does not take", async () => {
  const tokens: string[] = [];
  const own = await authority.issue({ usage: "server" });
  const lying = createServer({ cert: own.certificate, key: own.privateKey }, (request, response) => {
    const { authorization } = request.headers;
    if (authorization) tokens.push(authorization);
    const body = request.url === "/admin/v1/about" ? { audience: broker.adminAudience } : [];
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await once(lying.listen(0, "127.0.0.1"), "listening");
  const where = `https://127.0.0.1:${(lying.address() as AddressInfo).port}`;
  const fooled = await runSealserve(["tenants", "list", "--broker", where, "--ca", ca, "--admin-key", adminKey]);
  lying.close();
  assert.equal(fooled.code, 0, fooled.stderr);
  const [authorization = ""] = tokens;
  const passedOn = await createTlsFetch({ roots: authority.roots })(`${url}/admin/v1/tenants`, {
    headers: { authorization },
  });
  const { code, reason } = await passedOn.json();
  assert.deepEqual([passedOn.status, code, reason], [401, "admin-refused", "channel-wrong"]);
});

describe("resources", () => {
  const of = ["--tenant", "acme", "--model", "ocr"];
  const asKey = (...args: readonly string[]): Promise<Ended> => sealserve(...args, ...of, "--admin-key", adminKey);

  async function piped(content: string, ...args: readonly string[]): Promise<Ended> {
    const all = [...args, ...of, "--broker", url, "--ca", ca, "--admin-key", adminKey];
    const child = spawn(process.execPath, [join(root, "apps/cli/src/main.ts"), ...all]);
    child.stdin.on("error", () => "a command that refuses its input closes it");
    child.stdin.end(content);
    return endOf(child);
  }

  test("are added from a file or standard input, listed by tag, and removed", async () => {
    await asPerson("alice", "tenants", "create", "acme");
    assert.deepEqual(outcome(await asKey("resources", "add", "token", await folder.write("secret", "s3cret"))), [
      0,
      "",
    ]);
    assert.deepEqual(outcome(await piped("another", "resources", "add", "piped", "-")), [0, ""]);
    const listed = await asKey("resources", "list");
    assert.equal(listed.stdout, "piped\ntoken\n");
    assert.deepEqual(outcome(await asKey("resources", "remove", "piped")), [0, ""]);
    assert.equal((await asKey("resources", "list")).stdout, "token\n");
    assert.deepEqual(outcome(await asKey("resources", "remove", "piped")), [1, "not-found"]);
  });

  test("that are empty, too large or not there are wrong usage", async () => {
    const large = await folder.write("large", "x".repeat(512 * 1024 + 1));
    const codes = [
      await asKey("resources", "add", "t", "/nowhere"),
      await asKey("resources", "add", "t", large),
      await piped("x".repeat(512 * 1024 + 1), "resources", "add", "t", "-"),
      await piped("", "resources", "add", "t", "-"),
    ].map(({ code }) => code);
    assert.deepEqual(codes, [2, 2, 2, 2]);
    const most = await folder.write("most", "x".repeat(512 * 1024));
    assert.deepEqual(outcome(await asKey("resources", "add", "most", most)), [0, ""]);
  });
});
