# What an application does with tritonclient over HTTP and gRPC with TLS, against a real Triton behind the sidecar that holds `double`.
import queue
import ssl
import sys

import numpy as np
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from tritonclient.utils import InferenceServerException

url, certificate, token = sys.argv[1], sys.argv[2], sys.argv[3]


def shown():
    # Anew for each call: the client writes into it.
    return {"authorization": f"Bearer {token}"}


http = triton_http.InferenceServerClient(
    url, ssl=True, ssl_options={"ca_certs": certificate}, ssl_context_factory=lambda: ssl.create_default_context(cafile=certificate)
)
over_grpc = triton_grpc.InferenceServerClient(url, ssl=True, root_certificates=certificate)


def check(name, condition):
    print(("ok " if condition else "not ok ") + name)
    if not condition:
        sys.exit(1)


def inputs(module, values):
    made = module.InferInput("x", list(values.shape), "FP32")
    made.set_data_from_numpy(values)
    return [made]


def refused(name, act, words):
    try:
        act()
    except InferenceServerException as error:
        check(f"{name}: {error}", any(word in str(error) for word in words))
    else:
        check(f"{name} is refused", False)


small = np.arange(6, dtype=np.float32).reshape(2, 3)
large = np.random.default_rng(1).random((8, 500_000), dtype=np.float32)
for name, client, module in (("HTTP", http, triton_http), ("gRPC", over_grpc, triton_grpc)):
    check(f"{name}: the server is ready", client.is_server_live(headers=shown()) and client.is_server_ready(headers=shown()))
    check(f"{name}: the model is ready", client.is_model_ready("double", headers=shown()))
    for values in (small, large):
        result = client.infer("double", inputs(module, values), headers=shown())
        check(f"{name}: {values.nbytes} bytes are doubled", np.array_equal(result.as_numpy("y"), values * 2))
    refused(f"{name}: an unknown model", lambda: client.infer("nothing", inputs(module, small), headers=shown()), ["unknown model"])
    refused(f"{name}: no token", lambda: client.infer("double", inputs(module, small)), ["401", "token"])
    refused(f"{name}: loading a model", lambda: client.load_model("double", headers=shown()), ["management"])
    refused(
        f"{name}: shared memory",
        lambda: client.register_system_shared_memory("r", "/x", 64, headers=shown()),
        ["management"],
    )

metadata = http.get_model_metadata("double", headers=shown())
check("metadata over both are one", metadata["inputs"][0]["shape"] == list(over_grpc.get_model_metadata("double", headers=shown()).inputs[0].shape))
pending = [http.async_infer("double", inputs(triton_http, small + n), headers=shown()) for n in range(16)]
check("sixteen at once", all(np.array_equal(done.get_result().as_numpy("y"), (small + n) * 2) for n, done in enumerate(pending)))

answers = queue.Queue()
over_grpc.start_stream(lambda result, error: answers.put((result, error)), headers=shown())
for n in range(5):
    over_grpc.async_stream_infer("double", inputs(triton_grpc, small + n), request_id=str(n))
got = [answers.get(timeout=30) for _ in range(5)]
over_grpc.stop_stream()
check("a stream answers each message", all(error is None for _, error in got))
check(
    "a stream's answers are those of its messages",
    all(np.array_equal(result.as_numpy("y"), (small + int(result.get_response().id)) * 2) for result, _ in got),
)
print("done")
