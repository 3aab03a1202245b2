// The Dockerfiles, read by a parser: what every image keeps to, whoever builds it.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { type Dockerfile, DockerfileParser, type From, type Instruction } from "dockerfile-ast";

const root = join(import.meta.dirname, "../..");
const images = join(root, "deploy/images");
const files = globSync("**/*Dockerfile", { cwd: images }).sort();

interface Read {
  readonly file: string;
  readonly text: string;
  readonly tree: Dockerfile;
  /** Of the last stage. */
  readonly last: readonly Instruction[];
  readonly froms: readonly From[];
}

function read(file: string): Read {
  const text = readFileSync(join(images, file), "utf8");
  const tree = DockerfileParser.parse(text);
  const froms = tree.getFROMs();
  const start = froms.at(-1)?.getRange().start.line ?? 0;
  const last = tree.getInstructions().filter((one) => one.getRange().start.line >= start);
  return { file, text, tree, froms, last };
}

function argumentsOf(instructions: readonly Instruction[], keyword: string): readonly string[] {
  return instructions
    .filter((one) => one.getKeyword() === keyword)
    .map((one) =>
      one
        .getArguments()
        .map((argument) => argument.getValue())
        .join(" "),
    );
}

const processes = ["frontend", "backend", "key-broker", "sidecar"];
const expected = [
  ...processes.flatMap((name) => [`native/${name}.Dockerfile`, `confidential-vm/${name}.Dockerfile`]),
  ...["frontend", "backend"].map((name) => `gramine/${name}.Dockerfile`),
  "native/cli.Dockerfile",
];

const bases = ["base/Dockerfile", "gramine/base.Dockerfile", "python/base.Dockerfile"];

test("there is one for every process and flavour, for the three bases, and for Python over any of them", () => {
  assert.deepEqual(files, [...expected, ...bases, "python/image.Dockerfile"].sort());
});

for (const file of files) {
  const { text, tree, froms, last } = read(file);
  const instructions = tree.getInstructions();

  test(`${file}: whatever it is made from is given by digest, is nothing, or is an earlier stage`, () => {
    const given = new Set(tree.getARGs().map((argument) => argument.getProperty()?.getName()));
    const stages = new Set(froms.map((from) => from.getBuildStage()));
    for (const from of froms) {
      const image = from.getImage() ?? "";
      const argument = /^\$\{([A-Z_]+)\}$/.exec(image)?.[1];
      assert.ok(image === "scratch" || stages.has(image) || (argument !== undefined && given.has(argument)), image);
    }
    // Without a default nobody builds from a tag by mistake: build.sh takes digests only.
    for (const argument of tree.getARGs().slice(0, froms.length))
      if (/IMAGE$/.test(argument.getProperty()?.getName() ?? ""))
        assert.equal(argument.getProperty()?.getValue(), null);
  });

  test(`${file}: the process is nobody`, () => {
    assert.deepEqual(argumentsOf(last, "USER"), ["65532:65532"]);
  });

  test(`${file}: no secret in an argument, a variable or a layer; nothing from the network but by the lock file`, () => {
    assert.deepEqual(argumentsOf(instructions, "ADD"), []);
    const names = [...argumentsOf(instructions, "ARG"), ...argumentsOf(instructions, "ENV")].join("\n");
    assert.doesNotMatch(names, /key|secret|token|password|credential/i);
    assert.doesNotMatch(argumentsOf(instructions, "COPY").join("\n"), /\.pem|\.key|npmrc/);
    assert.doesNotMatch(text, /curl|wget|apt-get|NODE_COMPILE_CACHE|NODE_OPTIONS/);
    for (const run of argumentsOf(instructions, "RUN")) {
      if (/enclave/.test(run)) assert.match(text, /--mount=type=secret,id=enclave-key,[^\n]*required=true/);
    }
  });

  test(`${file}: made at SOURCE_DATE_EPOCH, and at no other time`, () => {
    assert.ok(argumentsOf(instructions, "ARG").includes("SOURCE_DATE_EPOCH"));
    assert.doesNotMatch(text, /\bdate\b(?! *=)(?!-)|\$RANDOM|git /);
  });
}

