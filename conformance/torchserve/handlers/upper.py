"""Makes text upper case: a class with initialize and handle."""


class Upper:
    def __init__(self):
        self.suffix = ""

    def initialize(self, context):
        self.suffix = (context.model_yaml_config or {}).get("suffix", "")

    def handle(self, data, context):
        texts = [row.get("data") or row.get("body") or "" for row in data]
        return [(text if isinstance(text, str) else bytes(text).decode()).upper() + self.suffix for text in texts]
