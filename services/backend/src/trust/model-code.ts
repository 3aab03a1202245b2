// Lets no code of models run beside evidence that was not measured with the program: it could ask the hardware for evidence, and so for every key.
import type { ModelCode } from "@sealserve/attestation/attester";
import { bringsCode, type ModelDefinition } from "@sealserve/engines";
import { KeyRefusedError } from "../sealed/key-refused-error.ts";

/** Throws `KeyRefusedError` `code-not-measured`. `root`: 32 bytes; null, where nobody measured the model, is refused wherever not any code may run. */
export function checkModelCode(
  { name, engine }: Pick<ModelDefinition, "name" | "engine">,
  root: Uint8Array | null,
  allowed: ModelCode,
): void {
  if (allowed === "any" || !bringsCode(engine)) return;
  const found = root === null ? "its root" : Buffer.from(root).toString("hex");
  if (!allowed.includes(found)) throw new KeyRefusedError("code-not-measured", { model: name, root: found });
}
