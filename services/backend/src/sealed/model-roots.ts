// One digest for each loaded version, and one over all of them: what evidence says is being served.
import { equalBytes } from "@sealserve/primitives";
import { type MeasuredModel, modelSetDigest } from "@sealserve/sealing";

/** The versions that are loaded now. */
export class ModelRoots {
  /** Never changed, but replaced: who looks at one sees what was loaded then. */
  #measured: ReadonlyMap<string, MeasuredModel> = new Map();
  readonly #onChange: () => void;
  #digest: Uint8Array | null = null;

  /** `onChange`: the digest is another one from now on. Must not throw. */
  constructor({ onChange = () => {} }: { readonly onChange?: () => void } = {}) {
    this.#onChange = onChange;
  }

  add(model: string, version: string, root: Uint8Array): void {
    const before = this.find(model, version);
    if (before && equalBytes(before, root)) return;
    this.#changed(new Map(this.#measured).set(key(model, version), { model, version, root }));
  }

  remove(model: string, version: string): void {
    const left = new Map(this.#measured);
    if (left.delete(key(model, version))) this.#changed(left);
  }

  find(model: string, version: string): Uint8Array | null {
    return this.now()(model, version);
  }

  /** What `find` tells at this moment, to be asked later. */
  now(): (model: string, version: string) => Uint8Array | null {
    const measured = this.#measured;
    return (model, version) => measured.get(key(model, version))?.root ?? null;
  }

  /** 32 bytes; versions in order of their names, so that the order of loading does not matter. */
  digest(): Uint8Array {
    this.#digest ??= modelSetDigest(this.#measured.values());
    return this.#digest;
  }

  #changed(measured: ReadonlyMap<string, MeasuredModel>): void {
    this.#measured = measured;
    this.#digest = null;
    this.#onChange();
  }
}

function key(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
