"""Makes two archives with the real torch-model-archiver in FOLDER/models, and in FOLDER/wheels what one of them requires; for python-image.sh."""

import os
import sys
import zipfile

import torch
from model_archiver.model_packaging import generate_model_archive

folder = sys.argv[1]
os.chdir(folder)

FILES = {
    "linear.py": """
import json, torch
from ts.torch_handler.base_handler import BaseHandler

class Linear(BaseHandler):
    def preprocess(self, data):
        rows = [row.get("body") or row.get("data") for row in data]
        return torch.tensor([row if isinstance(row, list) else json.loads(row) for row in rows], dtype=torch.float32)

    def postprocess(self, output):
        return output.tolist()
""",
    # What it says of where it runs is what a pod may do.
    "installed.py": """
import os, socket, tempfile
import proof

def read_only(path):
    try:
        with open(path, "w"):
            return False
    except OSError:
        return True

def handle(data, context):
    if data is None:
        return None
    with tempfile.NamedTemporaryFile(dir="/tmp") as written:
        written.write(b"x")
        writes = os.path.exists(written.name)
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    capabilities = int(status["CapEff"], 16) | int(status["CapBnd"], 16)
    network = ",".join(name for _, name in socket.if_nameindex())
    said = f"{proof.WORDS}, read-only {read_only('/probe') and read_only('/usr/lib/python3/probe')}, writes /tmp {writes}"
    return [f"{said}, capabilities {capabilities}, user {os.getuid()}, network {network}"] * len(data)
""",
    "requirements.txt": "sealserve-proof==1.0\n",
}
for name, text in FILES.items():
    with open(name, "w", encoding="utf8") as file:
        file.write(text)

model = torch.nn.Linear(3, 1)
with torch.no_grad():
    model.weight.copy_(torch.tensor([[1.0, 2.0, 3.0]]))
    model.bias.fill_(0.5)
torch.jit.script(model).save("linear.pt")

with zipfile.ZipFile("wheels/sealserve_proof-1.0-py3-none-any.whl", "w") as wheel:
    info = "sealserve_proof-1.0.dist-info"
    wheel.writestr("proof.py", "WORDS = 'from a wheel'\n")
    wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: sealserve-proof\nVersion: 1.0\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: proof\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(f"{info}/RECORD", "proof.py,,\n" + "".join(f"{info}/{each},,\n" for each in ("METADATA", "WHEEL", "RECORD")))


def archive(*arguments):
    sys.argv = ["torch-model-archiver", "--version", "1.0", "--export-path", "models", *arguments]
    generate_model_archive()


archive("--model-name", "linear", "--handler", "linear.py", "--serialized-file", "linear.pt")
archive("--model-name", "installed", "--handler", "installed.py", "--requirements-file", "requirements.txt")
