// Starts the command.
import { runCommand } from "./program.ts";

const code = await runCommand(process.argv.slice(2));
// What did not stop in time must not keep the process alive; what was printed must still reach its reader.
process.stdout.write("", () => process.exit(code));
