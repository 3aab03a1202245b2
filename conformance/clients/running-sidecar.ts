// The sidecar as its users start it: models sealed to a key file, a token, a certificate that clients can verify, a command.
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { generateKeyPair } from "@sealserve/sealing";
import { runSealserve, spawnSealserve } from "../e2e/running-server.ts";
import type { TemporaryFolder } from "../e2e/temporary-folder.ts";
import { jsonLinesOf, stop } from "../fixtures/spawned-command.ts";

/** What callers show as `Authorization: Bearer`. */
export const token = "sesame";

export interface SealedModel {
  /** A file or a folder. */
  readonly from: string;
  /** Its name in the repository. */
  readonly name: string;
}

/** What sidecars in one folder share. */
export interface SidecarFiles {
  /** PEM, for clients: who vouches for the sidecar's certificate. */
  readonly roots: string;
  /** Of the configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface RunningSidecar extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Where clients ask. */
  readonly url: string;
  /** Where health and metrics are told. */
  readonly operations: string;
  log(): string;
}

/** Seals models, and writes what a sidecar opens them with and listens with. */
export async function sidecarFiles(folder: TemporaryFolder, models: readonly SealedModel[]): Promise<SidecarFiles> {
  const at = (name: string): string => join(folder.path, name);
  const { identity, recipient } = await generateKeyPair();
  await folder.write("key.txt", identity);
  await folder.write("token.txt", `${token}\n`);
  await mkdir(at("repository"));
  for (const { from, name } of models) {
    const sealed = await runSealserve(["seal", from, "--to", recipient, "--out", at(`repository/${name}`)]);
    if (sealed.code !== 0) throw new Error(sealed.stderr);
  }
  const authority = await testAuthority();
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  await folder.write("roots.pem", authority.roots);
  await folder.write("cert.pem", certificate);
  await folder.write("key.pem", privateKey);
  return {
    roots: at("roots.pem"),
    config: {
      ...{ repository: at("repository"), identity: { keyFile: at("key.txt") } },
      ...{ port: 0, operations: { port: 0 }, drainDelay: 0 },
      tls: { cert: at("cert.pem"), key: at("key.pem") },
      authentication: { tokenFile: at("token.txt") },
    },
  };
}

/** Ready once its upstream is. */
export async function startSidecar(
  folder: TemporaryFolder,
  config: Readonly<Record<string, unknown>>,
  command: readonly string[],
): Promise<RunningSidecar> {
  const file = join(folder.path, "sidecar.yaml");
  await writeFile(file, JSON.stringify(config));
  const child = spawnSealserve(["sidecar", "--config", file, "--", ...command]);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ready = await jsonLinesOf<{ readonly listeners: Readonly<Record<string, string>> }>(child, () => log)();
  const { sidecar = "", operations = "" } = ready.listeners;
  return {
    process: child,
    url: `https://localhost:${new URL(sidecar).port}`,
    operations,
    log: () => log,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** The id of the command's process, by its program: a sidecar has a guard, too. */
export async function commandOf({ process: { pid } }: RunningSidecar, program: string): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, "utf8")).startsWith(program)) return Number(child);
  }
  throw new Error(`${program} is not among the children ${children.join(", ")}`);
}

/** A memory folder of one test's own. */
export interface TestMemory extends AsyncDisposable {
  readonly path: string;
  /** What sidecars have in it at the moment. */
  folders(): Promise<readonly string[]>;
}

export async function testMemory(): Promise<TestMemory> {
  const path = await mkdtemp("/dev/shm/test-");
  return {
    path,
    folders: () => readdir(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
