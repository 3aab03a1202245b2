// Requirements files: what names packages is understood; what leads pip elsewhere is refused with its line, however it is written.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseRequirements } from "./requirements.ts";

describe("a requirements file (G20)", () => {
  it("names packages, with extras, versions, markers and hashes", () => {
    const text = [
      "\ufeff".slice(1),
      "# what it needs",
      "torch",
      "transformers[torch, vision] >=4.30, <5  # newer ones break",
      "numpy (==1.26.4)",
      "zope.interface~=5.0;python_version<'3.12' and (os_name == \"posix\" or extra=='x')",
      "local==1.0+cu118.post1",
      "range>=1.0, \\",
      "  <2",
      "pinned==1.0 \\",
      "    --hash=sha256:00ff \\",
      "    --hash sha512:abcd",
      "--require-hashes",
      "\tspaced\t",
    ].join("\r\n");
    assert.deepEqual(parseRequirements(text), [
      "torch",
      "transformers[torch, vision]>=4.30, <5",
      "numpy==1.26.4",
      "zope.interface~=5.0; python_version<'3.12' and (os_name == \"posix\" or extra=='x')",
      "local==1.0+cu118.post1",
      "range>=1.0, <2",
      "pinned==1.0 --hash=sha256:00ff --hash sha512:abcd",
      "--require-hashes",
      "spaced",
    ]);
    assert.deepEqual(parseRequirements(""), []);
  });

  const hostile = [
    "-i https://evil.example/simple",
    "-ihttps://evil.example/simple",
    "--index-url=https://evil.example/simple",
    "--extra-index-url https://evil.example/simple",
    "-f /tmp/wheels",
    "--find-links=/tmp/wheels",
    "--trusted-host evil.example",
    "--no-binary :all:",
    "--pre",
    "--use-feature=fast-deps",
    "-r other.txt",
    "-c constraints.txt",
    "-rother.txt",
    "--requirement other.txt",
    "-e .",
    "--editable=git+https://evil.example/x",
    "https://evil.example/x-1.0-py3-none-any.whl",
    "git+https://evil.example/x.git",
    "git+ssh://git@evil.example/x.git@main#egg=x",
    "file:///tmp/x",
    "file:x",
    "x @ https://evil.example/x.whl",
    "x@https://evil.example/x.whl",
    "x @ file:///tmp/x",
    "x[y]@git+https://evil.example/x",
    "/tmp/x",
    "./x",
    "../x",
    ".",
    "x/",
    "..\\x",
    "x-1.0-py3-none-any.whl",
    "x-1.0.tar.gz",
    "X.ZIP",
    "$" + "{HOME}",
    "$" + "{SECRET}==1",
    "x --index-url https://evil.example/simple",
    "x==1 --global-option=--x",
    "x; python_version>'3' --index-url https://evil.example",
    "x; python_version>'3' -i evil.example",
    "x --hash=sha256:00 --index-url https://evil.example",
    "x --hash=md5:00",
    "x #\u000b--index-url https://evil.example".replace(" #", " "),
    "x\u000b-i evil",
    "x\u2028-i evil",
    "x==1,\u000b<2",
    "x \u2028==1",
    "x==",
    "==1",
    "x y",
    "x==1 y==2",
    "x;",
    "х==1",
    "x\u0000",
    "--require-hashes x",
  ];
  for (const line of hostile) {
    it(`is refused with ${JSON.stringify(line)}`, () => {
      assert.throws(() => parseRequirements(`# first\ngood==1\n${line}\n`), { line: 3 });
    });
  }

  it("tells where a line begins that goes on in others", () => {
    assert.throws(() => parseRequirements("a\n--index\\\n-url \\\nhttps://evil.example\nb"), {
      line: 2,
      text: "--index-url https://evil.example",
    });
    assert.throws(() => parseRequirements("a\nb \\\n-r x\\"), { line: 2 });
    // A comment does not go on: what follows is a line of its own.
    assert.throws(() => parseRequirements("# a \\\n-r x"), { line: 2 });
    assert.throws(() => parseRequirements("a \\\n# b \\\n-r x"), { line: 3 });
  });

  it("whatever is in it, gives pip lines without options, places or what Python would split", () => {
    const pieces = fc.constantFrom(
      "a",
      "-",
      "--",
      " ",
      "@",
      "/",
      ":",
      "\\",
      "\n",
      "#",
      ";",
      "==",
      "1",
      "[",
      "]",
      "'",
      "\u000b",
      "\u2028",
      "$",
      "{",
      ",",
      ".whl",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        let lines: readonly string[] = [];
        try {
          lines = parseRequirements(parts.join(""));
        } catch {
          return;
        }
        for (const line of lines) {
          assert.match(line, /^[\x20-\x7e]+$/);
          assert.doesNotMatch(line, /^-(?!-require-hashes$)|\s-(?!-hash)|[@/\\$#]/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("of any length is read in no time", () => {
    const began = performance.now();
    for (const text of [
      "a\\\n".repeat(80_000),
      `a${"-".repeat(200_000)}`,
      `a==${"1,".repeat(60_000)}`,
      `a[${"b,".repeat(60_000)}`,
      `a${" ".repeat(200_000)}x`,
      `a${" --hash=sha256:0".repeat(10_000)}!`,
    ]) {
      assert.throws(() => parseRequirements(text));
    }
    assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`);
  });
});
