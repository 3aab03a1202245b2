# Asks a TensorFlow Serving behind the sidecar as its gRPC clients do: HOST:PORT ROOTS TOKEN.
import os
import sys
import time

import grpc

address, roots, token = sys.argv[1:]
shown = (("authorization", f"Bearer {token}"),)
large = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
with open(roots, "rb") as file:
    credentials = grpc.ssl_channel_credentials(file.read())
channel = grpc.secure_channel(address, credentials, options=large)


def check(name, condition):
    print(("ok " if condition else "not ok ") + name)
    if not condition:
        sys.exit(1)


def method(name):
    return channel.unary_unary(f"/tensorflow.serving.{name}")


def refused(name, code, call):
    try:
        call()
    except grpc.RpcError as error:
        check(f"{name}: {error.code()} {error.details()}", error.code() == code)
        return error
    check(f"{name} is refused", False)


predict = method("PredictionService/Predict")
for size in (0, 10, 100_000, 16_000_000):
    message = os.urandom(size)
    answer, call = predict.with_call(message, metadata=shown, timeout=30)
    check(f"{size} bytes come back", answer == message)
trailers = dict(call.trailing_metadata())
check("trailers come, binary ones too", trailers["x-served"] == "yes" and trailers["x-detail-bin"] == b"\x00\xff")
check("the token is not shown to the server", dict(call.initial_metadata())["x-seen-authorization"] == "none")
error = refused("an unknown model", grpc.StatusCode.NOT_FOUND, lambda: predict(b"nothing", metadata=shown))
check("its sentence comes as it was written", error.details().endswith("– ü"))
check("... and so do its trailers", dict(error.trailing_metadata())["x-served"] == "yes")
refused("no token", grpc.StatusCode.UNAUTHENTICATED, lambda: predict(b"x"))
refused("a deadline", grpc.StatusCode.DEADLINE_EXCEEDED, lambda: predict(b"slow", metadata=shown, timeout=0.5))
end = time.monotonic() + 10
while method("PredictionService/Cancelled")(b"", metadata=shown) != b"1" and time.monotonic() < end:
    time.sleep(0.05)
check("the server is told that nobody waits", method("PredictionService/Cancelled")(b"", metadata=shown) == b"1")
check("the status of a model", method("ModelService/GetModelStatus")(b"", metadata=shown) == b"AVAILABLE")
refused("reloading", grpc.StatusCode.PERMISSION_DENIED, lambda: method("ModelService/HandleReloadConfigRequest")(b"", metadata=shown))
refused("another service", grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary("/other.Service/Call")(b"", metadata=shown))
pending = [predict.future(bytes([n]) * 1000, metadata=shown) for n in range(100)]
check("a hundred at once", all(done.result(30) == bytes([n]) * 1000 for n, done in enumerate(pending)))
print("done")
