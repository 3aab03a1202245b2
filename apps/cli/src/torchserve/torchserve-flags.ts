// The flags of TorchServe's own command (TorchServe 0.12, `ts/arg_parser.py`).
import { Command } from "commander";

export interface TorchserveFlags {
  readonly version?: true;
  readonly start?: true;
  readonly stop?: true;
  readonly tsConfig?: string;
  readonly modelStore?: string;
  readonly workflowStore?: string;
  readonly models?: readonly string[];
  readonly logConfig?: string;
  readonly cppLogConfig?: string;
  readonly foreground?: true;
  readonly ncs?: true;
  /** False: `--no-config-snapshots`. */
  readonly configSnapshots: boolean;
  readonly pluginsPath?: string;
  readonly disableTokenAuth?: true;
  readonly enableModelApi?: true;
}

export function torchserveCommand(): Command {
  return new Command("torchserve")
    .description("TorchServe's command: its flags, its config.properties, its model store")
    .option("-v, --version", "print which TorchServe this stands in for")
    .option("--start", "start the server (what it does when nothing else is said)")
    .option("--stop", "stop the server that runs")
    .option("--ts-config <file>", "config.properties; the variable TS_CONFIG_FILE wins over it")
    .option("--model-store <dir>", "folder that holds the models")
    .option("--workflow-store <dir>", "folder that holds the workflows (default: the model store)")
    .option("--models <models...>", "models to load: ALL, or [NAME=]ARCHIVE for each")
    .option("--log-config <file>", "changes nothing: logging is not by Log4j")
    .option("--cpp-log-config <file>", "changes nothing: there is no C++ backend")
    .option("--foreground", "stay in the foreground until the server ends")
    .option("--no-config-snapshots", "neither write snapshots of the configuration nor start from the last one")
    .option("--ncs", "the same as --no-config-snapshots")
    .option("--ppath, --plugins-path <dir>", "changes nothing: plug-ins of TorchServe are Java")
    .option("--dt, --disable-token-auth", "ask callers for no token")
    .option("--enable-model-api", "let calls register and unregister models");
}
