"""Where the parts of a large protobuf message are in its file, so that they are read one at a time.

Protobuf's own parser holds the file and, beside it, all that it found there.
"""

from collections.abc import Iterator
from typing import IO

Place = tuple[int, int]  # the first byte, and the one after the last
VARINT, EIGHT_BYTES, WITH_LENGTH, FOUR_BYTES = 0, 1, 2, 5
FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
LONGEST_VARINT = 10
MOST_FIELDS = 10**6  # each takes Python some microseconds


def parted(file: IO[bytes], places: list[Place], *numbers: int) -> tuple[bytes, list[Place]]:
    """Return a message without some of its fields, and where the contents of those are.

    Args:
        file: the file.
        places: where the message is; several are one message in parts.
        *numbers: of the fields that are left out.

    Raises:
        ValueError: if a field reaches beyond the message or is of a kind that protobuf no longer has, or if
            there are too many.
    """
    rest, found = [], []
    for place in places:
        for number, start, inside, end in fields(file, *place):
            if number in numbers:
                found.append((inside, end))
            else:
                rest.append(content(file, start, end))
    return b"".join(rest), found


def content(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def fields(file: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The number of each field of a message, its start, the start of its content, its end."""
    count = 0
    while start < end:
        if (count := count + 1) > MOST_FIELDS:
            raise ValueError(f"a message has more than {MOST_FIELDS:,} fields")
        file.seek(start)
        key = varint(file)
        number, kind = key >> 3, key & 7
        if kind == WITH_LENGTH:
            length = varint(file)
            inside = file.tell()
        elif kind == VARINT:
            inside = file.tell()
            varint(file)
            length = file.tell() - inside
        elif kind in FIXED:
            inside, length = file.tell(), FIXED[kind]
        else:
            raise ValueError(f"a field has the kind {kind}, which protobuf does not write")
        if inside + length > end:
            raise ValueError("a field reaches beyond its message")
        yield number, start, inside, inside + length
        start = inside + length


def varint(file: IO[bytes]) -> int:
    """A whole number of seven bits a byte, the lowest first."""
    value = 0
    for place in range(LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            raise ValueError("it ends within a number")
        value |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            return value
    raise ValueError("a number has too many bytes")
