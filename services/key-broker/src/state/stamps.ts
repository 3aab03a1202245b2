// Stamps: which writing of a row this is, so that no earlier content of the same row can take its place.
import type { Place } from "../root-key/vault.ts";

/** Rows of databases before there were stamps have an empty one, until the broker has written them anew. */
export function stampedPlace(place: Place, stamp: string): Place {
  return stamp === "" ? place : [...place, stamp];
}
