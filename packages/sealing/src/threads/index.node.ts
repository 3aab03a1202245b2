// Opening large sealed files on a thread: the door for Node.
export { PayloadThread, type Poured } from "./payload-thread.node.ts";
export { PieceTags, pieceSize } from "./piece-tags.node.ts";
