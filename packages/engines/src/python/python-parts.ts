// What an operator says of Python handlers, and what a server gives them.
import type { SequenceHeaders } from "@sealserve/inference";
import type { UserParts } from "./model-users.ts";

/** Limits of each process of a handler, its own children included one by one; null: those of the server. */
export interface WorkerLimits {
  /** Bytes of address space, which is more than it has in memory. */
  readonly memory: number | null;
  /** Processes and threads of the user that it runs as, all together; the kernel holds root to none. */
  readonly processes: number | null;
  /** Open files. */
  readonly files: number | null;
  /** Seconds of computing in its whole life. */
  readonly cpuSeconds: number | null;
}

export interface PythonOptions {
  /** A path or a name on the search path; null: `python3`, else `python`. */
  readonly interpreter: string | null;
  /** Milliseconds until a worker listens: its interpreter and its libraries start before. */
  readonly startTimeout: number;
  /** Variables that do not reach handlers: regular expressions that match a whole name. */
  readonly environmentDeny: readonly string[];
  /** Installs what the requirements file of an archive names; else that is left to the operator. */
  readonly installDependencies: boolean;
  /** A folder with packages to install from; null: the package index that pip is configured for. */
  readonly wheels: string | null;
  /** Installs packages from where an archive's requirements file says, too; else from `wheels`, or the index that pip is configured for. */
  readonly directRequirements: boolean;
  readonly limits: WorkerLimits;
  /** Gives JSON and text to handlers decoded. */
  readonly decodeInputRequest: boolean;
  /** A file as TorchServe's `metrics.yaml`; null: the one of its package. */
  readonly metricsConfig: string | null;
  /** Bytes of one answer. */
  readonly maxResponseSize: number;
  readonly limitMaxImagePixels: boolean;
  /** For archives that name none; null: none. */
  readonly serviceEnvelope: string | null;
  /** Of archives that name none; null: they are refused. */
  readonly defaultServiceHandler: string | null;
}

export interface PythonParts extends UserParts {
  readonly options: PythonOptions;
  /** Of the server; ours do not reach a handler. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Which headers name the sequence of a request; left out: TorchServe's. */
  readonly sequenceHeaders?: SequenceHeaders;
  /** Nothing of an archive may lie on a disk: that of a model which was sealed never may. */
  readonly memoryOnly: boolean;
  /** The interpreter, TorchServe's package and `wheels` have to lie in the file system that this program is in. Default: no. */
  readonly imageOnly?: boolean;
}
