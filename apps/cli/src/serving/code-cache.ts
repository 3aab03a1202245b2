// Where `./sealserve` keeps compiled sources: beside the packages, as far from the host's hands as they are.
import { join } from "node:path";

export const codeCache: string = join(import.meta.dirname, "../../../../node_modules/.cache/sealserve");
