"""Adds up one number from each rank of its worker over gloo; one of them can be told to fail."""
import os

import torch
import torch.distributed as dist


class Ranks:
    def initialize(self, context):
        dist.init_process_group("gloo")
        self.gpu = context.system_properties["gpu_id"]
        self.batches = 0

    def handle(self, data, context):
        word = data[0]["body"]
        self.batches += 1
        if word == "exit" and dist.get_rank() == 1:
            os._exit(3)
        if word == "raise":
            raise ValueError(word)
        seen = torch.tensor([dist.get_rank() + 1, self.batches])
        dist.all_reduce(seen)
        names = ["RANK", "LOCAL_RANK", "WORLD_SIZE", "OMP_NUM_THREADS"]
        told = {name: os.environ[name] for name in names}
        return [{**told, "word": word, "seen": seen.tolist(), "gpu": str(self.gpu)} for _ in data]
