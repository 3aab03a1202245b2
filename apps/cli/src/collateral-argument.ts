// What `--collateral` names: a file with collateral, a bundle, or a folder with a service's answers.
import { statSync } from "node:fs";
import { bundleSource, CollateralError, type CollateralSource, filesSource, readBundle } from "@sealserve/attestation";
import { folderSource } from "@sealserve/attestation/collateral-folder";
import { reasonOf } from "@sealserve/primitives";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

const largest = 64 * 1024 * 1024;

/**
 * Without an argument, a source that has nothing. Throws `UsageError` where nothing can be read; a file that holds no collateral becomes
 * a source that says so when it is asked.
 */
export async function collateralSourceOf(path: string | undefined): Promise<CollateralSource> {
  try {
    return await openSource(path);
  } catch (error) {
    if (error instanceof CollateralError) return { fetch: () => Promise.reject(error) };
    throw error;
  }
}

async function openSource(path: string | undefined): Promise<CollateralSource> {
  if (path === undefined) return filesSource([], "the command line (give --collateral)");
  if (isFolder(path)) return folderSource({ folder: path });
  const bytes = readBytesFile(path, largest);
  const head = bytes.subarray(0, 200).toString("latin1");
  if (head.includes("sealserve-collateral-bundle/")) return bundleSource(await readBundle(bytes.toString("utf8")));
  return filesSource([{ name: path, bytes }], `file '${path}'`);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}`, error);
  }
}
