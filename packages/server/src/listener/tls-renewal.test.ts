// Certificates that somebody renews while the listener runs: what new connections are shown, and what is passed over.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { type Issued, type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { type Logger, silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import type { ListenersOptions } from "./listener-options.ts";
import { type Listeners, openListeners } from "./open-listeners.ts";

const interval = 5_000;

/** Within the dates of the certificates. */
class Clock extends VirtualClock {
  override epoch(): number {
    return Date.parse("2026-06-01T00:00:00Z") + this.now();
  }
}

let authority: TestAuthority;
let folder: string;
let tls: { readonly cert: string; readonly key: string };
let clock: Clock;
let log: string[];
let logger: Logger;

beforeEach(async () => {
  authority = await testAuthority();
  folder = await mkdtemp(join(tmpdir(), "sealserve-renewal-"));
  tls = { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  clock = new Clock();
  log = [];
  const write = (message: string) => void log.push(message);
  logger = { ...silentLogger(), warn: write, error: write, child: () => logger };
  await put(await issue());
});
afterEach(() => rm(folder, { recursive: true }));

const issue = (notAfter = new Date("2027-01-01T00:00:00Z")): Promise<Issued> =>
  authority.issue({ usage: "server", notAfter });

async function put({ certificate, privateKey }: Issued): Promise<void> {
  await writeFile(tls.cert, certificate);
  await writeFile(tls.key, privateKey);
}

/** A look at the files ends with the timer for the next one. */
async function look(after = interval): Promise<void> {
  clock.advance(after);
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers with the digest of the key that evidence on this connection would name, and with what is wrong with the client. */
const open = (more: Partial<ListenersOptions> = {}): Promise<Listeners> =>
  openListeners(
    { host: "127.0.0.1", tls, insecurePlaintext: false, ...more },
    [
      {
        protocol: fakeProtocol("bound", {
          "GET /": async ({ channel }) =>
            reply(Buffer.from(channel?.spkiSha256() ?? "").toString("hex"), {
              client: String(channel?.clientCertificate()?.problem),
            }),
        }),
        port: 0,
      },
    ],
    { clock, logger },
  );

interface Told {
  /** Digest of the key that the listener bound to the connection. */
  readonly bound: string;
  /** Of the key that the client was shown. */
  readonly shown: string;
  readonly client: unknown;
  readonly socket: TLSSocket;
}

async function ask({ urls }: Listeners, agent: Agent, client?: Issued): Promise<Told> {
  const credentials = client ? { cert: client.certificate, key: client.privateKey } : {};
  const asked = request(urls["bound"] ?? "", { ca: authority.roots, agent, ...credentials }).end();
  const [answer] = await once(asked, "response");
  const { socket } = answer;
  const shown = keyOf(socket.getPeerX509Certificate());
  return { bound: await text(answer), shown, client: answer.headers.client, socket };
}

async function askOnce(listeners: Listeners, client?: Issued): Promise<Told> {
  const agent = new Agent();
  const told = await ask(listeners, agent, client);
  agent.destroy();
  return told;
}

function keyOf(certificate: X509Certificate | undefined): string {
  const key = certificate?.publicKey.export({ type: "spki", format: "der" }) ?? "";
  return createHash("sha256").update(key).digest("hex");
}
const keyIn = ({ certificate }: Issued): string => keyOf(new X509Certificate(certificate));

describe("a certificate that is renewed", () => {
  test("is shown in new handshakes and named by what is bound to them; a kept connection goes on with its own", async () => {
    await using listeners = await open();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const freed = once(kept, "free");
    const first = await ask(listeners, kept);
    await freed;
    assert.equal(first.bound, first.shown);
    const next = await issue(new Date("2028-01-01T00:00:00Z"));
    await put(next);
    await look();
    const renewed = await askOnce(listeners);
    assert.deepEqual([renewed.bound, renewed.shown], [keyIn(next), keyIn(next)]);
    const again = await ask(listeners, kept);
    assert.equal(again.socket, first.socket);
    assert.equal(again.bound, first.bound);
    assert.equal(listeners.certificateEnds()["bound"]?.toISOString(), "2028-01-01T00:00:00.000Z");
    assert.deepEqual(log, []);
    kept.destroy();
  });

  test("is made anew where it was made here, after 20 of its 30 days; a kept connection goes on", async () => {
    await using listeners = await open({ tls: "self-signed" });
    const asked = async (agent: Agent) => {
      const sent = request(listeners.urls["bound"] ?? "", { rejectUnauthorized: false, agent }).end();
      const [answer] = await once(sent, "response");
      return { bound: await text(answer), socket: answer.socket as TLSSocket };
    };
    const fresh = async () => {
      const agent = new Agent();
      const { bound, socket } = await asked(agent);
      const certificate = socket.getPeerX509Certificate();
      agent.destroy();
      assert.equal(bound, keyOf(certificate));
      return { bound, ends: certificate?.validToDate.toISOString() };
    };
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const freed = once(kept, "free");
    const first = await asked(kept);
    await freed;
    for (let hour = 0; hour < 20 * 24 - 1; hour++) await look(3_600_000);
    assert.deepEqual(await fresh(), { bound: first.bound, ends: "2026-07-01T00:00:00.000Z" });
    await look(3_600_000);
    const renewed = await fresh();
    assert.notEqual(renewed.bound, first.bound);
    assert.equal(renewed.ends, "2026-07-21T00:00:00.000Z");
    assert.equal(listeners.certificateEnds()["bound"]?.toISOString(), renewed.ends);
    const again = await asked(kept);
    assert.deepEqual([again.socket === first.socket, again.bound], [true, first.bound]);
    kept.destroy();
  });

  test("is noticed where a link is swapped, as Kubernetes does", async () => {
    await mkdir(join(folder, "1"));
    await rename(tls.cert, join(folder, "1/tls.crt"));
    await rename(tls.key, join(folder, "1/tls.key"));
    await symlink("1", join(folder, "..data"));
    await symlink("..data/tls.crt", tls.cert);
    await symlink("..data/tls.key", tls.key);
    await using listeners = await open();
    const next = await issue();
    await mkdir(join(folder, "2"));
    await writeFile(join(folder, "2/tls.crt"), next.certificate);
    await writeFile(join(folder, "2/tls.key"), next.privateKey);
    await symlink("2", join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    await look();
    assert.equal((await askOnce(listeners)).shown, keyIn(next));
  });

  test("whose key is not written yet is told once, and taken once it is", async () => {
    await using listeners = await open();
    const before = (await askOnce(listeners)).shown;
    const next = await issue();
    await writeFile(tls.cert, next.certificate);
    await look();
    await look();
    assert.equal((await askOnce(listeners)).shown, before);
    assert.equal(log.length, 1);
    await writeFile(tls.key, next.privateKey);
    await look();
    assert.equal((await askOnce(listeners)).shown, keyIn(next));
  });

  for (const [what, spoil] of [
    ["is cut off", async () => truncate(tls.cert, Math.floor((await readFile(tls.cert)).length / 2))],
    [
      "is cut off in its chain",
      async () => writeFile(tls.cert, [(await issue()).certificate, authority.roots.slice(0, 200)].join("\n")),
    ],
    ["is empty", () => truncate(tls.cert)],
    ["is gone", () => rm(tls.cert)],
    ["has lost its key", () => rm(tls.key)],
    ["has ended", async () => put(await issue(new Date("2026-01-01T00:00:00Z")))],
  ] as const) {
    test(`and ${what} leaves the one before, under TLS`, async () => {
      await using listeners = await open();
      const before = await askOnce(listeners);
      await spoil();
      await look();
      const after = await askOnce(listeners);
      assert.equal(after.shown, before.shown);
      assert.deepEqual(log, ["the TLS files cannot be used: what was read from them before goes on"]);
    });
  }

  test("a cut-off chain with its own key leaves the one before", async () => {
    await using listeners = await open();
    const before = (await askOnce(listeners)).shown;
    const next = await issue();
    await put({ ...next, certificate: `${next.certificate}\n${authority.roots.slice(0, 200)}` });
    await look();
    assert.equal((await askOnce(listeners)).shown, before);
    assert.equal(log.length, 1);
  });

  test("takes the place of one that has ended, whatever its own dates", async () => {
    await put(await issue(new Date("2026-01-01T00:00:00Z")));
    await using listeners = await open();
    const next = await issue(new Date("2026-02-01T00:00:00Z"));
    await put(next);
    await look();
    assert.equal(listeners.certificateEnds()["bound"]?.toISOString(), "2026-02-01T00:00:00.000Z");
  });
});

describe("authorities of clients", () => {
  test("are read again; cut off or gone, those before judge", async () => {
    const other = await testAuthority("Other");
    const file = join(folder, "ca.crt");
    await writeFile(file, authority.roots);
    await using listeners = await open({ optionalClientRoots: { pem: authority.roots, files: [file] } });
    const [mine, theirs] = [await authority.issue(), await other.issue()];
    const problems = async (): Promise<boolean[]> => [
      (await askOnce(listeners, mine)).client === "null",
      (await askOnce(listeners, theirs)).client === "null",
    ];
    assert.deepEqual(await problems(), [true, false]);
    await writeFile(file, `${authority.roots}\n${other.roots}`);
    await look();
    assert.deepEqual(await problems(), [true, true]);
    await writeFile(file, `${other.roots}\n${authority.roots.slice(0, 200)}`);
    await look();
    assert.deepEqual(await problems(), [true, true]);
    await rm(file);
    await look();
    assert.deepEqual(await problems(), [true, true]);
    await writeFile(file, other.roots);
    await look();
    assert.deepEqual(await problems(), [false, true]);
  });

  test("that were given as text stay, whatever happens to the certificate", async () => {
    await using listeners = await open({ optionalClientRoots: authority.roots });
    await put(await issue());
    await look();
    assert.equal((await askOnce(listeners, await authority.issue())).client, "null");
  });
});

test("nobody looks once the listeners are closed, nor where they could not open", async () => {
  const listeners = await open();
  await listeners[Symbol.asyncDispose]();
  assert.equal(clock.timers, 0);
  await writeFile(tls.key, "no key");
  await assert.rejects(open(), { code: "credentials-unusable" });
  await put(await issue());
  await assert.rejects(open({ host: "192.0.2.1" }), { code: "host-unavailable" });
  assert.equal(clock.timers, 0);
});
