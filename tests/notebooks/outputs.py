"""What a cell printed, as words and numbers, so that two runs can be compared on machines that round differently."""

import re

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text_of(cell):
    """Everything that the cell shows as text, the pieces of a stream joined."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type in ("execute_result", "display_data"):
            parts.append(output.data.get("text/plain", ""))
    return ANSI.sub("", "".join(part if part.endswith("\n") else part + "\n" for part in parts))


def kinds_of(cell):
    """The MIME types of every picture or value that the cell shows."""
    return [sorted(output.data) for output in cell.outputs if "data" in output]


def words_of(text):
    """The text with `#` for every number and single spaces, because the width of a number changes the padding."""
    return " ".join(NUMBER.sub("#", text).split())


def numbers_of(text):
    return [float(number) for number in NUMBER.findall(text)]


def close(left, right, tolerance=1e-4):
    """Equal within the tolerance, relative for large numbers; NaN never occurs, it is a word."""
    return abs(left - right) <= tolerance * max(1.0, abs(left), abs(right))


def difference(now, committed):
    """The first difference between two texts in a sentence, or None."""
    if words_of(now) != words_of(committed):
        return f"the text changed\n--- committed\n{committed}\n--- now\n{now}"
    for left, right in zip(numbers_of(now), numbers_of(committed)):
        if not close(left, right):
            return f"{right} became {left}\n--- now\n{now}"
    return None
