// A model archive in any of its forms, as the files of a model: a zip, a compressed tar, or a folder that holds what they would.
import { folderFiles } from "../layouts/folder-files.ts";
import type { ModelFiles } from "../model-files.ts";
import { type Archive, readArchive } from "./read-archive.ts";
import { readTarball } from "./read-tarball.ts";
import { type ArchiveSource, sourceName } from "./zip-source.ts";

export type ArchivePlace =
  | { readonly form: "zip"; readonly source: ArchiveSource }
  /** `memoryOnly`: nothing of what is in it may lie on a disk. */
  | { readonly form: "tgz"; readonly source: ArchiveSource; readonly memoryOnly?: boolean }
  | { readonly form: "folder"; readonly path: string }
  /** A folder that somebody opened already. */
  | { readonly form: "files"; readonly name: string; readonly files: ModelFiles };

/** For messages. */
export function placeName(place: ArchivePlace): string {
  if (place.form === "files") return place.name;
  return place.form === "folder" ? place.path : sourceName(place.source);
}

/** Throws as {@link readArchive}, {@link readTarball} and `folderFiles` do. Whoever opens it closes it. */
export async function openArchive(place: ArchivePlace): Promise<Archive> {
  switch (place.form) {
    case "zip":
      return readArchive(place.source);
    case "tgz":
      return readTarball(place.source, { memoryOnly: place.memoryOnly ?? false });
    case "folder":
      return unpacked(await folderFiles({ folder: place.path, boundary: place.path }));
    case "files":
      return unpacked(place.files);
  }
}

/** What lies unpacked promises nothing that could be verified. */
function unpacked(files: ModelFiles): Archive {
  return { ...files, verify: async () => {} };
}
