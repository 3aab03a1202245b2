// The small parent of each Python process: it starts the program with limits, and ends with all that the program ever forked.
import type { WorkerLimits } from "./python-parts.ts";

export interface Supervised {
  /** Runs the supervisor itself: the operator's, never one that lies among a model's files. */
  readonly interpreter: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly limits: WorkerLimits;
  /** The user and the group that the program runs as, in no other group; null: the server's. The supervisor stays who it is. */
  readonly user: number | null;
  /** Writes the number of the program's process to descriptor 3, as a line. */
  readonly reports?: true;
}

export const noLimits: WorkerLimits = { memory: null, processes: null, files: null, cpuSeconds: null };

/**
 * The arguments of `interpreter` that start `program` under a supervisor, as a child of this process.
 *
 * What the program forks comes to the supervisor when its parent ends, whatever session it is in. The supervisor ends all of it when the program
 * ends, when it gets SIGTERM, and when this process is gone; then it ends as the program did. Where Linux refuses what this takes, nothing is started.
 */
export function supervised({ program, args, limits, user, reports }: Supervised): readonly string[] {
  const options = { parent: process.pid, limits: resourceLimits(limits), user, reports: reports ?? false };
  // Neither the environment nor the folder that it starts in says what is imported.
  return ["-I", "-S", "-c", supervisor, JSON.stringify(options), program, ...args];
}

/**
 * Little is imported before the fork, since this process stays. The program has a process group of its own, but no session: Linux may share cores out
 * by session first, and two that hand each other work all the time would wait for each other's turn. Numbers of `prctl` are those of linux/prctl.h.
 */
const supervisor = `
import ctypes, json, os, signal, sys
options, program = json.loads(sys.argv[1]), sys.argv[2:]
libc = ctypes.CDLL(None, use_errno=True)

def prctl(what, option, value):
    try:
        call = libc.prctl
        call.argtypes = [ctypes.c_int] + 4 * [ctypes.c_ulong]
        done = call(option, value, 0, 0, 0)
        problem = os.strerror(ctypes.get_errno())
    except AttributeError:
        done, problem = -1, "this is not Linux"
    if done != 0:
        sys.exit(f"IsolationError: Python handlers are not run where their processes cannot be held together: prctl({what}): {problem}")

def start():
    import resource
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for name, value in options["limits"].items():
        limit = getattr(resource, name)
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
    user = options["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        # A server that is not root would hand on what it was given.
        prctl("PR_CAP_AMBIENT", 47, 4)
    prctl("PR_SET_NO_NEW_PRIVS", 38, 1)
    prctl("PR_SET_PDEATHSIG", 1, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)
    os.execv(program[0], program)

def children(pid):
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            found += map(int, file.read().split())
    return found

def listed(pid):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = file.read().rpartition(b") ")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(name))
    return found

def kill_below(top):
    # Not by recursion: a handler that forks in a row could make it too deep.
    left = [top]
    while left:
        try:
            below = children_of(left.pop())
        except OSError:
            continue
        for child in below:
            # Numbers come round again only after all others: this is still the one that was listed.
            try:
                os.kill(child, signal.SIGKILL)
            except OSError:
                pass
        left += below

def reap():
    global status
    while True:
        pid, how = os.waitpid(-1, os.WNOHANG)
        if pid == worker:
            status = how
        if pid == 0:
            return

def end_all():
    pause = 0.001
    try:
        while True:
            kill_below(supervisor)
            reap()
            signal.sigtimedwait({signal.SIGCHLD}, pause)
            pause = min(2 * pause, 0.05)
    except ChildProcessError:
        return

supervisor = os.getpid()
status = None
waited = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
mask = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
os.setpgid(0, 0)
prctl("PR_SET_DUMPABLE", 4, 0)
prctl("PR_SET_CHILD_SUBREAPER", 36, 1)
prctl("PR_SET_PDEATHSIG", 1, signal.SIGTERM)
children_of = children if os.path.exists(f"/proc/self/task/{supervisor}/children") else listed
# Who started this may be gone before it was asked to tell.
if os.getppid() != options["parent"]:
    os._exit(1)
worker = os.fork()
if worker == 0:
    if options["reports"]:
        os.close(3)
    start()
if options["reports"]:
    os.write(3, b"%d\\n" % worker)
    os.close(3)
asked = False
while status is None and not asked:
    asked = signal.sigwait(waited) != signal.SIGCHLD
    try:
        reap()
    except ChildProcessError:
        break
end_all()
if not asked and not os.WIFSIGNALED(status):
    os._exit(os.WEXITSTATUS(status))
by = signal.SIGTERM if asked else os.WTERMSIG(status)
if by != signal.SIGKILL:
    signal.signal(by, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {by})
os.kill(supervisor, by)
`;

function resourceLimits({ memory, processes, files, cpuSeconds }: WorkerLimits): Record<string, number> {
  return {
    // Unlike 0 it is heeded, too, where core files are piped into a program (core(5)).
    RLIMIT_CORE: 1,
    ...(memory !== null && { RLIMIT_AS: memory }),
    ...(processes !== null && { RLIMIT_NPROC: processes }),
    ...(files !== null && { RLIMIT_NOFILE: files }),
    ...(cpuSeconds !== null && { RLIMIT_CPU: cpuSeconds }),
  };
}
