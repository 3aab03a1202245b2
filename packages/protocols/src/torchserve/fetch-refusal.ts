// What a registration by URL is refused with where its archive could not be fetched.
import type { AnyFetchError } from "@sealserve/inference";
import { TorchserveRefusal } from "./refusal.ts";

/** The original's words where it has such a refusal, else our own. */
export function fetchRefusal(error: AnyFetchError, url: string): TorchserveRefusal {
  switch (error.code) {
    case "url-not-allowed":
      return urlNotAllowed(url);
    case "not-fetched":
      return download(`Failed to download archive from: ${url}`);
    case "entry-exists":
      return internal(`Model file already exists ${error.facts.entry}`);
    case "bad-entry":
    case "address-refused":
    case "too-large":
    case "digest-mismatch":
      return download(error.message);
    case "not-kept":
      return internal(error.message);
  }
}

export function urlNotAllowed(url: string): TorchserveRefusal {
  const message = `Given URL ${url} does not match any allowed URL(s)`;
  return new TorchserveRefusal(404, "ModelNotFoundException", message);
}

function download(message: string): TorchserveRefusal {
  return new TorchserveRefusal(400, "DownloadArchiveException", message);
}

function internal(message: string): TorchserveRefusal {
  return new TorchserveRefusal(500, "InternalServerException", message);
}
