// The files of one folder of a model, under their names in it.
import type { ModelFiles } from "../model-files.ts";

export function filesBelow(files: ModelFiles, folder: string): ModelFiles {
  const prefix = `${folder}/`;
  const names = files
    .list()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const { stream } = files;
  return {
    list: () => names,
    size: (name) => files.size(prefix + name),
    path: (name) => files.path(prefix + name),
    read: (name) => files.read(prefix + name),
    ...(stream && { stream: (name, take, signal) => stream(prefix + name, take, signal) }),
    close: async () => files.close?.(),
  };
}
