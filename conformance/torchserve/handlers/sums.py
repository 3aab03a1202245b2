"""Adds the numbers of each row that an envelope hands over."""


def flat(value):
    return sum(flat(inner) for inner in value) if isinstance(value, list) else value


def handle(data, context):
    if data is None:
        return None
    return [flat(row["data"]) if isinstance(row, dict) else flat(row) for row in data]
