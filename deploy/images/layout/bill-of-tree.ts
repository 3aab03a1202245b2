// The bill of an image: the bundle's own, and Node, the packages beside the bundle and the system's libraries.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Component, lockedPackages, softwareBill } from "../../../tools/software-bill.ts";
import type { SharedLibrary } from "./shared-libraries.ts";

export interface Tree {
  /** The image's name. */
  readonly subject: string;
  /** Of packages beside the bundle. */
  readonly places: readonly string[];
  readonly libraries: readonly SharedLibrary[];
  /** Components of the bundle. */
  readonly bundled: readonly Component[];
}

export function billOfTree({ subject, places, libraries, bundled }: Tree, root: string): object {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const node: Component = {
    type: "platform",
    name: "node",
    version: process.versions.node,
    purl: `pkg:generic/node@${process.versions.node}`,
    hashes: [hashOf(process.execPath)],
  };
  const files = libraries.map(
    ({ name, path }): Component => ({
      ...{ type: "file", name },
      hashes: [hashOf(path)],
    }),
  );
  return softwareBill({ name: subject, version }, [...bundled, ...lockedPackages(places, lock), node, ...files]);
}

function hashOf(path: string): { readonly alg: string; readonly content: string } {
  return { alg: "SHA-256", content: createHash("sha256").update(readFileSync(path)).digest("hex") };
}
