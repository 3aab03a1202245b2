"""Fails in each way that a handler can, or answers with a status, a header or a type of its own, as the request's JSON says."""

import json

from ts.utils.util import PredictionException


def handle(data, context):
    if data is None:
        return None
    wish = data[0].get("body")
    if isinstance(wish, (bytes, bytearray)):
        wish = json.loads(wish)
    kind = wish["kind"]
    if kind == "prediction":
        raise PredictionException(wish.get("message", "refused by the handler"), wish["code"])
    if kind == "plain":
        raise ValueError("a handler's own secret words")
    if kind == "memory":
        raise MemoryError()
    if kind == "cuda":
        raise RuntimeError("CUDA out of memory")
    if kind == "short":
        return []
    if kind == "dict":
        return {"not": "a list"}
    if kind == "unserialisable":
        return [{1, 2, 3}]
    if kind == "status":
        context.set_response_status(code=wish["code"], phrase=wish.get("phrase", ""), idx=0)
        return [wish.get("answer", "told")]
    if kind == "all-status":
        context.set_all_response_status(code=wish["code"], phrase=wish.get("phrase", ""))
        return ["told"]
    if kind == "header":
        context.set_response_header(0, wish["name"], wish["value"])
        return ["told"]
    if kind == "type":
        context.set_response_content_type(0, wish["value"])
        return [wish.get("answer", "<b>told</b>")]
    if kind == "value":
        return [wish["answer"]]
    if kind == "long":
        return ["x" * wish["length"]]
    if kind == "bytes":
        return [bytes([0, 255, 1, 254])]
    raise KeyError(kind)
