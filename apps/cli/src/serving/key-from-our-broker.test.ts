// A key file as a resource of our own broker, which speaks the protocol of Trustee's KBS: set by an administrator, given to whom the policy accepts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectKeyBroker } from "@sealserve/client";
import { enterTeeByResource } from "@sealserve/client/identities";
import { adminRoutes } from "@sealserve/protocols/key-broker";
import { generateKeyPair, parseRecipient } from "@sealserve/sealing";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { askBroker } from "../broker-connection.ts";
import { devConfig } from "../dev/dev-config.ts";
import { openDevState } from "../dev/dev-state.ts";
import { openSimulatedTee } from "../dev/simulated-tee.ts";
import { startDevBroker } from "../dev/start-dev-broker.ts";

test("is given to a process that the policy of its model accepts; other models, tenants and tags are refused", async () => {
  await using stack = new AsyncDisposableStack();
  const state = stack.use(await openDevState(null));
  const [clock, logger, now] = [systemClock(), silentLogger(), () => new Date()];
  const hardware = await openSimulatedTee({ tee: "tdx", simulate: null }, { state, now });
  const config = devConfig.parse({ modelStore: ".", keyBroker: { listen: 0, admin: 0, operations: 0 } });
  const broker = await startDevBroker(config, { clock, logger, state, stack, hardware });
  const ask = askBroker({ broker: broker.urls["keyBroker.admin"] ?? "", adminKey: state.path("admin.key") });
  const { identity, recipient } = await generateKeyPair();
  const model = { tenant: "default", model: "servers" };
  const appraisal = {
    name: "servers",
    references: [],
    tcbStatuses: ["UpToDate"],
    hardwareIds: null,
    simulatedRoots: [hardware.authority.anchor.sha256],
  };
  await ask(adminRoutes.createTenant, { tenant: "default" });
  await ask(adminRoutes.setReference, { ...model, reference: hardware.reference });
  for (const each of [model, { ...model, model: "others" }]) {
    await ask(adminRoutes.setPolicy, { ...each, policy: { appraisal, keys: [], roles: [] } });
    await ask(adminRoutes.setResource, { ...each, tag: "age-key", content: Buffer.from(`${identity}\n`) });
  }

  const enter = (resource: string) => {
    const { attester } = hardware;
    const parts = { broker: connectKeyBroker(broker.url, { fetch }), attester, pause: async () => {}, logger };
    return enterTeeByResource({ resource, attempts: 1 }, parts, new AbortController().signal);
  };
  const { start, identitiesFor } = await enter("default/servers/age-key");
  assert.equal(start.stage, "verdict");
  const fileKey = new Uint8Array(16).fill(9);
  const [mine] = identitiesFor("any", new AbortController().signal);
  assert.deepEqual(await mine?.unwrap(await parseRecipient(recipient).wrap(fileKey)), fileKey);

  for (const refused of ["default/others/age-key", "default/servers/missing", "dev/server/age-key"]) {
    await assert.rejects(enter(refused), { code: "policy-refused" }, refused);
  }
});
