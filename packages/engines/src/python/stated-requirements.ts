// The requirements file that pip reads: the archive's own where the operator lets it lead anywhere, else one of what was understood of it.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelUser } from "./model-users.ts";
import type { PythonOptions } from "./python-parts.ts";
import { maxRequirements, parseRequirements, RequirementsFault } from "./requirements.ts";
import { writeShared } from "./shared-folder.ts";

export interface StatedOptions {
  readonly model: string;
  /** Of the archive's files. */
  readonly folder: string;
  /** Among them. */
  readonly requirementsFile: string;
  /** Whom pip runs as; null: the server's user. */
  readonly user: ModelUser | null;
  readonly python: Pick<PythonOptions, "wheels" | "directRequirements">;
}

/** Gives its path. Throws `EngineLoadError`. */
export async function statedRequirements(options: StatedOptions): Promise<string> {
  const { model, folder, requirementsFile: file, user, python } = options;
  const path = join(folder, file);
  const offline = python.wheels !== null;
  if (python.directRequirements && !offline) return path;
  const text = await read(path);
  if (text === null) {
    const reason = `its requirements file '${file}' is not there, or has more than ${maxRequirements} bytes`;
    throw new EngineLoadError("load-failed", { model, reason });
  }
  const stated = join(folder, ".requirements.txt");
  await writeShared(stated, parsed(text, { model, file, offline }).join("\n"), user);
  return stated;
}

function parsed(text: string, facts: { model: string; file: string; offline: boolean }): readonly string[] {
  try {
    return parseRequirements(text);
  } catch (error) {
    if (!(error instanceof RequirementsFault)) throw error;
    const { line, text: found, problem } = error;
    throw new EngineLoadError("requirement-refused", { ...facts, line, text: printable(found), problem }, error);
  }
}

/** null: it is not there, or too long. */
async function read(path: string): Promise<string | null> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    return size > maxRequirements ? null : await file.readFile("utf8");
  } catch {
    return null;
  }
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, "?");
}
