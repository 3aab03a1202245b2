// The model archives of the differential run: what each holds, for the real archiver to make.

export interface ArchiveSpec {
  /** The file or folder in the model store. */
  readonly file: string;
  readonly model: string;
  /** A file of `handlers/`, or a built-in name. */
  readonly handler: string;
  readonly version?: string;
  readonly format?: "default" | "tgz" | "no-archive" | "zip-store";
  /** In `handlers/`. */
  readonly modelFile?: string;
  /** Made by `handlers/make_weights.py`. */
  readonly weights?: string;
  /** Names in `handlers/`, or made by `handlers/make_weights.py`. */
  readonly extraFiles?: readonly string[];
  /** The YAML of the model's own configuration. */
  readonly config?: string;
  /** Written into the manifest, which the archiver cannot do itself. */
  readonly envelope?: string;
}

const twoRanks = (type: "tp" | "pp"): string =>
  `parallelType: ${type}\ndeviceType: cpu\ntorchrun:\n  nproc-per-node: 2\n  OMP_NUMBER_THREADS: 1\n`;
const oneWorker = "minWorkers: 1\nmaxWorkers: 1\n";

/** What is loaded when a server starts. */
export const startArchives: readonly ArchiveSpec[] = [
  { file: "echo.mar", model: "echo", handler: "echo.py", config: oneWorker },
  { file: "inspect.mar", model: "inspect", handler: "inspect_request.py", version: "3.1", config: oneWorker },
  { file: "refuse.mar", model: "refuse", handler: "refuse.py" },
  { file: "stream.mar", model: "stream", handler: "stream.py" },
  {
    file: "batched.mar",
    model: "batched",
    handler: "batched.py",
    config: `${oneWorker}batchSize: 4\nmaxBatchDelay: 3000\n`,
  },
  { file: "upper.mar", model: "upper", handler: "upper.py", config: `${oneWorker}suffix: "!"\n` },
  {
    file: "linear-eager.mar",
    model: "linear-eager",
    handler: "number_lists.py",
    modelFile: "linear.py",
    weights: "linear.pth",
  },
  {
    file: "residual.mar",
    model: "residual",
    handler: "image_classifier",
    weights: "residual.pt",
    extraFiles: ["captum.py", "index_to_name.json"],
  },
  { file: "dies.mar", model: "dies", handler: "dies.py" },
  { file: "slow.mar", model: "slow", handler: "slow.py", config: `${oneWorker}responseTimeout: 3\njobQueueSize: 1\n` },
  { file: "impatient.mar", model: "impatient", handler: "slow.py", config: `${oneWorker}clientTimeoutInMills: 500\n` },
  { file: "ticket.mar", model: "ticket", handler: "slow.py", config: `${oneWorker}useJobTicket: true\n` },
  {
    file: "counts.mar",
    model: "counts",
    handler: "counts.py",
    config: `${oneWorker}batchSize: 2\nsequenceBatching: true\nmaxNumSequence: 2\nmaxSequenceJobQueueSize: 2\nsequenceMaxIdleMSec: 60000\nmaxBatchDelay: 50\n`,
  },
];

/** What requests register. */
export const laterArchives: readonly ArchiveSpec[] = [
  {
    file: "linear-script.mar",
    model: "linear-script",
    handler: "number_lists.py",
    weights: "linear.pt",
  },
  {
    file: "convolved.mar",
    model: "convolved",
    handler: "number_lists.py",
    weights: "convolved.pt",
    format: "zip-store",
  },
  { file: "upper-folder", model: "upper-folder", handler: "upper.py", format: "no-archive" },
  { file: "upper-packed.tar.gz", model: "upper-packed", handler: "upper.py", format: "tgz" },
  { file: "twice-one.mar", model: "twice", handler: "versions.py" },
  { file: "twice-two.mar", model: "twice", handler: "versions.py", version: "2.0" },
  { file: "never-loads.mar", model: "never-loads", handler: "never_loads.py", config: "maxRetryTimeoutInSec: 2\n" },
  { file: "describes.mar", model: "describes", handler: "describes.py", config: oneWorker },
  { file: "open-inference.mar", model: "open-inference", handler: "open_inference.py", config: oneWorker },
  { file: "two-workers.mar", model: "two-workers", handler: "upper.py", config: "minWorkers: 2\nmaxWorkers: 2\n" },
  { file: "ranks.mar", model: "ranks", handler: "ranks.py", config: twoRanks("tp") },
  { file: "stages.mar", model: "stages", handler: "stages.py", config: twoRanks("pp") },
  { file: "sum.mar", model: "sum", handler: "sums.py", config: oneWorker },
  { file: "kserve-sum", model: "kserve-sum", handler: "sums.py", format: "no-archive", envelope: "kserve" },
];
