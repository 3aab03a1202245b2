# What an application does with tritonclient's HTTP client, against a server that holds `simple`, `wide` and `words`.
import sys
import time

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

client = triton.InferenceServerClient(sys.argv[1])


def check(name, condition):
    print(("ok " if condition else "not ok ") + name)
    if not condition:
        sys.exit(1)


check("server is live and ready", client.is_server_live() and client.is_server_ready())
check("model is ready", client.is_model_ready("simple") and client.is_model_ready("simple", "1"))
check("unknown model is not ready", not client.is_model_ready("nothing"))
check("server metadata names extensions", "binary_tensor_data" in client.get_server_metadata()["extensions"])

metadata = client.get_model_metadata("simple")
check("model metadata has both inputs", [entry["name"] for entry in metadata["inputs"]] == ["INPUT0", "INPUT1"])
check("shapes include the batch dimension", metadata["inputs"][0]["shape"] == [-1, 16])

left = np.arange(16, dtype=np.int32).reshape(1, 16)
right = np.ones((1, 16), dtype=np.int32)


def inputs(binary):
    made = [triton.InferInput("INPUT0", [1, 16], "INT32"), triton.InferInput("INPUT1", [1, 16], "INT32")]
    made[0].set_data_from_numpy(left, binary_data=binary)
    made[1].set_data_from_numpy(right, binary_data=binary)
    return made


for binary_in in (True, False):
    for binary_out in (True, False):
        asked = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in ("OUTPUT0", "OUTPUT1")]
        result = client.infer("simple", inputs(binary_in), outputs=asked, request_id="7")
        same = (result.as_numpy("OUTPUT0") == left + right).all() and (result.as_numpy("OUTPUT1") == left - right).all()
        check(f"simple adds and subtracts (binary in {binary_in}, out {binary_out})", same)
        check("the id comes back", result.get_response()["id"] == "7")

default = client.infer("simple", inputs(True))
check("without requested outputs all come, in binary", set(entry["name"] for entry in default.get_response()["outputs"]) == {"OUTPUT0", "OUTPUT1"})

one = client.infer("simple", inputs(True), outputs=[triton.InferRequestedOutput("OUTPUT1")])
check("only the requested output comes", one.as_numpy("OUTPUT0") is None and one.as_numpy("OUTPUT1") is not None)

wide = triton.InferInput("INPUT0", [2, 3], "FP32")
values = np.array([[1.5, np.nan, np.inf], [-np.inf, 0.1, -0.0]], dtype=np.float32)
wide.set_data_from_numpy(values)
answer = client.infer("wide", [wide], outputs=[triton.InferRequestedOutput("OUTPUT0", binary_data=False)])
check("NaN and infinities come back through JSON", np.array_equal(answer.as_numpy("OUTPUT0"), values, equal_nan=True))

words = triton.InferInput("INPUT0", [1, 2], "BYTES")
words.set_data_from_numpy(np.array([["blood", "pressure"]], dtype=np.object_))
check("strings come back", [word.decode() for word in client.infer("words", [words]).as_numpy("OUTPUT0").flatten()] == ["blood", "pressure"])

pending = [client.async_infer("simple", inputs(True)) for _ in range(8)]
check("eight requests at once", all((done.get_result().as_numpy("OUTPUT0") == left + right).all() for done in pending))


def refused(name, words_of_it, act):
    try:
        act()
    except InferenceServerException as error:
        check(f"{name}: {error.message()}", words_of_it in error.message())
    else:
        check(f"{name} is refused", False)


bad = triton.InferInput("INPUT0", [1, 15], "INT32")
bad.set_data_from_numpy(left[:, :15])
refused("a wrong shape", "unexpected shape for input 'INPUT0'", lambda: client.infer("simple", [bad, inputs(True)[1]]))
refused("a missing input", "INPUT1", lambda: client.infer("simple", inputs(True)[:1]))
refused("an unknown model", "unknown model", lambda: client.infer("nothing", inputs(True)))
refused("an unknown version", "unknown model", lambda: client.infer("simple", inputs(True), model_version="9"))

index = {entry["name"]: entry.get("state") for entry in client.get_model_repository_index()}
check("the repository index shows the models", index == {"simple": "READY", "wide": "READY", "words": "READY"})
client.unload_model("words")
deadline = time.monotonic() + 10
while client.is_model_ready("words") and time.monotonic() < deadline:
    time.sleep(0.05)
check("an unloaded model is not ready", not client.is_model_ready("words"))
client.load_model("words")
check("a loaded model is ready", client.is_model_ready("words"))
refused("a model that is not there", "failed to load 'nothing'", lambda: client.load_model("nothing"))
refused("a configuration of the call's own", "not supported", lambda: client.load_model("words", config="{}"))
print("done")
