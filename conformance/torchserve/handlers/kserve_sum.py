"""Adds the numbers of each instance that an envelope hands over."""


def handle(data, context):
    if data is None:
        return None
    return [sum(row["data"]) if isinstance(row, dict) else sum(row) for row in data]
