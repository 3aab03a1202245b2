// `node python.ts --out DIR`: lays out the tree that makes an image one with Python.
import { parseArgs } from "node:util";
import { layOutPython } from "./python-tree.ts";

const { values } = parseArgs({ options: { out: { type: "string" } } });
const date = Number(process.env["SOURCE_DATE_EPOCH"]);
if (values.out === undefined || !Number.isSafeInteger(date) || date <= 0) {
  process.stderr.write("usage: SOURCE_DATE_EPOCH=SECONDS node python.ts --out DIR\n");
  process.exit(2);
}
layOutPython({ target: values.out, date });
process.stdout.write(`${values.out}\n`);
