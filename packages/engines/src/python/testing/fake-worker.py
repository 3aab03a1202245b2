# A worker for tests that speaks the protocol of TorchServe's worker, or breaks it: the handler's name says how it loads, a body how it answers.
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time


# Where there are several, a name or a body that begins so is meant for that one alone.
rank = os.environ.get("LOCAL_RANK", "0")
mine, others = "at %s " % rank, "at "


def meant(told):
    if told.startswith(mine):
        return told[len(mine):]
    return "" if told.startswith(others) else told


class Mute:
    """In place of the connection of a rank that answers no batches."""

    def __init__(self, wire):
        self.wire = wire

    def sendall(self, data):
        pass


def read(connection, length):
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def integer(connection):
    return struct.unpack("!i", read(connection, 4))[0]


def text(connection):
    return read(connection, integer(connection))


def pack(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!i", len(value)) + value


def items(connection, parse):
    found = []
    while True:
        length = integer(connection)
        if length == -1:
            return found
        found.append(parse(read(connection, length)))


def request(connection, key):
    headers = items(connection, lambda name: (name, text(connection)))
    parameters = items(connection, lambda name: (name, text(connection), text(connection)))
    return {"id": key, "headers": headers, "parameters": parameters}


def prediction(key, body, headers=(), status=200, reason="", content_type=""):
    head = pack(key) + pack(content_type) + struct.pack("!i", status) + pack(reason)
    lines = b"".join(pack(name) + pack(value) for name, value in headers)
    return head + struct.pack("!i", len(headers)) + lines + pack(body)


def reply(code, message, predictions=()):
    return struct.pack("!i", code) + pack(message) + b"".join(predictions) + struct.pack("!i", -1)


def load(connection):
    frame = {"model": text(connection), "folder": text(connection), "batchSize": integer(connection)}
    frame["handler"] = text(connection).decode()
    frame["gpu"], frame["envelope"], _ = integer(connection), text(connection), read(connection, 1)
    handler = meant(frame["handler"])
    if handler == "raises":
        print("Traceback (most recent call last):\nValueError: this model is broken", flush=True)
        sys.exit(1)
    if handler == "refuses":
        print("RuntimeError: no such weights", flush=True)
        connection.sendall(reply(500, "Unknown exception"))
        raise RuntimeError("500 - Unknown exception")
    if handler == "hangs":
        time.sleep(3600)
    if handler == "garbage":
        connection.sendall(b"\x7f" * 64)
        time.sleep(3600)
    if handler == "once":
        # Loads in its first life only.
        mark = os.path.join(frame["folder"].decode(), "lived")
        if os.path.exists(mark):
            print("ValueError: one life is enough", flush=True)
            sys.exit(1)
        open(mark, "w").close()
    connection.sendall(reply(200, "loaded model"))


def act(connection, batch):
    """Whether the batch was answered here."""
    body = batch[0]["parameters"][0][2] if batch[0]["parameters"] else b""
    told = body.decode()
    word, _, rest = meant(told).partition(" ")
    if told and not word:
        # Whoever is meant comes first.
        time.sleep(0.3)
    keys = [each["id"] for each in batch]
    if word == "hang":
        time.sleep(3600)
    elif word == "garbage":
        connection.sendall(bytes.fromhex(rest))
        time.sleep(3600)
    elif word == "noise":
        connection.wire.sendall(b"\x7f" * 64)
    elif word == "truncated":
        connection.sendall(reply(200, "ok", [prediction(keys[0], b"x" * 100)])[:-60])
        sys.exit(0)
    elif word == "exit":
        print("OSError: the disk is gone", flush=True)
        os._exit(int(rest))
    elif word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "sleep":
        time.sleep(float(rest))
        connection.sendall(reply(200, "ok", [prediction(key, b"slept") for key in keys]))
    elif word == "sleep-and-die":
        time.sleep(float(rest))
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "closed":
        connection.close()
        time.sleep(3600)
    elif word == "fork":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        connection.sendall(reply(200, "ok", [prediction(keys[0], str(child.pid))]))
    elif word == "pid":
        connection.sendall(reply(200, "ok", [prediction(keys[0], str(os.getpid()))]))
    elif word == "identity":
        seen = {"uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "home": os.access(os.environ["HOME"], os.W_OK)}
        connection.sendall(reply(200, "ok", [prediction(keys[0], json.dumps(seen))]))
    elif word == "owner":
        import importlib

        found = os.stat(importlib.import_module(rest).__file__).st_uid
        connection.sendall(reply(200, "ok", [prediction(keys[0], str(found))]))
    elif word == "daemon":
        # As daemons do: an orphan in a session of its own, deaf to SIGTERM.
        ours, theirs = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.write(theirs, str(os.getpid()).encode())
                time.sleep(3600)
            os._exit(0)
        os.wait()
        connection.sendall(reply(200, "ok", [prediction(keys[0], os.read(ours, 20))]))
    elif word == "flood":
        for _ in range(int(rest)):
            print("x" * 1000)
        sys.stdout.flush()
        connection.sendall(reply(200, "ok", [prediction(keys[0], b"done")]))
    elif word == "hoard":
        try:
            bytearray(int(rest))
            connection.sendall(reply(200, "ok", [prediction(keys[0], b"had it")]))
        except MemoryError:
            connection.sendall(reply(507, "Out of resources", [prediction(keys[0], b"error")]))
    elif word == "code":
        connection.sendall(reply(int(rest), "of its own", [prediction(key, b"error") for key in keys]))
    elif word == "fewer":
        connection.sendall(reply(200, "ok", [prediction(key, b"") for key in keys[1:]]))
    elif word == "stranger":
        connection.sendall(reply(200, "ok", [prediction(b"nobody", b"")]))
    elif word == "twice":
        connection.sendall(reply(200, "ok", [prediction(keys[0], b"a")]) + reply(200, "ok", [prediction(keys[0], b"b")]))
    elif word == "header":
        connection.sendall(reply(200, "ok", [prediction(key, b"", [("x-bad", "a\r\nevil: 1")]) for key in keys]))
    elif word == "stream":
        for count in range(int(rest)):
            more = [prediction(key, "%d " % count, [("ts_stream_next", "true")]) for key in keys]
            connection.sendall(reply(200, "ok", more))
        connection.sendall(reply(200, "ok", [prediction(key, b"end", [("ts_stream_next", "false")]) for key in keys]))
    elif word == "environment":
        seen = {"environment": dict(os.environ), "folder": os.getcwd(), "files": sorted(os.listdir(".")), "argv": sys.argv}
        connection.sendall(reply(200, "ok", [prediction(keys[0], json.dumps(seen))]))
    elif word == "networks":
        # Also that what is there can be spoken over.
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
            connection.sendall(reply(200, "ok", [prediction(keys[0], json.dumps([name for _, name in socket.if_nameindex()]))]))
    elif word == "import":
        import importlib

        connection.sendall(reply(200, "ok", [prediction(keys[0], importlib.import_module(rest).value)]))
    elif word == "limits":
        import resource

        names = ["RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_NPROC"]
        seen = {name: resource.getrlimit(getattr(resource, name))[0] for name in names}
        connection.sendall(reply(200, "ok", [prediction(keys[0], json.dumps(seen))]))
    elif word == "status":
        more = [("X-Seen", "yes"), ("content-type", "text/plain")]
        predictions = [prediction(key, b"made", more, 201, "Made Here", "text/plain") for key in keys]
        connection.sendall(reply(200, "ok", predictions))
    elif word == "later":
        return False
    else:
        seen = [[name.decode(), kind.decode(), value.decode()] for each in batch for name, kind, value in each["parameters"]]
        heads = dict((name.decode(), value.decode()) for name, value in batch[0]["headers"])
        bodies = [json.dumps({"size": len(batch), "parameters": seen, "headers": heads}) for _ in batch]
        connection.sendall(reply(200, "ok", [prediction(key, body) for key, body in zip(keys, bodies)]))
    return True


def main():
    arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    name, _, number = arguments["--sock-name"].rpartition(".")
    listener.bind("%s.%d" % (name, int(number) + int(rank)))
    listener.listen(1)
    print("[PID]%d" % os.getpid(), flush=True)
    print("Torch worker started.", flush=True)
    connection, _ = listener.accept()
    postponed = []
    while True:
        command = read(connection, 1)
        if command == b"L":
            load(connection)
            continue
        batch = items(connection, lambda key: request(connection, key))
        print("[METRICS]Batches.Count:1|#ModelName:m,Level:Model|#type:COUNTER|#hostname:here,1795411553,%s" % batch[0]["id"].decode(), flush=True)
        if "RANK" in os.environ:
            with open("frames." + rank, "a") as file:
                file.write("I")
        # Batches that are put off are answered after the next one, the last first.
        if not act(connection if rank == "0" else Mute(connection), batch):
            postponed.append(batch)
            continue
        while postponed:
            keys = [each["id"] for each in postponed.pop()]
            connection.sendall(reply(200, "ok", [prediction(key, b"late") for key in keys]))


main()
