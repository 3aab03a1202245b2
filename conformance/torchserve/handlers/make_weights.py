"""Writes the weights of the test's models into a folder: python3 make_weights.py FOLDER."""

import json
import sys
from pathlib import Path

import torch
from linear import Linear
from PIL import Image

folder = Path(sys.argv[1])
torch.manual_seed(5)
torch.set_num_threads(1)

linear = Linear()
with torch.no_grad():
    linear.inner.weight.copy_(torch.eye(2) * 2)
    linear.inner.bias.copy_(torch.ones(2))
torch.save(linear.state_dict(), folder / "linear.pth")
torch.jit.script(linear).save(folder / "linear.pt")


class Convolved(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        return self.inner(x.unsqueeze(1)).squeeze(1)


convolved = Convolved()
with torch.no_grad():
    convolved.inner.weight.copy_(torch.tensor([[[1.0, 0.0, -1.0]]]))
torch.jit.script(convolved).save(folder / "convolved.pt")


class Residual(torch.nn.Module):
    """One residual block and a classifier over 6 classes."""

    def __init__(self):
        super().__init__()
        self.entry = torch.nn.Conv2d(3, 8, 7, stride=8)
        self.block = torch.nn.Sequential(
            torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3, padding=1)
        )
        self.last = torch.nn.Linear(8, 6)

    def forward(self, x):
        x = torch.relu(self.entry(x))
        x = torch.relu(x + self.block(x))
        return self.last(x.mean(dim=[2, 3]))


torch.jit.script(Residual().eval()).save(folder / "residual.pt")
names = ["apple", "bread", "cheese", "dill", "egg", "fig"]
(folder / "index_to_name.json").write_text(json.dumps({str(i): [f"n0{i}", name] for i, name in enumerate(names)}))
picture = Image.new("RGB", (64, 48))
picture.putdata([(x * 4, y * 5, (x * y) % 256) for y in range(48) for x in range(64)])
picture.save(folder / "picture.png")
