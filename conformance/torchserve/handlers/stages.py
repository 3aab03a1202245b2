"""Its first rank gets all batches, and asks the second, which is sent none."""
import os

from torch.distributed import rpc

batches = 0


def stage(word):
    return {"word": word.upper(), "rank": os.environ["RANK"], "batches": batches}


class Stages:
    def initialize(self, context):
        rank = int(os.environ["RANK"])
        rpc.init_rpc("stage%d" % rank, rank=rank, world_size=int(os.environ["WORLD_SIZE"]))

    def handle(self, data, context):
        global batches
        batches += 1
        return [rpc.rpc_sync("stage1", stage, args=(row["body"],)) for row in data]
