"""The epochs of a run as files that TensorBoard reads.

They are records of TensorFlow's format: length, its checksum, an event as a protocol buffer, its checksum. A
record of a number takes a few lines, so neither TensorFlow nor a package that imitates its writer is needed.
Sources: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, framework/summary.proto.
"""

import os
import struct
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from keras_cnns.atomic_write import written_whole
from keras_cnns.training.log import Row

POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
# The part of the images that a folder is about, and what a name in a row is called there.
CHARTS = {
    "train": {name: name for name in ("loss", "accuracy", "learning_rate", "images_per_second")},
    "validation": {"val_loss": "loss", "val_accuracy": "accuracy", "val_top_5": "top_5"},
}


class Events:
    """Files of events in a folder, one for each part of the images.

    The first call begins new files with all rows and removes those that were there, so that an epoch which a
    killed process had written, but not kept, is not there twice. Later calls add the rows that are new, since
    TensorBoard does not look again at a file that was replaced.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.written = 0
        self.files: dict[str, Path] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Write the rows that are not written yet."""
        if not self.files:
            self.begin(rows)
            return
        files, self.files = self.files, {}  # what was written by halves is begun anew
        for part, path in files.items():
            with path.open("ab") as file:
                file.write(b"".join(numbers(row, part) for row in rows[self.written :]))
        self.files, self.written = files, len(rows)

    def begin(self, rows: Sequence[Row]) -> None:
        """Begin new files with these rows."""
        files = {}
        for part in CHARTS:
            place = self.folder / part
            place.mkdir(parents=True, exist_ok=True)
            old = list(place.glob("events.out.tfevents.*"))
            path = place / f"events.out.tfevents.{time.time_ns():020}.{os.getpid()}"
            with written_whole(path) as file:
                file.write_bytes(opening() + b"".join(numbers(row, part) for row in rows))
            for other in old:
                other.unlink(missing_ok=True)
            files[part] = path
        self.files, self.written = files, len(rows)


def opening() -> bytes:
    """Return the records at the start of a file: its version, and that what was known before is void."""
    start = varint(2 << 3) + varint(1) + field(7, varint(1 << 3) + varint(1))
    return record(moment() + field(3, b"brain.Event:2")) + record(moment() + start)


def numbers(row: Row, part: str) -> bytes:
    """Return a record with the numbers of an epoch."""
    values = (field(1, value(tag, row[name])) for name, tag in CHARTS[part].items())
    return record(moment() + varint(2 << 3) + varint(row["epoch"]) + field(5, b"".join(values)))


def value(tag: str, number: float) -> bytes:
    return field(1, tag.encode()) + varint(2 << 3 | 5) + struct.pack("<f", number)


def moment() -> bytes:
    return varint(1 << 3 | 1) + struct.pack("<d", time.time())


def field(number: int, content: bytes) -> bytes:
    """Return a field of a protocol buffer that has bytes, text or another message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def record(content: bytes) -> bytes:
    """Return a record: TensorFlow rotates and shifts the checksums, which may be of checksums."""
    length = struct.pack("<Q", len(content))
    return length + masked(length) + content + masked(content)


def masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(content: Iterable[int]) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
