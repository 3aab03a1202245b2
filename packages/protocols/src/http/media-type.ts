// Media types as they stand in a content-type header (RFC 9110, section 8.3.1).

/** Type and subtype in lower case, without parameters; empty where there is none. */
export function mediaTypeEssence(mediaType: string | null): string {
  return mediaType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