for (const file of expected) {
  const { froms, last } = read(file);
  const flavour = dirname(file);

  test(`${file}: nothing but the process's own tree, without a shell`, () => {
    assert.equal(froms.at(-1)?.getImage(), "scratch");
    assert.deepEqual(argumentsOf(last, "RUN"), []);
    assert.deepEqual(argumentsOf(last, "ENV"), []);
    const [entrypoint = ""] = argumentsOf(last, "ENTRYPOINT");
    assert.match(entrypoint, /^\[ ?"/, "the form without a shell");
    assert.deepEqual(argumentsOf(last, "SHELL"), []);
  });

  if (flavour !== "gramine")
    test(`${file}: Node gets the flags that ./sealserve gives it, and in a TEE no inspector`, () => {
      const words: readonly string[] = JSON.parse(
        /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(images, file), "utf8"))?.[1] ?? "[]",
      );
      assert.equal(words[0], "/usr/bin/node");
      assert.equal(words.at(-1), "/opt/sealserve/main.js");
      const [heap = ""] = /--initial-old-space-size=\d+/.exec(readFileSync(join(root, "sealserve"), "utf8")) ?? [];
      const serves = /^(frontend|backend)\./.test(basename(file));
      assert.equal(words.includes(heap), serves);
      assert.equal(words.includes("--disable-sigusr1"), flavour === "confidential-vm");
    });
}

test("Python comes over an image of a flavour, and changes nothing of how its process starts", () => {
  const { froms, last } = read("python/image.Dockerfile");
  assert.equal(froms.at(-1)?.getImage(), "$" + "{FLAVOUR_IMAGE}");
  assert.deepEqual(argumentsOf(last, "COPY"), ["/rootfs/python/ /"]);
  for (const keyword of ["RUN", "ENTRYPOINT", "CMD", "SHELL", "WORKDIR"])
    assert.deepEqual(argumentsOf(last, keyword), [], keyword);
  assert.deepEqual(argumentsOf(last, "ENV"), ["PATH=/usr/bin SEALSERVE_PYTHON=/usr/bin/python3"]);
});

test("what Python's base takes from PyPI is pinned by digests, which pip is told to ask for", () => {
  const pins = readFileSync(join(images, "python/requirements.txt"), "utf8")
    .split("\n")
    .filter((line) => /^[^#]/.test(line));
  assert.ok(pins.length > 0);
  for (const pin of pins) assert.match(pin, /^[a-z-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/);
  const script = readFileSync(join(images, "python/install.sh"), "utf8");
  const install = script.slice(script.indexOf("python3 -m pip install"));
  for (const flag of ["--require-hashes", "--no-deps", "--requirement"]) assert.ok(install.includes(flag), flag);
});

test("inside an enclave Node is started as in a confidential VM", () => {
  const words: readonly string[] = JSON.parse(
    /^ENTRYPOINT (\[.*\])$/m.exec(read("confidential-vm/backend.Dockerfile").text)?.[1] ?? "[]",
  );
  const template = readFileSync(join(images, "gramine/sealserve.manifest.template"), "utf8");
  const [, list = ""] = /^loader\.argv = \[([^\]]*)\]/m.exec(template) ?? [];
  const measured = [...list.matchAll(/"([^"]+)"/g)].map(([, word]) => word);
  assert.deepEqual(measured, [...words, "/etc/sealserve/config.yaml"]);
});

test("the context of a build holds no history, no key and nothing that was built", () => {
  const lines = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
  assert.equal(
    lines.find((line) => line !== "" && !line.startsWith("#")),
    "*",
  );
  const taken = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  for (const path of taken.filter((one) => !one.includes("*"))) assert.ok(existsSync(join(root, path)), path);
  for (const path of [".git", "node_modules", ".toolchain", "dist"]) assert.ok(!taken.includes(path), path);
  for (const kept of ["**/*.pem", "**/*.key", "**/node_modules"]) assert.ok(lines.includes(kept), kept);
});
