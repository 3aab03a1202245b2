// Proves the documents: links lead somewhere, `make` targets exist, and the flags they name are the command's own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

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
      // Words after the command are commands inside it, or else arguments: help does not mind those.
      const found =
        /^\s*(?:\$ )?(?:\.\/)?sealserve ([a-z-]+(?: (?:frontend|backend|key-broker|verify|inspect|lint|svn|issue|values|export|import|show|replay|list|create|set|add|remove|own|rotate-own|rotate|disable|new-root|prune|accept-restored|adopt-documents|change-root-key)\b)?)(.*)/.exec(
          line,
        );
      if (!found) continue;
      const [, command = "", rest = ""] = found;
      if (!commands.has(command)) commands.set(command, help(...command.split(" ")));
      for (const [flag] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
        assert.ok(commands.get(command)?.includes(flag), `${path}: sealserve ${command} has no ${flag}`);
      }
    }
  }
});

const serveKeys = (): string[] =>
  configKeys("serve", "--model-store", "models", "--set", "protocols.torchserve.inference=1");

test("docs/configuration.md names every key of the configuration, and no other", () => {
  assert.deepEqual(
    documentedKeys("configuration").filter((key) => !key.startsWith("models.")),
    serveKeys().filter((key) => key !== "models"),
  );
});

test("docs/processes.md names every key that frontends and backends have beside those of serve, and no other", () => {
  const own = [
    ...configKeys("backend", "--model-store", "models", "--set", "mesh=null"),
    ...configKeys("frontend", "--set", "mesh=null", "--set", "backends.addresses=[https://backend:9000]"),
  ];
  // Where a list has items, its own key is meant.
  const keys = new Set(own.map((key) => key.replace(/\.0$/, "")));
  const known = new Set(serveKeys());
  assert.deepEqual(
    documentedKeys("processes").filter((key) => !known.has(key)),
    [...keys].filter((key) => !known.has(key)).sort(),
  );
});

test("docs/sidecar.md names every key of the sidecar, and no other", () => {
  const flags = ["--upstream", "http://127.0.0.1:8000", "--protocol", "any", "--", "serve"];
  const keys = configKeys("sidecar", ...flags).map((key) => key.replace(/\.0$/, ""));
  assert.deepEqual(documentedKeys("sidecar"), keys.sort());
});

/** The keys in the first column of a page's tables. */
function documentedKeys(page: string): string[] {
  const text = readFileSync(join(root, `docs/${page}.md`), "utf8");
  return [...text.matchAll(/^\| `([A-Za-z][^` ]*)`/gm)].map(([, key = ""]) => key).sort();
}

function configKeys(...command: readonly string[]): string[] {
  const main = join(root, "apps/cli/src/main.ts");
  const printed = spawnSync(process.execPath, [main, command[0] ?? "", "--print-config", ...command.slice(1)], {
    encoding: "utf8",
  }).stdout;
  return leafKeys(parse(printed)).sort();
}

function leafKeys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leafKeys(inner, path === "" ? key : `${path}.${key}`));
}
