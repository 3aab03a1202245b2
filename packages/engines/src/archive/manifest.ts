// The manifest of a model archive: what TorchServe's archiver writes and what its server reads.
import { reasonOf, strictTextOf } from "@sealserve/primitives";
import { z } from "zod";
import { LayoutError, type LayoutErrorFacts } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

export const manifestName = "MAR-INF/MANIFEST.json";

/** The version of the archive format that we write, as TorchServe's archiver names its own. */
export const archiverVersion = "0.12.0";

/** Bytes. */
export const maxManifestSize = 1 << 20;

const schema = z.looseObject({
  createdOn: z.string().optional(),
  runtime: z.string().default("python"),
  archiverVersion: z.string().optional(),
  model: z.looseObject({
    modelName: z.string(),
    modelVersion: z.string().min(1).default("1.0"),
    handler: z.string().min(1).optional(),
    serializedFile: z.string().min(1).optional(),
    modelFile: z.string().min(1).optional(),
    configFile: z.string().min(1).optional(),
    requirementsFile: z.string().min(1).optional(),
    envelope: z.string().min(1).optional(),
  }),
});

/** Keys that we do not know are kept: handlers see the manifest as it is. */
export type Manifest = z.infer<typeof schema>;

/**
 * Where the archive says no name, or has no manifest at all, `name` stands for it: as in the original, a call that names a model and a handler needs
 * none. Throws `manifest-missing` or `manifest-malformed`.
 */
export async function readManifest(archive: string, files: ModelFiles, name?: string): Promise<Manifest> {
  const size = files.size(manifestName);
  if (size === null) {
    if (name === undefined) throw new LayoutError("manifest-missing", { archive });
    return schema.parse({ model: { modelName: name } });
  }
  if (size > maxManifestSize)
    throw malformed(archive, "form", `has ${size} bytes, at most ${maxManifestSize} are allowed`);
  return parseManifest(archive, await files.read(manifestName), name);
}

/** Throws `manifest-malformed`. */
export function parseManifest(archive: string, bytes: Uint8Array, name?: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(strictTextOf(bytes));
  } catch (error) {
    throw malformed(archive, "syntax", `is not JSON: ${reasonOf(error)}`, error);
  }
  const parsed = schema.safeParse(name === undefined ? json : named(json, name));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ where: path.join("."), message }));
  const fault = issues.every(({ where }) => where === "model" || where === "model.modelName") ? "name" : "form";
  throw malformed(archive, fault, `has faults: ${issues.map((each) => `'${each.where}': ${each.message}`).join("; ")}`);
}

function named(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { model } = json as { readonly model?: unknown };
  return { ...json, model: { modelName: name, ...Object(model ?? {}) } };
}

/** `23/11/2026 08:40:00`, as TorchServe's archiver writes it; in UTC, so that it does not depend on the machine. */
export function createdOn(now: Date): string {
  const [date = "", time = ""] = now.toISOString().slice(0, 19).split("T");
  return `${date.split("-").toReversed().join("/")} ${time}`;
}

type Fault = LayoutErrorFacts["manifest-malformed"]["fault"];

function malformed(archive: string, fault: Fault, problem: string, cause?: unknown): LayoutError {
  return new LayoutError("manifest-malformed", { archive, problem, fault }, cause);
}
