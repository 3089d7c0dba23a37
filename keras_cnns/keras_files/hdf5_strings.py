"""How long the strings in HDF5 attributes claim to be, read from the bytes of the file.

HDF5 takes memory for a string of variable length, up to 4 GiB, before it looks whether the file has that many
bytes, and it has no question to ask first. An attribute is written in one piece: versions and sizes, its
name, its type, its dimensions, and for each string a length, an address and an index.
See https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, "The Attribute Message".
"""

import mmap
from collections.abc import Iterator
from functools import lru_cache
from math import prod
from pathlib import Path

import h5py

LIMIT = 1 << 24  # bytes of all strings of one attribute
REFERENCE = 16  # length 4, address 8, index 4
VARIABLE_LENGTH = 9
# Versions of the attribute message: how many bytes stand before the name, and to what each piece is padded.
FORMS = ((1, 8, 8), (2, 8, 1), (3, 9, 1))


def strings(owner: h5py.Group | h5py.Dataset, attribute: str, path: Path) -> list[str]:
    """Return the strings in an attribute, a list of them or one.

    Raises:
        ValueError: if they claim more than 16 MiB, or are no strings.
    """
    opened = h5py.h5a.open(owner.id, attribute.encode())
    if opened.get_space().get_simple_extent_npoints() == 0:
        return []  # an empty list, such as that of the weights of a pooling, is stored as numbers
    kind = opened.get_type()
    if not isinstance(kind, h5py.h5t.TypeStringID):
        raise ValueError(f"{attribute!r} holds no text")
    claimed = opened.get_space().get_simple_extent_npoints() * kind.get_size()
    if kind.is_variable_str():
        if kind.committed():  # what the bytes of the attribute then say of its type is not understood here
            raise ValueError(f"{attribute!r} has a type that is stored elsewhere, which Keras never writes")
        status = path.stat()
        claimed = max(claimed, largest_claim(path, attribute, status.st_size, status.st_mtime_ns))
    if claimed > LIMIT:
        raise ValueError(f"the strings in {attribute!r} claim more than {LIMIT:,} bytes")
    found = owner.attrs[attribute]
    if isinstance(found, h5py.Empty):
        return []
    listed = [found] if isinstance(found, (str, bytes)) else list(found)
    return [text.decode() if isinstance(text, bytes) else str(text) for text in listed]


@lru_cache(maxsize=8)
def largest_claim(path: Path, attribute: str, size: int, modified: int) -> int:
    """Return the most that an attribute of this name claims anywhere in a file of this size and time.

    Each layer has such an attribute, and a file of hundreds of megabytes is to be searched once for all.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return max(claims(content, attribute.encode() + b"\0"), default=0)


def claims(content: mmap.mmap, name: bytes) -> Iterator[int]:
    """Give the bytes that the strings of each attribute of this name claim in all."""
    at = content.find(name)
    while at >= 0:
        for version, before, unit in FORMS:
            start = at - before
            if start >= 0 and content[start] == version and number(content, start + 2, 2) == len(name):
                type_size, space_size = number(content, start + 4, 2), number(content, start + 6, 2)
                type_at = at + padded(len(name), unit)
                space_at = type_at + padded(type_size, unit)
                if content[type_at] % 16 == VARIABLE_LENGTH:
                    data = space_at + padded(space_size, unit)
                    yield claim(content, space_at, data)
        at = content.find(name, at + 1)


def claim(content: mmap.mmap, space_at: int, data: int) -> int:
    """Add up the lengths of the strings at `data`, as many as the dimensions at `space_at` say."""
    first = space_at + (8 if content[space_at] == 1 else 4)
    dimensions = [number(content, first + 8 * i, 8) for i in range(content[space_at + 1])]
    count = min(prod(dimensions), (len(content) - data) // REFERENCE)
    return sum(number(content, data + REFERENCE * i, 4) for i in range(count))


def number(content: mmap.mmap, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")


def padded(size: int, unit: int) -> int:
    return -(-size // unit) * unit
