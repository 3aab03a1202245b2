// Models fetched over real sockets: whole or not at all, from where it is allowed and nowhere else.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { lookup as systemLookup } from "node:dns";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { type ModelFetcherOptions, modelFetcher } from "./model-fetcher.ts";
import { isPublicAddress } from "./public-address.ts";

const content = Buffer.from("a model archive".repeat(1000));
const digest = createHash("sha256").update(content).digest("hex");
const never = new AbortController().signal;

let folder: string;
let modelStore: string;
let server: Server;
let base: string;
let answer: RequestListener = (_, reply) => reply.end(content);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-fetching-"));
  server = createServer((request, reply) => answer(request, reply));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  modelStore = await mkdtemp(join(folder, "store-"));
  answer = (_, reply) => reply.end(content);
});

function fetcher(options: Partial<ModelFetcherOptions> = {}, lookup?: typeof systemLookup) {
  return modelFetcher(
    {
      modelStore,
      allowedUrls: ["http://.*", "file://.*"],
      maxDownloadSize: 1 << 20,
      downloadTimeout: 60_000,
      allowPrivateAddresses: true,
      ...options,
    },
    { epoch: Date.now, ...(lookup && { lookup }) },
  );
}

const stored = () => readdir(modelStore);

/** It fails by this code, and nothing of it is in the store. */
async function refused(url: string, code: string, options: Partial<ModelFetcherOptions> = {}): Promise<void> {
  await assert.rejects(fetcher(options).fetch(url, never), { code }, url);
  assert.deepEqual(await stored(), []);
}

describe("a fetch", () => {
  it("brings the file under its own name, and removes it again", async () => {
    const fetching = fetcher();
    assert.deepEqual(await fetching.fetch(`${base}/some/where/m%2D1.mar?token=x#sha256=${digest}`, never), {
      entry: "m-1.mar",
      pinned: null,
    });
    assert.deepEqual(await stored(), ["m-1.mar"]);
    assert.deepEqual(await readFile(join(modelStore, "m-1.mar")), content);
    await assert.rejects(fetching.fetch(`${base}/m-1.mar`, never), { code: "entry-exists" });
    await fetching.remove("m-1.mar");
    await fetching.remove("m-1.mar");
    assert.deepEqual(await stored(), []);
  });

  it("takes files of this machine where a pattern says so", async () => {
    const path = join(folder, "local.tar.gz");
    await writeFile(path, content);
    assert.equal((await fetcher().fetch(pathToFileURL(path).href, never)).entry, "local.tar.gz");
    await assert.rejects(fetcher({ allowedUrls: ["http://.*"] }).fetch(pathToFileURL(path).href, never), {
      code: "url-not-allowed",
    });
  });

  it("takes no file to which a link leads out of where a pattern says (G10)", async () => {
    const allowed = join(folder, "allowed");
    await mkdir(allowed);
    await writeFile(join(folder, "secret.mar"), content);
    await writeFile(join(allowed, "a.mar"), content);
    await symlink(join(folder, "secret.mar"), join(allowed, "out.mar"));
    await symlink(join(allowed, "a.mar"), join(allowed, "in.mar"));
    const allowedUrls = [`${pathToFileURL(allowed).href}/.*`];
    await refused(pathToFileURL(join(allowed, "out.mar")).href, "url-not-allowed", { allowedUrls });
    const inside = pathToFileURL(join(allowed, "in.mar")).href;
    assert.equal((await fetcher({ allowedUrls }).fetch(inside, never)).entry, "in.mar");
  });

  it("is of whole URLs that a pattern fits, as the network will see them", async () => {
    await refused(`${base}/m.mar`, "url-not-allowed", { allowedUrls: [] });
    await refused(`${base}/m.mar`, "url-not-allowed", { allowedUrls: ["http://127"] });
    await refused(`${base}/good/../m.mar`, "url-not-allowed", { allowedUrls: [`${base}/good/.*`] });
    await refused("file:///models/../etc/m.mar", "url-not-allowed", { allowedUrls: ["file:///models/.*"] });
    for (const url of ["", "m.mar", "ftp://h/m.mar", "http://user@127.0.0.1/m.mar", "s3://bucket/m.mar", "http://"]) {
      await refused(url, "url-not-allowed");
    }
  });

  it("gives names of archives only (G10)", async () => {
    const names = [
      "",
      ".hidden.mar",
      "m.txt",
      "..%2f..%2fm.mar",
      "a%00.mar",
      "%ff.mar",
      "config.yaml",
      `${"m".repeat(300)}.mar`,
    ];
    for (const name of names) await refused(`${base}/${name}`, "bad-entry");
    await refused(`${base}/m.mar#md5=1`, "not-fetched");
  });

  it("is of what was asked, no more and no less", async () => {
    await refused(`${base}/m.mar#sha256=${"0".repeat(64)}`, "digest-mismatch");
    await refused(`${base}/m.mar`, "too-large", { maxDownloadSize: content.length - 1 });
    answer = (_, reply) => {
      for (let i = 0; i < 100; i++) reply.write(content);
      reply.end();
    };
    await refused(`${base}/m.mar`, "too-large", { maxDownloadSize: content.length * 50 });
    answer = (_, reply) => {
      reply.writeHead(200, { "content-length": "1000000" });
      reply.write(content, () => reply.destroy());
    };
    await refused(`${base}/m.mar`, "not-fetched");
    answer = (_, reply) => reply.writeHead(200, { "content-encoding": "gzip" }).end(content);
    await refused(`${base}/m.mar`, "not-fetched");
    answer = (_, reply) => reply.writeHead(404).end(content);
    await refused(`${base}/m.mar`, "not-fetched");
    await refused("http://127.0.0.1:1/m.mar", "not-fetched");
    await refused("file:///not/there.mar", "not-fetched");
    await mkdir(join(folder, "folder.mar"), { recursive: true });
    await refused(pathToFileURL(join(folder, "folder.mar")).href, "not-fetched");
  });

  it("ends where nothing comes any more, or the caller goes", async () => {
    answer = (_, reply) => reply.write(content);
    await refused(`${base}/m.mar`, "not-fetched", { idleLimit: 50 });
    const gone = new AbortController();
    answer = (_, reply) => reply.write(content, () => gone.abort());
    await assert.rejects(fetcher().fetch(`${base}/m.mar`, gone.signal));
    assert.deepEqual(await stored(), []);
  });

  it("ends where bytes drip for longer than a whole file may take", async () => {
    let sent = 0;
    answer = (_, reply) => {
      const dripping = setInterval(() => reply.write(`${sent++}`), 10);
      reply.on("close", () => clearInterval(dripping));
    };
    const begun = performance.now();
    await refused(`${base}/m.mar`, "not-fetched", { idleLimit: 5000, downloadTimeout: 200 });
    assert.ok(sent > 3 && performance.now() - begun < 4000, `${sent}`);
  });

  it("of one name that come together leaves one, whole", async () => {
    const fetching = fetcher();
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => fetching.fetch(`${base}/m.mar`, never)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.deepEqual(await stored(), ["m.mar"]);
    assert.deepEqual(await readFile(join(modelStore, "m.mar")), content);
  });

  it("removes what another process left half fetched long ago", async () => {
    for (const name of [".fetching-old", ".fetching-new"]) await writeFile(join(modelStore, name), "");
    await utimes(join(modelStore, ".fetching-old"), 1, 1);
    await fetcher().fetch(`${base}/m.mar`, never);
    assert.deepEqual((await stored()).sort(), [".fetching-new", "m.mar"]);
  });
});

