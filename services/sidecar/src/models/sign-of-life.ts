// By what others tell that a folder's process lives: it listens on a socket inside, until the kernel closes it with the process.
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { SidecarError } from "../sidecar-error.ts";

export const folderPrefix = "sealserve-sidecar-";

const [name, newName] = ["alive", "new"];

/** Of a socket's path, in bytes (unix(7)). */
const longest = 107;

/**
 * Ids of processes mean something within one container only, and its successor shares `/dev/shm` with it; a socket answers whoever sees the
 * folder. Disposing lets it go. Throws `SidecarError` `folder-unusable`.
 */
export async function showLife(folder: string): Promise<Disposable> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) > longest) {
    throw new SidecarError("folder-unusable", { folder, reason: `its path is too long by ${path.length - longest}` });
  }
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    // Named so once it listens: before, it would look dead.
    server.listen(join(folder, newName));
    await once(server, "listening");
    await rename(join(folder, newName), path);
  } catch (error) {
    server.close();
    throw new SidecarError("folder-unusable", { folder, reason: reasonOf(error) }, error);
  }
  return { [Symbol.dispose]: () => void server.close() };
}

/** False only where it is known that nobody listens any more. */
export function isAlive(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(folder, name));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}
