// Where the guard's process begins: `node guard-main.ts FOLDER`, with the sidecar at the other end of standard input.
import { createInterface } from "node:readline";
import { endCommand } from "../command/end-command.ts";
import { removeFolder } from "../models/remove-folder.ts";
import { guardReady, parseGuardLine } from "./guard-lines.ts";

const [folder = ""] = process.argv.slice(2);
// Whoever ends all processes at once ends the sidecar too, and then there is something left to do.
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => "the end of the line is awaited");

// A sidecar that is killed while the guard starts does not hear it any more; its line is broken by then.
process.stdout.on("error", () => "nobody listens");

let group: number | null = null;
let inPeace = false;
process.stdout.write(guardReady);
for await (const line of createInterface({ input: process.stdin })) {
  const said = parseGuardLine(line);
  if (said?.type === "group") group = said.group;
  if (said?.type === "done") inPeace = true;
}
if (!inPeace) {
  await endCommand({ group, folder });
  await removeFolder(folder);
}
