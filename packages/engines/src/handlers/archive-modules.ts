// Imports the modules of an archive from memory: nothing of it is written to disk, and its imports stay inside it.
import { registerHooks } from "node:module";

const scheme = "sealserve-archive:///";

/** Extensions that may be left out of an import, in the order they are tried. */
const extensions = ["", ".ts", ".js", ".mjs", "/index.ts", "/index.js"];

/** Where handlers find their base class, whatever is installed beside the server. */
const door = new URL(import.meta.url.endsWith(".ts") ? "./handler.ts" : "./handler.js", import.meta.url).href;

export interface ArchiveModules extends Disposable {
  /** Imports a module by its name in the archive; throws what it throws. */
  import(name: string): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * For as long as it is not disposed, this thread resolves imports between modules of the archive. Relative imports stay inside;
 * bare ones resolve as ours do (`sharp`, `onnxruntime-node`, `@sealserve/engines/handler`); `node:` modules are allowed, since who
 * owns the model owns its code, and it has a thread or process of its own.
 */
export function archiveModules(files: ReadonlyMap<string, Uint8Array>): ArchiveModules {
  const find = (url: string): string | undefined => {
    const name = decodeURIComponent(url.slice(scheme.length));
    return extensions.map((extension) => name + extension).find((candidate) => files.has(candidate));
  };
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const fromArchive = context.parentURL?.startsWith(scheme) ?? false;
      if (!fromArchive && !specifier.startsWith(scheme)) return next(specifier, context);
      if (specifier === "@sealserve/engines/handler") return { url: door, shortCircuit: true };
      if (isBare(specifier)) return next(specifier, { ...context, parentURL: import.meta.url });
      const name = find(new URL(specifier, context.parentURL).href);
      if (name === undefined) throw new Error(`the archive has no module '${specifier}'`);
      return { url: scheme + encodeURI(name), shortCircuit: true };
    },
    load(url, context, next) {
      if (!url.startsWith(scheme)) return next(url, context);
      const name = decodeURIComponent(url.slice(scheme.length));
      return { format: formatOf(name), source: Buffer.from(files.get(name) ?? []), shortCircuit: true };
    },
  });
  return {
    import: (name) => import(scheme + encodeURI(name)),
    [Symbol.dispose]: () => hooks.deregister(),
  };
}

/** A package or a `node:` module: neither a path nor another URL. */
function isBare(specifier: string): boolean {
  return specifier.startsWith("node:") || !/^(?:[./]|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

/** Node strips the types of `module-typescript` itself. */
function formatOf(name: string): string {
  if (name.endsWith(".json")) return "json";
  return name.endsWith(".ts") ? "module-typescript" : "module";
}
