"""Says which version of the model it is."""


def handle(data, context):
    if data is None:
        return None
    return [f"version {context.manifest['model']['modelVersion']}" for _ in data]
