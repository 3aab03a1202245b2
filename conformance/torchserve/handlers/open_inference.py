"""Answers documents of the Open Inference protocol with their inputs as outputs, or as its request's id says."""

import json


def answer(row, context, index):
    document = row.get("body")
    wish = document["id"]
    if wish == "raise":
        raise ValueError("a handler's own secret words")
    if wish == "nonsense":
        return "this is no document"
    if wish == "incomplete":
        return json.dumps({"id": wish, "outputs": []})
    outputs = document["inputs"]
    if wish == "show":
        shown = json.dumps([document, context.get_all_request_header(index)], sort_keys=True)
        outputs = [{"name": "shown", "datatype": "BYTES", "shape": [1], "data": [shown]}]
    if wish == "mixed":
        outputs = [{"name": "mixed", "datatype": "BYTES", "shape": [3], "data": ["é", 1.5, {"a": None}]}]
    return json.dumps({"id": wish, "model_name": document["model_name"], "model_version": "4", "outputs": outputs})


def handle(data, context):
    if data is None:
        return None
    return [answer(row, context, index) for index, row in enumerate(data)]
