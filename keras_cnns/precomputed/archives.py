"""The recorded texts as a wheel has them: those of related networks compressed together, as they are alike.

A clone has the texts themselves, which can be read and merged; `hatch_build.py` makes the archives of them.
"""

import lzma
import re
from collections.abc import Mapping
from pathlib import Path

SUFFIX = ".xz"
# Four bits of the letter before say most of the next; where a letter stands in a word of four says nothing.
FOR_TEXT = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}


def text_of(file: Path) -> str | None:
    """Return the text of a recorded file, which is there or in the archive of its relatives, or None."""
    if file.is_file():
        return file.read_text(encoding="utf-8")
    archive = file.with_name(archive_of(file.stem))
    return unpacked(archive.read_bytes()).get(file.stem) if archive.is_file() else None


def archive_of(name: str) -> str:
    """Return the name of the archive: ResNets and ResNeXts are in res.xz, by the letters before "net"."""
    found = re.match("([a-z]+?)(?:net|next|[^a-z]|$)", name)
    return f"{found[1] if found else name}{SUFFIX}"


def archives(texts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the archives of these texts, by their names."""
    together: dict[str, list[str]] = {}
    for name, text in sorted(texts.items()):
        together.setdefault(archive_of(name), []).append(f"{name}\n{text}")
    return {
        file: lzma.compress("\0".join(parts).encode(), filters=[FOR_TEXT]) for file, parts in together.items()
    }


def unpacked(archive: bytes) -> dict[str, str]:
    """Return the texts of an archive by their names."""
    found = {}
    for part in lzma.decompress(archive).decode("utf-8").split("\0"):
        name, _, text = part.partition("\n")
        found[name] = text
    return found
