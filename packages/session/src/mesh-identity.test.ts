// Renewal of mesh certificates, by a clock that is turned by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestMeshAuthority, testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { type MeshCredentials, type MeshIdentityParts, meshIdentity } from "./mesh-identity.node.ts";

const start = Date.parse("2026-06-01T00:00:00Z");
const hour = 3_600_000;

/** A clock with one timer, and an authority that can be away; `next` turns to the timer and waits for what it did. */
class World implements MeshIdentityParts {
  readonly renewed: MeshCredentials[] = [];
  readonly problems: unknown[] = [];
  readonly delays: number[] = [];
  readonly #authority: TestMeshAuthority;
  #now = start;
  #callback: (() => void) | null = null;
  #told = Promise.withResolvers<void>();
  away = false;
  lifetime = hour;
  name = "spiffe://test/backend/a";
  /** What the authority makes of its answer. */
  twist = (honest: { readonly certificate: string; readonly roots: string }) => honest;
  /** From when certificates hold, in milliseconds from now. */
  validFrom = -1000;

  constructor(authority: TestMeshAuthority) {
    this.#authority = authority;
  }

  readonly clock = {
    epoch: () => this.#now,
    setTimer: (delay: number, callback: () => void) => {
      this.delays.push(delay);
      this.#callback = callback;
      return {
        cancel: () => {
          this.#callback = null;
        },
      };
    },
  };

  readonly obtain = async ({ certificateRequest }: { readonly certificateRequest: string }) => {
    if (this.away) throw new Error("the broker is away");
    const [from, to] = [new Date(this.#now + this.validFrom), new Date(this.#now + this.lifetime)];
    return this.twist(await this.#authority.certify(certificateRequest, this.name, from, to));
  };

  readonly onRenewed = (credentials: MeshCredentials): void => {
    this.renewed.push(credentials);
    this.#told.resolve();
  };

  readonly onProblem = (error: unknown): void => {
    this.problems.push(error);
    this.#told.resolve();
  };

  get armed(): boolean {
    return this.#callback !== null;
  }

  async next(): Promise<void> {
    this.#told = Promise.withResolvers();
    this.#now += this.delays.at(-1) ?? 0;
    this.#callback?.();
    await this.#told.promise;
  }
}

test("renews after two thirds of the life, with a new key each time", async () => {
  const world = new World(await testMeshAuthority());
  using identity = await meshIdentity(world);
  const first = identity.current;
  await world.next();
  assert.deepEqual(world.delays, [(hour * 2) / 3, (hour * 2) / 3]);
  assert.notEqual(identity.current.privateKey, first.privateKey);
  assert.equal(world.renewed[0], identity.current);
});

test("tries again while the broker is away, and keeps what it has", async () => {
  const world = new World(await testMeshAuthority());
  using identity = await meshIdentity(world);
  const first = identity.current;
  world.away = true;
  await world.next();
  await world.next();
  assert.deepEqual(world.delays.slice(1), [60_000, 60_000]);
  assert.equal((world.problems[0] as { code?: string }).code, "certificate-unavailable");
  assert.equal(identity.current, first);
  world.away = false;
  await world.next();
  assert.notEqual(identity.current, first);
});

test("has no identity without a first certificate, or with one that has ended", async () => {
  const world = new World(await testMeshAuthority());
  world.away = true;
  await assert.rejects(meshIdentity(world), { code: "certificate-unavailable" });
  world.away = false;
  world.lifetime = -500;
  await assert.rejects(meshIdentity(world), { code: "certificate-unavailable" });
  assert.ok(!world.armed);
});

test("has no identity by a clock that is behind, and does not renew by one either", async () => {
  const world = new World(await testMeshAuthority());
  world.validFrom = 60_000;
  await assert.rejects(meshIdentity(world), { code: "certificate-unavailable" });
  world.validFrom = -1000;
  using identity = await meshIdentity(world);
  const first = identity.current;
  world.validFrom = 60_000;
  await world.next();
  assert.equal((world.problems[0] as { code?: string }).code, "certificate-unavailable");
  assert.equal(identity.current, first);
});

test("renews no more once it is disposed of", async () => {
  const world = new World(await testMeshAuthority());
  const identity = await meshIdentity(world);
  identity[Symbol.dispose]();
  assert.ok(!world.armed);
});

test("a renewal for another key, another name or with roots that cannot be read is refused, and what was there stays", async () => {
  const authority = await testMeshAuthority();
  const other = await meshIdentity(new World(authority));
  other[Symbol.dispose]();
  const strange: readonly [string, (world: World) => void][] = [
    ["the key", (world) => (world.twist = ({ roots }) => ({ certificate: other.current.certificate, roots }))],
    ["the trust domain", (world) => (world.name = "spiffe://other/backend/a")],
    ["the role", (world) => (world.name = "spiffe://test/frontend/a")],
    ["the tenant", (world) => (world.name = "spiffe://test/backend/b")],
    ["no name", (world) => (world.name = "https://test/backend/a")],
    ["no roots", (world) => (world.twist = ({ certificate }) => ({ certificate, roots: "hello" }))],
  ];
  for (const [what, change] of strange) {
    const world = new World(authority);
    using identity = await meshIdentity(world);
    const first = identity.current;
    change(world);
    await world.next();
    assert.equal((world.problems[0] as { code?: string } | undefined)?.code, "certificate-unavailable", what);
    assert.equal(identity.current, first, what);
  }
});
