// Why nothing can be loaded from an archive, in the words of a model store's list.
import type { StoredFault } from "@sealserve/inference";
import type { AnyLayoutError } from "../layout-error.ts";

export function storedFault(error: AnyLayoutError): StoredFault {
  if (error.code === "manifest-missing") return "no-manifest";
  if (error.code === "manifest-malformed") return error.facts.fault === "name" ? "no-name" : "bad-manifest";
  return error.code === "archive-malformed" || error.code === "file-unreadable" ? "unreadable" : "unsafe";
}
