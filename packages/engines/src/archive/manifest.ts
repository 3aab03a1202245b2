// The manifest of a model archive: what TorchServe's archiver writes and what its server reads.
import { reasonOf, strictTextOf } from "@sealserve/primitives";
import { z } from "zod";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

export const manifestName = "MAR-INF/MANIFEST.json";

/** The version of the archive format that we write, as TorchServe's archiver names its own. */
export const archiverVersion = "0.12.0";

const maxManifestSize = 1 << 20;

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

/** Throws `manifest-missing` or `manifest-malformed`. */
export async function readManifest(archive: string, files: ModelFiles): Promise<Manifest> {
  const size = files.size(manifestName);
  if (size === null) throw new LayoutError("manifest-missing", { archive });
  if (size > maxManifestSize) throw malformed(archive, `has ${size} bytes, at most ${maxManifestSize} are allowed`);
  const bytes = await files.read(manifestName);
  let json: unknown;
  try {
    json = JSON.parse(strictTextOf(bytes));
  } catch (error) {
    throw malformed(archive, `is not JSON: ${reasonOf(error)}`, error);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `'${issue.path.join(".")}': ${issue.message}`);
  throw malformed(archive, `has faults: ${faults.join("; ")}`);
}

/** `23/11/2026 08:40:00`, as TorchServe's archiver writes it; in UTC, so that it does not depend on the machine. */
export function createdOn(now: Date): string {
  const [date = "", time = ""] = now.toISOString().slice(0, 19).split("T");
  return `${date.split("-").toReversed().join("/")} ${time}`;
}

function malformed(archive: string, problem: string, cause?: unknown): LayoutError {
  return new LayoutError("manifest-malformed", { archive, problem }, cause);
}
