"""Files as accidents leave them: a good file and a few edits, which hypothesis makes fewer until one is left."""

from typing import NamedTuple

from hypothesis import strategies as st

TOKENS = (
    b"", b"0", b"-1", b"1e308", b"-1e-308", b"nan", b"inf", b"-inf", b"NaN", b"null", b"None", b"true", b"N/A", b"1,5", b"1.234,5",
    b"9" * 30, b"999999999999", b"1795000000000", b"1e12", b"2026-11-27T12:00:00Z", b"9999-99-99", b"0x10", b" ", b"\t", b",", b";", b'"',
    b"'", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc3", b"\x1b[31m", b"\xe2\x80\xae", b"<script>", b"{{ 7 * 7 }}",
    b"{", b"}", b"[", b"]", b"{" * 2000, b"[" * 2000, b"a" * 5000, b"Aggregated", b"sep=;", b"</testResults>", b"<sample>", b"<!DOCTYPE a>",
    b"${HOME}", b"../../etc/passwd", b"=1+1",
)  # fmt: skip
"""What stands where it shouldn't."""
SEPARATORS = b",;\t\n\"'=<> {}[]:"
KINDS = ("cell", "insert", "cut", "drop", "double", "swap", "flip", "repeat")


class Edit(NamedTuple):
    """One edit at a place (a share of the file), with a token where it takes one."""

    kind: str
    place: float
    token: bytes


EDITS = st.lists(
    st.builds(Edit, st.sampled_from(KINDS), st.floats(0, 1, exclude_max=True), st.sampled_from(TOKENS)), min_size=1, max_size=4
)


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """The file after the edits."""
    for edit in edits:
        data = _edited(data, edit, int(edit.place * len(data)))
    return data


def _edited(data: bytes, edit: Edit, at: int) -> bytes:
    start, end = _line(data, at)
    match edit.kind:
        case "cell":
            first, last = _cell(data, at)
            return data[:first] + edit.token + data[last:]
        case "insert":
            return data[:at] + edit.token + data[at:]
        case "cut":
            return data[:at]
        case "drop":
            return data[:start] + data[end:]
        case "double":
            return data[:end] + data[start:end] + data[end:]
        case "swap":
            return data[start:end] + data[:start] + data[end:]
        case "flip":
            return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] if data else data
        case _:
            return data + data


def _line(data: bytes, at: int) -> tuple[int, int]:
    end = data.find(b"\n", at)
    return data.rfind(b"\n", 0, at) + 1, len(data) if end < 0 else end + 1


def _cell(data: bytes, at: int) -> tuple[int, int]:
    """The stretch around a place that no separator stands in."""
    first = last = at
    while first > 0 and data[first - 1] not in SEPARATORS:
        first -= 1
    while last < len(data) and data[last] not in SEPARATORS:
        last += 1
    return first, last
