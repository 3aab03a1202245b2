// The broker's certificate and the authorities of its administrators, renewed in their files while it runs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Issued, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { Secret } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { fixtureConfig, startFixture } from "../testing/broker-fixture.ts";

const person = "spiffe://models.example/admin/alice";

test("administrators of a new authority are let in, and metrics tell when the certificate ends", async () => {
  const [authority, other] = await Promise.all([testAuthority(), testAuthority("Other")]);
  const folder = await mkdtemp(join(tmpdir(), "broker-renewal-"));
  const [cert, key, roots] = ["tls.crt", "tls.key", "ca.crt"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const put = async ({ certificate, privateKey }: Issued): Promise<void> => {
    await writeFile(cert, certificate);
    await writeFile(key, privateKey);
  };
  const ends = (year: number) => new Date(`${year}-01-01T00:00:00Z`);
  await put(await authority.issue({ usage: "server", notAfter: ends(2070) }));
  await writeFile(roots, authority.roots);
  const clock = systemClock();
  const looks: (() => void)[] = [];
  const admin = fixtureConfig(folder, "").admin;
  await using fixture = await startFixture({
    config: {
      admin: {
        ...admin,
        listen: { ...admin.listen, tls: { cert, key } },
        administrators: [{ name: "alice", certificate: { uri: person }, roles: ["key-admin"], tenants: null }],
        clientRoots: [new Secret(Buffer.from(authority.roots), roots)],
      },
    },
    parts: {
      clock: {
        ...clock,
        setTimer(delay, callback) {
          if (delay !== 5_000) return clock.setTimer(delay, callback);
          looks.push(callback);
          return { cancel: () => {} };
        },
      },
    },
  });
  const { urls } = fixture.broker;
  const status = async ({ certificate, privateKey }: Issued): Promise<number> => {
    const options = { ca: authority.roots, agent: false, cert: certificate, key: privateKey };
    const [answer] = await once(request(`${urls.admin}/admin/v1/tenants/acme/keys`, options).end(), "response");
    answer.resume();
    return answer.statusCode;
  };
  const metric = async (): Promise<string | undefined> => {
    const told = await (await fetch(`${urls.operations}/metrics`)).text();
    return /^sealserve_tls_certificate_not_after_seconds\{listener="keyBroker.admin"\} (\d+)$/m.exec(told)?.[1];
  };
  const theirs = await other.issue({ uris: [person] });
  assert.equal(await status(theirs), 401);
  assert.equal(await metric(), String(ends(2070).getTime() / 1000));
  await put(await authority.issue({ usage: "server", notAfter: ends(2071) }));
  await writeFile(roots, `${authority.roots}\n${other.roots}`);
  for (const look of looks.splice(0)) look();
  while (looks.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await status(theirs), 200);
  assert.equal(await status(await authority.issue({ uris: [person] })), 200);
  assert.equal(await metric(), String(ends(2071).getTime() / 1000));
  await rm(folder, { recursive: true });
});
