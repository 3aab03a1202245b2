// A model store with one model that is called otherwise than its files are: who puts it there knows only the name by which it is asked.
import { LayoutError } from "../layout-error.ts";
import type { OpenableModel, ScannedModel } from "./scanned-model.ts";

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
