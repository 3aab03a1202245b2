# In place of torch.distributed.run, for tests: starts the ranks with their variables, and ends all of them when one has failed.
import argparse
import os
import signal
import subprocess
import sys
import time


def main(args):
    parser = argparse.ArgumentParser()
    for name in ["nnodes", "nproc_per_node", "max_restarts"]:
        parser.add_argument("--" + name, type=int, required=True)
    for name in ["rdzv_backend", "rdzv_conf", "rdzv_endpoint", "rdzv_id", "monitor_interval", "log_dir"]:
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--no_python", action="store_true", required=True)
    parser.add_argument("program")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args(args)
    size = str(options.nproc_per_node)
    ranks = []
    for rank in map(str, range(options.nproc_per_node)):
        own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "nowhere"}
        # A session of their own, as later versions of torch do it.
        ranks.append(subprocess.Popen([options.program, *options.rest], env={**os.environ, **own}, start_new_session=True))
    while True:
        codes = [each.poll() for each in ranks]
        if all(code == 0 for code in codes):
            return
        for rank, code in enumerate(codes):
            if code:
                for each in ranks:
                    each.send_signal(signal.SIGTERM)
                pid = ranks[rank].pid
                print("ERROR: failed (exitcode: %d) local_rank: %d (pid: %d) of binary: x" % (code, rank, pid), file=sys.stderr)
                print("torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ", file=sys.stderr)
                sys.exit(1)
        time.sleep(0.02)