describe("a redirection", () => {
  const to =
    (location: string): RequestListener =>
    (request, reply) =>
      request.url === "/m.mar" ? reply.writeHead(302, { location }).end() : reply.end(content);

  it("leads to where it is allowed to ask, under the first name", async () => {
    answer = to("/elsewhere?signature=1");
    assert.equal((await fetcher().fetch(`${base}/m.mar`, never)).entry, "m.mar");
  });

  it("leads nowhere else, and not for ever (G10)", async () => {
    answer = to("/elsewhere");
    await refused(`${base}/m.mar`, "url-not-allowed", { allowedUrls: [`${base}/m\\.mar`] });
    answer = to("file:///etc/hostname");
    await refused(`${base}/m.mar`, "url-not-allowed");
    answer = to("/m.mar");
    await refused(`${base}/m.mar`, "not-fetched");
  });
});

describe("an address", () => {
  const private_ = { allowPrivateAddresses: false };

  it("that is not public is asked by no spelling (G10)", async () => {
    const port = new URL(base).port;
    const hosts = [
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[::127.0.0.1]",
      "169.254.169.254",
    ];
    for (const host of hosts) await refused(`http://${host}:${port}/m.mar`, "address-refused", private_);
    await refused(`http://localhost:${port}/m.mar`, "address-refused", private_);
  });

  it("that a name means is looked at once, and that one is asked (G10)", async () => {
    let asked = 0;
    const rebinding = ((_name: string, _options: object, give: (error: null, found: object[]) => void) => {
      asked++;
      give(null, [
        { address: asked === 1 ? "203.0.114.1" : "127.0.0.1", family: 4 },
        { address: "10.0.0.1", family: 4 },
      ]);
    }) as unknown as typeof systemLookup;
    const fetching = fetcher(private_, rebinding);
    await assert.rejects(fetching.fetch("http://models.example/m.mar", never), { code: "address-refused" });
    assert.equal(asked, 1);
  });

  it("is public or not by its number", () => {
    const publicOnes = ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"];
    for (const address of publicOnes) assert.ok(isPublicAddress(address), address);
    const others = [
      "10.1.2.3",
      "100.64.0.1",
      "172.16.0.1",
      "192.168.1.1",
      "255.255.255.255",
      "::",
      "fe80::1",
      "fe80::1%eth0",
    ];
    const inside = ["fd00::1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:7f00:1::", "name", "", "127.1"];
    for (const address of [...others, ...inside]) assert.ok(!isPublicAddress(address), address);
  });
});
