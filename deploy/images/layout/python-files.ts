// Which files of a system's Python an image has: modules and what they load, but nothing for tests, compilers and graphical windows.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { libraryPlace } from "./tree-files.ts";

/** A link of a package to a library of the system, such as `torch/lib/libtorch_global_deps.so`. */
export interface LibraryLink {
  /** From the tree's root. */
  readonly place: string;
  /** As the linker asks for the library. */
  readonly name: string;
  readonly path: string;
}

export interface CopiedModules {
  /** Machine code, where the system has it. */
  readonly native: readonly string[];
  readonly links: readonly LibraryLink[];
}

/** By the ends of paths: folders and files. */
const unneeded: readonly RegExp[] = [
  /\/(__pycache__|tests)$/,
  /\.(a|pyc|pyi|h|hpp|cuh|cmake)$/,
  // Of Python itself. Debian's mark that pip must not install keeps nobody from adding packages to an image.
  /\/python3\.\d+\/(test|idlelib|tkinter|turtledemo|ensurepip|lib2to3|pydoc_data|config-[^/]*|EXTERNALLY-MANAGED)$/,
  // Of TorchServe: the server in Java, which ours takes the place of.
  /\/dist-packages\/ts\/frontend$/,
  /\/dist-packages\/torch\/(include|share|bin\/(?!torch_shm_manager$)[^/]+)$/,
  /\/dist-packages\/caffe2$/,
];

/** Copies the folder of modules `source` to the same place below `target`. Links to folders and to nothing are passed over. */
export function copyModules(source: string, target: string): CopiedModules {
  const native: string[] = [];
  const links: LibraryLink[] = [];
  const copy = (path: string): void => {
    if (unneeded.some((pattern) => pattern.test(path)) || !existsSync(path)) return;
    const place = join(target, path);
    const real = realpathSync(path);
    if (statSync(path).isDirectory()) {
      if (real !== path) return;
      mkdirSync(place, { recursive: true });
      for (const name of readdirSync(path).sort()) copy(join(path, name));
    } else if (isLibrary(path) && !real.startsWith(`${source}/`)) {
      links.push({ place: path, name: basename(readlinkSync(path)), path: real });
    } else {
      copyFileSync(real, place);
      if (isLibrary(path) || path.endsWith("/torch_shm_manager")) native.push(path);
    }
  };
  mkdirSync(join(target, source), { recursive: true });
  copy(source);
  return { native, links };
}

/** Puts links where the library is in the tree: those that PyTorch opens by their place. */
export function placeLinks(links: readonly LibraryLink[], target: string): void {
  for (const { place, name } of links) {
    const library = join(target, libraryPlace(name, false));
    if (existsSync(library)) symlinkSync(relative(join(target, dirname(place)), library), join(target, place));
  }
}

function isLibrary(path: string): boolean {
  return /\.so(\.\d+)*$/.test(path);
}
