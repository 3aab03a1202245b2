"""Writes one model, of about 10 ms on a core, as TorchScript and as ONNX into a folder: python3 make_model.py FOLDER."""

import sys
from pathlib import Path

import torch
from torch.nn import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential

folder = Path(sys.argv[1])
torch.manual_seed(5)
torch.set_num_threads(1)
channels = 32
layers = [Conv2d(3, channels, 3, padding=1), ReLU()]
for _ in range(4):
    layers += [Conv2d(channels, channels, 3, padding=1), ReLU()]
model = Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(channels, 10)).eval()
torch.jit.script(model).save(folder / "convolution.pt")
torch.onnx.export(
    model,
    torch.zeros(1, 3, 64, 64),
    folder / "convolution.onnx",
    input_names=["x"],
    output_names=["y"],
    dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}},
    opset_version=13,
)
