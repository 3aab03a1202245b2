// Asks the real TorchServe and the built server the same, and fails where they differ without a reason.
// `--write` renews the table in the documents, `--source` takes the unbuilt server, `--only TITLE` asks a group of rows alone.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { builtCommand } from "../clients/built-server.ts";
import { type Program, realCommand } from "../fixtures/real-torchserve.ts";
import { type RealToolchain, realToolchain } from "../fixtures/torchserve-toolchain.ts";
import { startArchives } from "./archives.ts";
import { type ComparedServers, createAsker, modelsReady } from "./asking.ts";
import { compareAll, difference, verdictOf } from "./comparison.ts";
import { withTable } from "./differences-table.ts";
import { writeModelStore } from "./model-store.ts";
import { rowGroups } from "./rows/index.ts";
import { setups } from "./setup.ts";
import { type ComparedServer, sealserveCommand, startCompared } from "./started-server.ts";

const page = join(import.meta.dirname, "../../docs/torchserve.md");
const { values: flags } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const say = (text: string): unknown => process.stdout.write(`${text}\n`);

async function startAll(
  stack: AsyncDisposableStack,
  { command, environment }: Program,
  folder: string,
  modelStore: string,
): Promise<ComparedServers> {
  const start = async (name: keyof typeof setups): Promise<ComparedServer> =>
    stack.use(
      await startCompared({ command, environment, folder: join(folder, name), modelStore, properties: setups[name] }),
    );
  const servers = {
    open: await start("open"),
    guarded: await start("guarded"),
    kserve: await start("kserve"),
    kservev2: await start("kservev2"),
  };
  await modelsReady(
    servers.open,
    startArchives.map(({ model }) => model),
  );
  await modelsReady(servers.guarded, ["echo"]);
  await Promise.all([servers.kserve, servers.kservev2].map((server) => modelsReady(server, ["sum"])));
  return servers;
}

/** The original spells options of torchrun as versions before 2.0 do not; ours asks for none by that name. */
function withTorchrun({ command, environment }: Program): Program {
  const programs = join(import.meta.dirname, "programs");
  return { command, environment: { ...environment, PATH: `${programs}:${environment["PATH"]}` } };
}

async function run(tools: RealToolchain, folder: string, main: string): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const begun = performance.now();
  // Each has a store of its own: registering writes into it.
  const [realFolder, ourFolder] = [join(folder, "real"), join(folder, "ours")];
  const store = await writeModelStore(realFolder, tools);
  const ourStore = await writeModelStore(ourFolder, tools);
  const starts = [
    startAll(stack, withTorchrun(realCommand(tools)), realFolder, store),
    startAll(stack, sealserveCommand(tools, main), ourFolder, ourStore),
  ] as const;
  // Where one cannot start, the other is stopped only once it has started.
  await Promise.allSettled(starts);
  const [real, ours] = await Promise.all(starts);
  const groups = rowGroups(join(realFolder, "weights/picture.png")).filter(({ title }) => title.includes(flags.only));
  const comparisons = await compareAll(groups, await createAsker(real, store), await createAsker(ours, ourStore));
  let failed = 0;
  for (const comparison of comparisons) {
    const verdict = verdictOf(comparison);
    if (verdict === "as listed") continue;
    failed += 1;
    const { row, title } = comparison;
    say(`${verdict}: ${title} / ${row.name} (${row.server}: ${row.method} ${row.path})`);
    say(difference(comparison.real, comparison.ours));
  }
  if (flags.write && flags.only === "") await writeFile(page, withTable(await readFile(page, "utf8"), comparisons));
  for (const { row } of comparisons) if (row.differs !== null) say(`differs as listed: ${row.name}: ${row.differs}`);
  const seconds = Math.round((performance.now() - begun) / 1000);
  say(`torchserve: ${comparisons.length - failed} passed, ${failed} failed, in ${seconds} s`);
  return failed;
}

// Whoever stops this stops the servers, too: they end with this process.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const tools = await realToolchain();
const main = flags.source ? join(import.meta.dirname, "../../apps/cli/src/main.ts") : builtCommand;
const help = spawnSync(process.execPath, [main, "torchserve", "--help"], { encoding: "utf8" }).stdout;
const launcher = help.startsWith("Usage: sealserve torchserve");
const missing = "missing" in tools ? tools.missing : launcher ? null : "sealserve has no command torchserve";
if ("missing" in tools || missing !== null) {
  say(`skipped: comparing with the real TorchServe: ${missing}`);
} else {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-compared-"));
  try {
    process.exitCode = (await run(tools, folder, main)) === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
