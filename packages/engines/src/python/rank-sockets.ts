// The connections to one worker: one for each of its ranks. All answer to a load; only the first answers to batches.
import { lstat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { reasonOf } from "@sealserve/primitives";
import { type Reply, type ReplyLimits, ReplyReader } from "./protocol/reply-reader.ts";

export interface RankSocketsOptions {
  /** Where each rank listens, the first one first. */
  readonly paths: readonly string[];
  readonly limits: ReplyLimits;
}

export interface RankListener {
  readonly reply: (reply: Reply, rank: number) => void;
  /** What came is no answer. */
  readonly broken: (reason: string) => void;
  /** A rank has closed its connection: the others are of no use without it, and are not heard any more. Comes once. */
  readonly closed: () => void;
}

/** Bytes of earlier batches that a rank may have left unread: it is lost where the first one goes on answering without it. */
const maxBacklog = 64 * 1024 * 1024;

export class RankSockets {
  readonly #options: RankSocketsOptions;
  readonly #listener: RankListener;
  readonly #sockets: Socket[] = [];
  #drained = false;
  #isSevered = false;

  constructor(options: RankSocketsOptions, listener: RankListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** All that the first rank ever answered has been read. */
  get drained(): boolean {
    return this.#drained;
  }

  /** Rejects where nobody listens, or something else lies there: who may write into the folder could lead this to sockets of others by a link. */
  async connect(): Promise<void> {
    for (const path of this.#options.paths) {
      if (!(await lstat(path)).isSocket()) throw new Error("it does not listen where it was told to");
    }
    const opened = this.#options.paths.map((path, rank) => this.#open(path, rank));
    await Promise.all(opened);
  }

  /** Writes a frame to one rank; that it is gone is told by its end. */
  write(rank: number, frame: readonly Uint8Array[]): void {
    const socket = this.#sockets[rank];
    if (!socket || socket.destroyed || this.#isSevered) return;
    if (socket.writableLength > maxBacklog) {
      this.#listener.broken(`its rank ${rank} does not read what it is sent`);
      return;
    }
    socket.cork();
    for (const piece of frame) socket.write(piece);
    socket.uncork();
  }

  /** A worker ends with its connection. */
  end(): void {
    for (const socket of this.#sockets) socket.end();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(path: string, rank: number): Promise<void> {
    const socket = connect(path);
    this.#sockets.push(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const isFirst = rank === 0;
    if (isFirst) socket.on("end", () => (this.#drained = true));
    // A connection that is closed with a frame unread is reset, once all is read. After a failed write nothing more is read.
    socket.on("error", ({ syscall }: NodeJS.ErrnoException) => (this.#drained ||= isFirst && syscall === "read"));
    const reader = new ReplyReader(this.#options.limits);
    let isDone = false;
    socket.on("data", (chunk) => {
      if (isDone || this.#isSevered) return;
      const replies = this.#replies(reader, chunk);
      isDone = !isFirst && replies.length > 0;
      for (const reply of replies) if (!socket.destroyed) this.#listener.reply(reply, rank);
    });
    socket.on("close", () => {
      if (this.#isSevered) return;
      // The connections of the others stay, so that they do not fail as well: it would not be told any more who was the first.
      this.#isSevered = true;
      this.#listener.closed();
    });
  }

  #replies(reader: ReplyReader, chunk: Uint8Array): Reply[] {
    try {
      return reader.push(chunk);
    } catch (error) {
      this.#listener.broken(reasonOf(error));
      return [];
    }
  }
}
