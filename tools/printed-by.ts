// What the sealserve command prints for each of many command lines: all in one process, where to start one for each takes a minute.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** For lines that only print and end, such as `--help`; throws where one of them ends as a failure. */
export function printedBy(lines: readonly (readonly string[])[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
    input: JSON.stringify(lines),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the command ended with ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

async function printAll(): Promise<void> {
  const lines: readonly (readonly string[])[] = JSON.parse((await process.stdin.toArray()).join(""));
  const { runCommand } = await import(join(import.meta.dirname, "../apps/cli/src/program.ts"));
  const write = process.stdout.write.bind(process.stdout);
  const printed: string[] = [];
  for (const line of lines) {
    let text = "";
    process.stdout.write = (chunk: string | Uint8Array) => {
      text += chunk;
      return true;
    };
    const code = await runCommand(line);
    process.stdout.write = write;
    if (code !== 0) throw new Error(`sealserve ${line.join(" ")} ended with ${code}`);
    printed.push(text);
  }
  write(JSON.stringify(printed));
}

if (import.meta.main) await printAll();
