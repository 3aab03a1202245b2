"""Answers each request with the size of the batch that it came in."""


def handle(data, context):
    if data is None:
        return None
    return [str(len(data)) for _ in data]
