// A throw-away PostgreSQL of Debian's package on a Unix socket in a temporary folder, run as a user without rights.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const installed = "/usr/lib/postgresql";

/** Where PostgreSQL's programs are; null where it is not installed, or where nobody but root could run it. */
export function postgresPrograms(): string | null {
  if (!existsSync(installed)) return null;
  const [newest] = readdirSync(installed).sort((a, b) => Number(b) - Number(a));
  const programs = newest ? join(installed, newest, "bin") : "";
  return existsSync(join(programs, "initdb")) && (process.getuid?.() !== 0 || userId() !== null) ? programs : null;
}

export interface PostgresCluster extends Disposable {
  /** Of a new and empty database. */
  newDatabase(name: string): string;
  /** Breaks every connection, as a crash does. */
  stop(): void;
  start(): void;
}

export function startPostgres(programs: string): PostgresCluster {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const user = userId();
  if (user) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const run = (program: string, ...args: string[]): void => {
    // The server keeps what it is given as output open: then nobody would ever see its end.
    execFileSync(join(programs, program), args, { stdio: "ignore", cwd: folder, ...user });
  };
  run("initdb", "-D", data, "-U", "broker", "-A", "trust", "--no-sync");
  const start = () =>
    run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", `-c listen_addresses= -k ${folder} -F`, "start");
  const stop = () => run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
  start();
  return {
    start,
    stop,
    newDatabase(name) {
      run("createdb", "-h", folder, "-U", "broker", name);
      return `postgresql://broker@/${name}?host=${encodeURIComponent(folder)}`;
    },
    [Symbol.dispose]() {
      stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then as the user that its package made. */
function userId(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  try {
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: "pipe" }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    // There is no such user.
    return null;
  }
}
