// The sealserve command: its commands, their flags, and how each ends.
import { Command, CommanderError, Help, type Option } from "commander";
import { commandsFor, type Ends } from "./command-table.ts";
import { version } from "./version.ts";

/** Exit codes: 0 done · 1 failed · 2 the command line or the configuration is wrong. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let code = 0;
  const ends: Ends =
    (act) =>
    async (...given) => {
      code = await act(...given);
    };
  const program = new Command("sealserve")
    .description("Trusted deep-learning serving over the TorchServe, Triton and TensorFlow Serving APIs.")
    .version(version)
    // Behind a command's name, --version is that command's own: the version of the model to pack.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("(sealserve --help says more)");
  for (const command of await commandsFor(args[0], ends)) program.addCommand(helpful(command, "sealserve"));
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

/** Options that a command cannot do without say so. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option) + (option.mandatory ? " (required)" : "");
}

/** The command and those inside it say what was wrong, and leave it to {@link runCommand} to end the process. */
function helpful(command: Command, parents: string): Command {
  const path = `${parents} ${command.name()}`;
  for (const inner of command.commands) helpful(inner, path);
  command.configureHelp({ optionDescription: describeOption });
  return command.exitOverride().showHelpAfterError(`(${path} --help says more)`);
}
