// How a worker of several ranks is started: torchrun starts them, each the unmodified worker, and they find each other on this machine only.
// Source: TorchServe 0.12, `WorkerLifeCycle.java` and `ModelConfig.java`; PyTorch, `torch.distributed.run`.
import { join } from "node:path";
import type { WorkerCommand } from "./worker-process.ts";

export interface RankOptions {
  /** Processes of one worker. */
  readonly ranks: number;
  /** Threads that each of them computes with, where it heeds OMP_NUM_THREADS. */
  readonly threads: number;
  /** Whether each rank gets every batch; else only the first does, and tells the others. */
  readonly toAll: boolean;
  /** In a network of their own, where there is nothing but they. */
  readonly alone: boolean;
  /** Where torchrun puts down what it has to. */
  readonly folder: string;
}

export interface RankLaunch extends RankOptions {
  /** Among the workers of its folder. */
  readonly number: number;
  /** One for each rank; empty: they compute without. */
  readonly gpus: readonly number[];
}

/**
 * Runs torchrun by the interpreter that has the package: a program of that name on the search path may belong to another. Since Python 3.11 a `Flag`
 * leaves its zero out when it is iterated, so that torch 1.13 reads "redirect nothing" as None.
 */
const agent = `
import sys
from torch.distributed.elastic.multiprocessing import Std
from torch.distributed.run import main
if Std.from_str("0") is None:
    Std.from_str = lambda text: Std.NONE
main(sys.argv[1:])
`;

/**
 * PyTorch's store, by which ranks find each other, listens on all addresses of the machine and believes whoever comes: who reaches it can have tensors
 * sent elsewhere. Numbers are those of linux/sched.h, linux/sockios.h and linux/prctl.h; the last is lost with a user namespace.
 */
const network = `
import ctypes, fcntl, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x40000000) != 0:
    own = {"uid": os.getuid(), "gid": os.getgid()}
    if libc.unshare(0x50000000) != 0:
        problem = os.strerror(ctypes.get_errno())
        sys.exit(f"IsolationError: the ranks of a model are not run where they cannot have a network of their own: unshare: {problem}")
    files = {"setgroups": "deny", **{f"{name}_map": f"{number} {number} 1" for name, number in own.items()}}
    for name, text in files.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    libc.prctl(1, 9, 0, 0, 0)
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh14x", b"lo", 1))
`;

/** Torchrun would name this machine by a name that need not lead to it. */
const rank = `
import os, sys
os.environ["MASTER_ADDR"] = "127.0.0.1"
os.execv(sys.argv[1], sys.argv[1:])
`;

/** Underscores, since torch before 2.0 knows no hyphens. It starts nothing anew: that is done here. The file is where it would else listen on a port. */
export function parallelCommand(command: WorkerCommand, launch: RankLaunch): WorkerCommand {
  const { program, args, environment } = command;
  const { ranks, threads, alone, folder, number, gpus } = launch;
  const start = alone ? network + agent : agent;
  const options = {
    nnodes: 1,
    nproc_per_node: ranks,
    rdzv_backend: "c10d",
    rdzv_conf: "store_type=file",
    rdzv_endpoint: join(folder, `rendezvous.${number}`),
    rdzv_id: `worker_${number}`,
    max_restarts: 0,
    monitor_interval: 0.1,
    log_dir: join(folder, "torchrun"),
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return {
    ...command,
    args: ["-c", start, ...flags, "--no_python", program, "-I", "-S", "-c", rank, program, "-u", ...args],
    environment: {
      ...environment,
      OMP_NUM_THREADS: String(threads),
      ...Object.fromEntries(networks.map((name) => [name, "lo"])),
      ...(gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpus.join(",") }),
    },
  };
}

/** Which network the transports of PyTorch use. */
const networks = ["GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME", "TP_SOCKET_IFNAME"];

/** How the first of its ranks failed, as torchrun tells it. */
export interface RankEnd {
  readonly reason: string;
  readonly outOfMemory: boolean;
}

const failed = /failed \(exitcode: (-?\d{1,3})\) local_rank: (\d{1,4}) /;

/** null: the line says nothing of it. */
export function parseRankEnd(line: string): RankEnd | null {
  const [, code, number] = failed.exec(line) ?? [];
  if (code === undefined) return null;
  const how = code.startsWith("-") ? `was ended by signal ${code.slice(1)}` : `exited with code ${code}`;
  return { reason: `its rank ${number} ${how}`, outOfMemory: code === "-9" || code === "137" };
}
