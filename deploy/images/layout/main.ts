// `node main.ts --out DIR PROCESS…`: lays out the trees of these processes, each in a folder of its name.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processFolders, processName } from "../../../tools/bundle-process.ts";
import { layOut } from "./lay-out.ts";

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
const date = Number(process.env["SOURCE_DATE_EPOCH"]);
if (values.out === undefined || !Number.isSafeInteger(date) || date <= 0) {
  process.stderr.write("usage: SOURCE_DATE_EPOCH=SECONDS node main.ts --out DIR [PROCESS…]\n");
  process.exit(2);
}
const folders = processFolders().filter(
  (folder) => positionals.length === 0 || positionals.includes(processName(folder)),
);
for (const folder of folders) {
  const target = join(values.out, processName(folder));
  await layOut({ folder, target, date });
  process.stdout.write(`${target}\n`);
}
