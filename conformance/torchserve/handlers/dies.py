"""Ends its own process when it is told to, by the exit status in the request's text."""

import os
import signal


def handle(data, context):
    if data is None:
        return None
    told = data[0].get("body", b"")
    told = told if isinstance(told, str) else bytes(told).decode()
    if told == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if told.startswith("exit "):
        os._exit(int(told[5:]))
    return ["alive"]
