"""Keeps a sum for each sequence of requests and answers with it."""

sums = {}


def handle(data, context):
    if data is None:
        return None
    answers = []
    for index, row in enumerate(data):
        sequence = context.get_sequence_id(index)
        number = row.get("body", b"0")
        number = int(number if isinstance(number, str) else bytes(number).decode())
        if context.get_request_header(index, context.header_key_sequence_start) == "true":
            sums[sequence] = 0
        sums[sequence] = sums.get(sequence, 0) + number
        answers.append(str(sums[sequence]))
    return answers
