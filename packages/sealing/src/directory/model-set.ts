// One digest over all models that are served: what evidence says is behind a door.
import { utf8 } from "@sealserve/primitives";
import { recordsRoot } from "./merkle-root.ts";

export interface MeasuredModel {
  readonly model: string;
  readonly version: string;
  /** 32 bytes, see `merkleRoot`. */
  readonly root: Uint8Array;
}

const label = utf8("sealserve model set v1");

/** 32 bytes over each different model, version and root; in order of names, so that neither the order of loading nor copies matter. */
export function modelSetDigest(models: Iterable<MeasuredModel>): Uint8Array {
  const different = new Map([...models].map((each) => [keyOf(each), each]));
  const sorted = [...different].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, measured]) => measured);
  return recordsRoot([[label], ...sorted.map(({ model, version, root }) => [utf8(model), utf8(version), root])]);
}

function keyOf({ model, version, root }: MeasuredModel): string {
  return `${JSON.stringify([model, version])} ${root.join()}`;
}
