// Writes the TypeScript of the .proto sources, by buf and protoc-gen-es. Run by hand; a test holds the committed files against it.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const sources = "packages/protocols/proto";
/** Where the committed files are. */
export const generated = join(root, "packages/protocols/src/generated");

/** Generates into `folder`, which is emptied first. Throws with what buf said. */
export function generateProto(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const template = {
    version: "v2",
    plugins: [
      { local: join(root, "node_modules/.bin/protoc-gen-es"), out: folder, opt: ["target=ts", "import_extension=ts"] },
    ],
  };
  const module = { version: "v2", modules: [{ path: sources }] };
  const args = ["generate", ".", "--template", JSON.stringify(template), "--config", JSON.stringify(module)];
  const { status, stderr } = spawnSync(join(root, "node_modules/.bin/buf"), args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`buf generate failed:\n${stderr}`);
  for (const file of globSync("**/*.ts", { cwd: folder })) {
    const path = join(folder, file);
    writeFileSync(path, erasable(readFileSync(path, "utf8")));
  }
}

/** Enums as constants, since type stripping knows no enums. */
function erasable(text: string): string {
  return text.replace(/export enum (\w+) \{([^}]*)\}/g, (_, name: string, body: string) => {
    const members = body.replace(/(\w+) = (\d+),/g, "$1: $2,");
    return `export const ${name} = {${members}} as const;\n\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`;
  });
}

if (import.meta.main) generateProto(generated);
