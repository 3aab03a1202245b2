// Proves the documents: links lead somewhere, `make` targets exist, and the flags they name are the command's own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const pages = globSync(["*.md", "docs/**/*.md", "examples/**/*.md", "bench/**/*.md"], {
  cwd: root,
  exclude: ["**/node_modules/**"],
}).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

test("links between pages and to files lead somewhere", () => {
  for (const { path, text } of pages) {
    for (const [, link = ""] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)|(?<=src=")([^"]+)/g)) {
      if (link === "" || /^[a-z]+:/.test(link)) continue;
      assert.ok(existsSync(join(root, dirname(path), link)), `${path} links to ${link}`);
    }
  }
});

test("every make target that a page names exists", () => {
  const targets = new Set(
    [...readFileSync(join(root, "Makefile"), "utf8").matchAll(/^([a-z-]+):/gm)].map(([, name]) => name),
  );
  for (const { path, text } of pages) {
    for (const [, target] of text.matchAll(/`make ([a-z-]+)`/g))
      assert.ok(targets.has(target), `${path}: make ${target}`);
  }
});

test("every command and flag that a page names is in --help", () => {
  const help = (...command: string[]): string =>
    spawnSync(process.execPath, [join(root, "apps/cli/src/main.ts"), ...command, "--help"], { encoding: "utf8" })
      .stdout;
  const commands = new Map<string, string>();
  for (const { path, text } of pages) {
    const fenced = [...text.matchAll(/```(?:sh|console)\n([\s\S]*?)```/g)].map(([, block = ""]) =>
      block.replaceAll("\\\n", " "),
    );
    const inline = [...text.matchAll(/`(\.?\/?sealserve [^`]+)`/g)].map(([, line = ""]) => line);
    for (const line of [...fenced.flatMap((block) => block.split("\n")), ...inline]) {
      const found = /^\s*(?:\$ )?(?:\.\/)?sealserve ([a-z]+)(.*)/.exec(line);
      if (!found) continue;
      const [, command = "", rest = ""] = found;
      if (!commands.has(command)) commands.set(command, help(command));
      for (const [flag] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
        assert.ok(commands.get(command)?.includes(flag), `${path}: sealserve ${command} has no ${flag}`);
      }
    }
  }
});
