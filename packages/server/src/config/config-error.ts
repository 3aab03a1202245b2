// Everything that is wrong with a configuration, told at once.
import { CodedError } from "@sealserve/primitives";

/** Where a value came from. */
export type Origin =
  | { readonly kind: "file"; readonly file: string; readonly line: number }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "flag" };

export type ConfigFault =
  | { readonly kind: "unreadable"; readonly file: string; readonly reason: string }
  | { readonly kind: "syntax"; readonly file: string; readonly line: number; readonly reason: string }
  | {
      readonly kind: "unknown-key";
      /** The key path, or the name of the variable of the environment. */
      readonly key: string;
      readonly origin: Origin;
      readonly nearest: string | null;
    }
  | {
      readonly kind: "invalid-value";
      readonly key: string;
      /** Null: nobody gave a value, which is the fault. */
      readonly origin: Origin | null;
      /** As it would be written, cut short; null if it must not be shown or is not there. */
      readonly found: string | null;
      readonly allowed: string;
    };

/** Its message has one line for each fault: the key, where it was given, what was found and what is allowed. */
export class ConfigError extends CodedError<"configuration-invalid", { readonly faults: readonly ConfigFault[] }> {
  constructor(faults: readonly ConfigFault[]) {
    const title = `the configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`;
    super("configuration-invalid", [title, ...faults.map((fault) => `  ${sentence(fault)}`)].join("\n"), { faults });
    this.name = "ConfigError";
  }
}

function sentence(fault: ConfigFault): string {
  switch (fault.kind) {
    case "unreadable":
      return `${fault.file} cannot be read: ${fault.reason}`;
    case "syntax":
      return `${fault.file}, line ${fault.line}: ${fault.reason}`;
    case "unknown-key": {
      const hint = fault.nearest === null ? "remove it" : `did you mean ${fault.nearest}?`;
      return `${fault.key} (${placeOf(fault.origin)}) is not known: ${hint}`;
    }
    case "invalid-value": {
      if (fault.origin === null) return `${fault.key} is missing: give ${fault.allowed}`;
      const found = fault.found === null ? "" : ` found ${fault.found},`;
      return `${fault.key} (${placeOf(fault.origin)}):${found} allowed is ${fault.allowed}`;
    }
  }
}

function placeOf(origin: Origin): string {
  switch (origin.kind) {
    case "file":
      return `${origin.file}, line ${origin.line}`;
    case "environment":
      return origin.variable;
    case "flag":
      return "command line";
  }
}
