// What beyond its policy a server has to be, as options of commands that verify one.
import type { Pinned } from "@sealserve/session";
import type { Command } from "commander";
import { UsageError } from "./usage-error.ts";

export interface PinFlags {
  readonly configDigest?: string;
  readonly meshDigest?: readonly string[];
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `before` begins the descriptions, such as `with --trust: `. */
export function addPinFlags(command: Command, before = ""): Command {
  return command
    .option(
      "--config-digest <sha256>",
      `${before}the server must run with exactly this configuration, as --print-config prints it`,
    )
    .option(
      "--mesh-digest <sha256>",
      `${before}the server must be of this mesh, as "sealserve tenants mesh" prints it; given again: or of this one`,
      collect,
    );
}

/** Throws `UsageError`. */
export function pinsOf({ configDigest, meshDigest }: PinFlags): Pinned {
  return {
    ...(configDigest === undefined ? {} : { configDigest: digestOf(configDigest, "--config-digest") }),
    ...(meshDigest === undefined ? {} : { meshDigests: meshDigest.map((text) => digestOf(text, "--mesh-digest")) }),
  };
}

export function digestOf(text: string, option: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new UsageError(`${option} must be 64 hex digits`);
  return text.toLowerCase();
}
