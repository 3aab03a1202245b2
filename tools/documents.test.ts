// Proves the documents: links lead somewhere, `make` targets exist, and the flags they name are the command's own.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { printedBy } from "./printed-by.ts";

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
  const named: { readonly path: string; readonly command: string; readonly flag: string }[] = [];
  const commands = new Set<string>();
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
      commands.add(command);
      for (const [flag] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) named.push({ path, command, flag });
    }
  }
  const helps = printedBy([...commands].map((command) => [...command.split(" "), "--help"]));
  const help = new Map([...commands].map((command, i) => [command, helps[i]]));
  assert.ok(commands.size > 20 && named.length > 100, "the pages name commands and flags");
  for (const { path, command, flag } of named)
    assert.ok(help.get(command)?.includes(flag), `${path}: sealserve ${command} has no ${flag}`);
});

test("each page names every key of its part of the configuration, and no other", async (t) => {
  const [serve = [], backend = [], frontend = [], sidecar = []] = configKeys(
    ["serve", "--print-config", "--model-store", "models", "--set", "protocols.torchserve.inference=1"],
    ["backend", "--print-config", "--model-store", "models", "--set", "mesh=null"],
    ["frontend", "--print-config", "--set", "mesh=null", "--set", "backends.addresses=[https://backend:9000]"],
    ["sidecar", "--print-config", "--upstream", "http://127.0.0.1:8000", "--protocol", "any", "--", "serve"],
  );

  await t.test("docs/configuration.md: those of serve", () => {
    assert.deepEqual(
      documentedKeys("configuration").filter((key) => !key.startsWith("models.")),
      serve.filter((key) => key !== "models"),
    );
  });

  await t.test("docs/processes.md: those that frontends and backends have beside serve's", () => {
    const own = new Set([...backend, ...frontend]);
    const known = new Set(serve);
    assert.deepEqual(
      documentedKeys("processes").filter((key) => !known.has(key)),
      [...own].filter((key) => !known.has(key)).sort(),
    );
  });

  await t.test("docs/sidecar.md: those of the sidecar", () => assert.deepEqual(documentedKeys("sidecar"), sidecar));
});

/** The keys in the first column of a page's tables. */
function documentedKeys(page: string): string[] {
  const text = readFileSync(join(root, `docs/${page}.md`), "utf8");
  return [...text.matchAll(/^\| `([A-Za-z][^` ]*)`/gm)].map(([, key = ""]) => key).sort();
}

/** The keys that each command line prints. Where a list has items, its own key is meant. */
function configKeys(...lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return printedBy(lines).map((text) =>
    [...new Set(leafKeys(parse(text)).map((key) => key.replace(/\.0$/, "")))].sort(),
  );
}

function leafKeys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leafKeys(inner, path === "" ? key : `${path}.${key}`));
}
