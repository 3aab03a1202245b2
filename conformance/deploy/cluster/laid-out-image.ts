// An image's own file tree, made as its build makes it.
import { join } from "node:path";
import { layOut } from "../../../deploy/images/layout/lay-out.ts";
import { repositoryRoot } from "../helm.ts";
import type { Image } from "./started-container.ts";

/** `process`: its folder in the repository; the tree is made below `folder`. */
export async function imageOf(folder: string, process: string): Promise<Image> {
  const tree = join(folder, "images", process);
  await layOut({ folder: join(repositoryRoot, process), target: tree, date: 1_750_000_000 });
  return { tree, entrypoint: ["/usr/bin/node", "/opt/sealserve/main.js"] };
}
