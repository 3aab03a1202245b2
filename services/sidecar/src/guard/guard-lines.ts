// What a sidecar and its guard say to each other, a line at a time.

/** The guard says so once it listens. */
export const guardReady = "watching\n";

/** `done`: nothing is left to do; `group`: which process group is the command's now, null where none runs. */
export type GuardLine = { readonly type: "done" } | { readonly type: "group"; readonly group: number | null };

export function writeGuardLine(line: GuardLine): string {
  return line.type === "done" ? "done;\n" : `${line.group ?? "none"};\n`;
}

/** Null: a line that was cut off; its number is another's. */
export function parseGuardLine(text: string): GuardLine | null {
  if (text === "done;") return { type: "done" };
  if (text === "none;") return { type: "group", group: null };
  const [, digits] = /^(\d{1,9});$/.exec(text) ?? [];
  // Signals to groups 0 and 1 reach far more than one command.
  return digits === undefined || Number(digits) < 2 ? null : { type: "group", group: Number(digits) };
}
