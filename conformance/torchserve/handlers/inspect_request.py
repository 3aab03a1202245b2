"""Tells, as JSON, what a handler is given: names, types, values and the request's headers."""

SHOWN = ("url_path", "explain", "X-Shown", "x-shown", "Content-Type", "content-type")


def shown(value):
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": bytes(value[:64]).decode("latin-1"), "length": len(value)}
    return {type(value).__name__: value}


def handle(data, context):
    if data is None:
        return None
    answers = []
    for index, row in enumerate(data):
        headers = context.get_all_request_header(index)
        answers.append(
            {
                "parameters": {name: shown(value) for name, value in sorted(row.items())},
                "headers": {name: headers[name] for name in SHOWN if name in headers},
                "types": {name: str(headers.get(name)) for name in sorted(row)},
                "version": context.manifest["model"].get("modelVersion"),
                "batchSize": context.system_properties["batch_size"],
                "gpu": context.system_properties["gpu_id"],
            }
        )
    return answers
