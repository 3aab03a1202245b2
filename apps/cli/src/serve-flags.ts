// The flags of `serve`, and the keys of the configuration that they stand for.
import { Command, InvalidArgumentError, Option } from "commander";

export interface ServeFlags {
  readonly modelStore?: string;
  readonly config?: string;
  readonly host?: string;
  readonly tls?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecurePlaintext?: true;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly printConfig?: true;
}

export function serveCommand(): Command {
  const command = new Command("serve").description(
    "serve the models of a folder over the TorchServe, Open Inference (Triton) and TensorFlow Serving APIs",
  );
  return configOptions(listenerOptions(modelStoreOption(command)));
}

export function modelStoreOption(command: Command): Command {
  return command.option("--model-store <dir>", "folder that holds the models");
}

/** Where clients come in. */
export function listenerOptions(command: Command): Command {
  return command
    .option("--host <host>", "address to listen on (default: 127.0.0.1)")
    .addOption(new Option("--tls <kind>", "TLS with a certificate made at the start").choices(["self-signed"]))
    .option("--tls-cert <file>", "TLS with this certificate chain (PEM)")
    .option("--tls-key <file>", "private key of the certificate (PEM)")
    .option("--insecure-plaintext", "allow a host outside loopback without TLS");
}

/** What every process has. */
export function configOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration in YAML; SEALSERVE_… variables and flags win over it")
    .addOption(
      new Option("--log-level <level>", "least urgent messages to log").choices(["error", "warn", "info", "debug"]),
    )
    .addOption(new Option("--log-format <format>", "how the log is written").choices(["auto", "json", "pretty"]))
    .option("--set <key=value>", "any key of the configuration, such as log.level=debug", collect)
    .option("--print-config", "print the configuration that would be used, and exit");
}

/** Configuration by key path, of what was given. A flag of its own wins over `--set`. */
export function flagsToSettings(flags: ServeFlags): Readonly<Record<string, unknown>> {
  const files = flags.tlsCert !== undefined || flags.tlsKey !== undefined;
  const own = {
    modelStore: flags.modelStore,
    host: flags.host,
    tls: flags.tls,
    ...(files ? { "tls.cert": flags.tlsCert, "tls.key": flags.tlsKey } : {}),
    insecurePlaintext: flags.insecurePlaintext,
    "log.level": flags.logLevel,
    "log.format": flags.logFormat,
  };
  return { ...flags.set, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

function collect(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("it must be KEY=VALUE.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
