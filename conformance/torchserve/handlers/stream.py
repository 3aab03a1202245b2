"""Answers in parts: `count` of them, the last one included, as the request's JSON says."""

from ts.handler_utils.utils import send_intermediate_predict_response


def handle(data, context):
    if data is None:
        return None
    wish = data[0].get("body") or {}
    count = wish.get("count", 3) if isinstance(wish, dict) else 3
    if wish.get("type") if isinstance(wish, dict) else None:
        context.set_response_content_type(0, wish["type"])
    for index in range(count - 1):
        send_intermediate_predict_response(
            [f"part {index};"], context.request_ids, "Intermediate Prediction success", 200, context
        )
    if isinstance(wish, dict) and wish.get("fail"):
        raise ValueError("a handler's own secret words")
    return ["last"]
