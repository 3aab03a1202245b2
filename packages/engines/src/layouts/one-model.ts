// A model store with one model that is called otherwise than its files are: who puts it there knows only the name by which it is asked.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LayoutError } from "../layout-error.ts";
import type { OpenableModel, ScannedModel, ScanParts } from "./scanned-model.ts";

/** Where the model lies that has this folder to itself: there, or in `model-store/` of a folder that was laid out for KServe's TorchServe runtime. */
export async function placeOfOne(folder: string, { onProblem }: Pick<ScanParts, "onProblem">): Promise<string> {
  const properties = join(folder, "config/config.properties");
  const inner = join(folder, "model-store");
  const isLaidOut = (await kindOf(properties)) === "file" && (await kindOf(inner)) === "folder";
  if (!isLaidOut) return folder;
  onProblem({
    location: properties,
    problem: "has no effect: the archive's own settings count; `sealserve torchserve --ts-config` goes by it",
  });
  return inner;
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return null; // What is not there, or not ours to see, lays out nothing.
  }
}

/** The only model of `found`, or none, under the name `name`. Throws `store-unusable` where there are more. */
export function renamed(
  name: string,
  folder: string,
  found: ReadonlyMap<string, ScannedModel>,
): ReadonlyMap<string, ScannedModel> {
  if (found.size > 1) {
    const names = [...found.keys()].map((each) => `'${each}'`).join(", ");
    const problem = `holds ${found.size} models (${names}), and one name for them (modelName: ${name}); leave one there, or the name out`;
    throw new LayoutError("store-unusable", { folder, problem });
  }
  const called = (item: OpenableModel): OpenableModel => ({
    ...item,
    open: (signal, as) => item.open(signal, { name, ...as }),
  });
  return new Map(
    [...found.values()].map((model) => {
      const versions = model.versions.map(({ version, item }) => ({ version, item: called(item) }));
      return [name, { ...model, versions }];
    }),
  );
}
