"""Functions that are nodes of workflows."""


def text(row, name="body"):
    value = row.get(name)
    return bytes(value).decode() if isinstance(value, (bytes, bytearray)) else str(value)


def before(data, context):
    if data is None:
        return None
    return [text(row).strip() for row in data]


def after(data, context):
    if data is None:
        return None
    return [{key: text(row, key) for key in sorted(row)} for row in data]


def length(data, context):
    if data is None:
        return None
    return [{"length": len(text(row))} for row in data]


def failing(data, context):
    if data is None:
        return None
    raise ValueError("too hard")


def never_loads(data, context):
    raise ValueError("not today")
