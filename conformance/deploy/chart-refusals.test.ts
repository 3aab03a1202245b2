// Wrong values are refused with a sentence that says what was found, what is allowed and what to do, before any template meets them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installing } from "./cluster/installing.ts";
import { type Rendering, refusal, render, withoutHelm } from "./helm.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { refused } from "./refused-values.ts";
import { singleValues } from "./single-values.ts";

const skip = withoutHelm;

for (const [what, rendering, sentence] of refused) {
  test(`${what} is refused with a sentence`, { skip }, () => {
    const told = refusal(rendering);
    assert.ok(told.includes(sentence), told);
  });
}

for (const [value, sentence, values = []] of singleValues) {
  test(`${value} is refused with a sentence`, { skip }, () => {
    const told = refusal({ values, [isJson(value.replace(/^[^=]*=/, "")) ? "json" : "set"]: [value] });
    // Where Go itself complains, no person is told anything.
    assert.doesNotMatch(told, /executing "/);
    assert.ok(told.includes(`: ${sentence}`), told);
  });
}

const tls = ["frontend.tls.source=secret", "frontend.tls.secretName=public"];
const addIt = "add it, or name another Secret";

const lacking: readonly (readonly [Rendering, name: string, has: readonly string[], sentence: string])[] = [
  [
    { set: tls },
    "public",
    ["cert", "key"],
    `frontend.tls.secretName names the Secret public, which has no key tls.crt (it has: cert, key): ${addIt}`,
  ],
  [
    { set: tls },
    "public",
    ["tls.crt", "tls.key"],
    "frontend.tls.secretName names the Secret public, which has no key ca.crt (it has: tls.crt, tls.key): add it, or set test.ca to false: helm test trusts it",
  ],
  [
    { set: ["identity.keyFileSecret=identity"] },
    "identity",
    [],
    `identity.keyFileSecret names the Secret identity, which has no key key.txt (it has: none): ${addIt}`,
  ],
  [
    { values: ["tdx"], set: ["keyBroker.rootKey.passphraseFile=phrase"] },
    "sealserve-key-broker",
    ["admin.pub", "root.key"],
    `keyBroker.secretName names the Secret sealserve-key-broker, which has no key phrase (it has: admin.pub, root.key): ${addIt}`,
  ],
  [
    { values: ["native", "production"] },
    "sealserve-postgres-frontend",
    ["PASSWORD"],
    `postgres.frontend.passwordSecret names the Secret sealserve-postgres-frontend, which has no key password (it has: PASSWORD): ${addIt}`,
  ],
];

for (const [rendering, name, has, sentence] of lacking) {
  test(`a Secret without what pods mount is refused: ${sentence.slice(0, 60)}…`, { skip }, async () => {
    const data = Object.fromEntries(has.map((key) => [key, ""]));
    const there: KubernetesObject = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "ml" }, data };
    const { code, stderr } = await installing(rendering, render(rendering), [there]);
    assert.notEqual(code, 0);
    assert.ok(stderr.includes(`: ${sentence}\n`), stderr);
  });
}

test("a Secret with all that pods mount is taken, and so is one that is not there yet", { skip }, async () => {
  const data = { "tls.crt": "", "tls.key": "", "ca.crt": "" };
  const there = { apiVersion: "v1", kind: "Secret", metadata: { name: "public", namespace: "ml" }, data };
  for (const secrets of [[], [there]]) {
    const { code, stderr } = await installing({ set: tls }, render({ set: tls }), secrets);
    assert.equal(code, 0, stderr);
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
