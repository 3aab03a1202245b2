"""Describes itself when it is asked to."""


def handle(data, context):
    if data is None:
        return None
    if context.get_request_header(0, "describe") == "True":
        return [{"purpose": "to be described", "classes": ["a", "b"]}]
    return ["plain"]
