// Opening large sealed files on a thread: the door for Node.
export { type Look, PayloadThread, type ThreadOutcome } from "./payload-thread.node.ts";
export { PieceTags, pieceSize } from "./piece-tags.node.ts";
