"""The number of the likeliest class of a picture of 3 x 64 x 64 numbers, 4 bytes each."""

import torch
from ts.torch_handler.base_handler import BaseHandler


class Convolution(BaseHandler):
    def preprocess(self, data):
        pictures = [torch.frombuffer(bytearray(row["body"]), dtype=torch.float32) for row in data]
        return torch.stack(pictures).reshape(-1, 3, 64, 64)

    def postprocess(self, data):
        return [str(number) for number in data.argmax(1).tolist()]
