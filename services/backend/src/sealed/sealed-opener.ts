// Opens sealed models with the identity that there is for each: the key first, then the root, then plaintext in memory.
import type { IdentitiesFor } from "@sealserve/client/identities";
import type { SealedContent, SealedOpener, SealedVersion } from "@sealserve/engines";
import { merkleRoot, openRandom, openSealedDirectory } from "@sealserve/sealing";
import { fileSource, folderFiles } from "@sealserve/sealing/folder";
import type { SealedProgress } from "../trust/sealed-progress.ts";
import { checkRoot } from "./check-root.ts";
import type { ModelRoots } from "./model-roots.ts";
import { expectDigest, openedFiles } from "./opened-files.ts";
import { toKeyRefused } from "./to-key-refused.ts";

export interface SealedOpenerParts {
  readonly identitiesFor: IdentitiesFor;
  /** Roots that a model may have, 64 hex digits each; null: whatever was sealed, as long as it is whole. */
  readonly expectedRoots: (model: string) => readonly string[] | null;
  readonly roots: ModelRoots;
  /** Told of each step. */
  readonly progress: SealedProgress;
}

export function sealedOpener(parts: SealedOpenerParts): SealedOpener {
  return {
    openFile: (sealed, name, signal) => reported(sealed, parts, () => openFile(sealed, name, signal, parts)),
    openDirectory: (sealed, signal) => reported(sealed, parts, () => openDirectory(sealed, signal, parts)),
  };
}

async function openFile(
  sealed: SealedVersion,
  name: string,
  signal: AbortSignal,
  parts: SealedOpenerParts,
): Promise<SealedContent> {
  const { model, version, path } = sealed;
  await using stack = new AsyncDisposableStack();
  const source = await openRandom(stack.use(await fileSource(path)), parts.identitiesFor(model, signal));
  parts.progress.keyReleased(sealed);
  let known: Uint8Array | null = null;
  const accept = (sha256: Uint8Array): void => {
    if (known) {
      expectDigest(name, known)(sha256);
      return;
    }
    known = sha256;
    matchRoot(sealed, merkleRoot({ name: model, version }, [{ path: name, size: source.size, sha256 }]), parts);
  };
  const opened = stack.move();
  // The root is known, and compared, once the file was read whole: before anything of it is given out.
  return openedFiles({
    model,
    sizes: new Map([[name, source.size]]),
    open: async () => ({ source, accept }),
    close: () => opened.disposeAsync(),
    refusal: (error) => refusalOf(sealed, error, parts),
  });
}

async function openDirectory(
  sealed: SealedVersion,
  signal: AbortSignal,
  parts: SealedOpenerParts,
): Promise<SealedContent> {
  const { model, path } = sealed;
  await using stack = new AsyncDisposableStack();
  const identities = parts.identitiesFor(model, signal);
  const directory = await openSealedDirectory(stack.use(folderFiles(path)), identities, { name: model });
  parts.progress.keyReleased(sealed);
  matchRoot(sealed, directory.manifest.root, parts);
  const entries = new Map(directory.manifest.files.map((entry) => [entry.path, entry]));
  const opened = stack.move();
  return openedFiles({
    model,
    sizes: new Map([...entries].map(([name, { size }]) => [name, size])),
    open: async (name) => {
      const expected = entries.get(name)?.sha256 ?? new Uint8Array(0);
      return { source: await directory.open(name), accept: expectDigest(name, expected) };
    },
    close: () => opened.disposeAsync(),
    refusal: (error) => refusalOf(sealed, error, parts),
  });
}

/** The root is kept only once it is known to be one of those expected. */
function matchRoot(
  sealed: SealedVersion,
  root: Uint8Array,
  { expectedRoots, roots, progress }: SealedOpenerParts,
): void {
  const { model, version } = sealed;
  checkRoot(model, root, expectedRoots(model));
  roots.add(model, version, root);
  progress.rootMatched(sealed);
}

async function reported(
  sealed: SealedVersion,
  parts: SealedOpenerParts,
  open: () => Promise<SealedContent>,
): Promise<SealedContent> {
  parts.progress.asked(sealed);
  try {
    return await open();
  } catch (error) {
    throw refusalOf(sealed, error, parts);
  }
}

function refusalOf(sealed: SealedVersion, error: unknown, { progress }: SealedOpenerParts): unknown {
  const refusal = toKeyRefused(sealed.model, error);
  progress.refused(sealed, refusal);
  return refusal;
}
