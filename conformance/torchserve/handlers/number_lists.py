"""A model of torch over JSON lists of numbers, on the base handler; explanations are the input itself."""

import torch
from ts.torch_handler.base_handler import BaseHandler


class Numbers(BaseHandler):
    def preprocess(self, data):
        rows = [row.get("data") or row.get("body") for row in data]
        return torch.tensor([row["instances"] if isinstance(row, dict) else row for row in rows], dtype=torch.float32)

    def postprocess(self, data):
        return [[round(number, 4) for number in row] for row in data.reshape(len(data), -1).tolist()]

    def explain_handle(self, data_preprocess, raw_data):
        return [{"explained": data_preprocess.tolist()}]

    def describe_handle(self):
        return [{"shape": "a list of numbers", "weights": "small"}]
