// What the command is told: where the models are, and what the configuration says; nothing of our own environment.

export interface CommandFolders {
  /** Null: nothing was opened. */
  readonly models: string | null;
  /** In memory: what servers unpack of a model they unpack there. */
  readonly scratch: string;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The configuration's own words win; `{models}` in them is replaced as in arguments. */
export function commandEnvironment(
  given: Readonly<Record<string, string>>,
  folders: CommandFolders,
): Readonly<Record<string, string>> {
  const { models, scratch } = folders;
  return {
    PATH: path,
    LANG: "C.UTF-8",
    HOME: scratch,
    // The second and the third are what some servers look for instead: TorchServe unpacks archives in TEMP, or else in /tmp.
    TMPDIR: scratch,
    TEMP: scratch,
    TMP: scratch,
    ...(models === null ? {} : { SEALSERVE_MODELS: models }),
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, withModels(value, folders)])),
  };
}

export function commandLine(command: readonly string[], folders: CommandFolders): [string, ...string[]] {
  const [program = "", ...args] = command;
  return [program, ...args.map((argument) => withModels(argument, folders))];
}

function withModels(text: string, { models }: CommandFolders): string {
  return models === null ? text : text.replaceAll("{models}", models);
}
