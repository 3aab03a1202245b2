// The folder in which `dev` keeps what must outlive it: the broker's database and keys, and the root of its simulated hardware.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { hardwareFolder, type KeptRoots } from "./hardware-folder.ts";

export interface DevState extends KeptRoots, AsyncDisposable {
  readonly folder: string;
  /** Path of a file in the folder. */
  path(name: DevFile): string;
  /** For whoever uses what runs: readable JSON. */
  publish(name: PublishedFile, content: object): Promise<void>;
}

export type DevFile = "broker.sqlite" | "root.key" | "admin.key" | "admin.pub" | "audit-witness" | PublishedFile;

export type PublishedFile = "trust-anchor.json" | "policy.json" | "reference.json";

/** `folder`: made where it is not there; null: one that goes away with the process. */
export async function openDevState(folder: string | null): Promise<DevState> {
  const temporary = folder === null;
  // Whole paths: whoever reads the ready line may stand in another folder.
  const root = folder === null ? await mkdtemp(join(tmpdir(), "sealserve-dev-")) : resolve(folder);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const path = (name: string): string => join(root, name);
  await makeKeys(path);
  return {
    ...(await hardwareFolder(root)),
    folder: root,
    path,
    publish: (name, content) => writeFile(path(name), `${JSON.stringify(content, null, 2)}\n`),
    async [Symbol.asyncDispose]() {
      if (temporary) await rm(root, { recursive: true, force: true });
    },
  };
}

/** The broker's root key, and the key of its one administrator; only for their owner to read. */
async function makeKeys(path: (name: string) => string): Promise<void> {
  if ((await readIfThere(path("root.key"))) !== null) return;
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  await writeSecret(path("admin.key"), privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  await writeFile(path("admin.pub"), publicKey.export({ type: "spki", format: "pem" }).toString());
  await writeSecret(path("root.key"), randomBytes(32).toString("hex"));
}

async function writeSecret(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  // A file that was there before keeps its mode.
  await chmod(file, 0o600);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
