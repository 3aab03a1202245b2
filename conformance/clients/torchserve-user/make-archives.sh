#!/bin/sh
# Packs the models of this folder as TorchServe's documentation does: eager, TorchScript, and one that needs no weights.
set -eu
mkdir -p model-store/new
torch-model-archiver --model-name eager --version 1.0 --model-file linear.py --serialized-file linear.pth \
  --handler number_lists.py --export-path model-store
torch-model-archiver --model-name scripted --version 1.0 --serialized-file linear.pt \
  --handler number_lists.py --export-path model-store
torch-model-archiver --model-name text --version 1.0 --handler upper.py --export-path model-store
torch-model-archiver --model-name text --version 2.0 --handler upper.py --export-path model-store/new
mv model-store/new/text.mar model-store/text_v2.mar && rmdir model-store/new
