// Sealed models on disk: the door for Node.
export { fileSource, type OpenFileSource } from "./file-source.node.ts";
export { fileStream } from "./file-stream.node.ts";
export { folderFiles } from "./folder-files.node.ts";
export { listFiles } from "./list-files.node.ts";
