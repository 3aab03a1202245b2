"""Takes as many seconds as the request's text says."""

import time


def handle(data, context):
    if data is None:
        return None
    told = data[0].get("body", b"0")
    time.sleep(float(told if isinstance(told, str) else bytes(told).decode()))
    return ["done"]
