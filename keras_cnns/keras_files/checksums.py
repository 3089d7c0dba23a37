"""Checksums that a `.keras` file carries, so that damage shows before a wrong number is computed.

They are one more file in the archive, checksums.json, which Keras does not read:
`{"sha256": {"config.json": "…", "model.weights.h5": "…"}}`. They show damage, not forgery: whoever changes
the file on purpose can write new ones.
"""

import hashlib
import json
import re
import zipfile
from pathlib import Path

CHECKSUMS = "checksums.json"
MEMBERS = ("config.json", "model.weights.h5")
# Bytes. How many the weights have is known where they are loaded.
LIMITS = {CHECKSUMS: 10_000, "config.json": 1 << 24}
PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others can take any memory to unpack
CHUNK = 1 << 20
DAMAGED = "was damaged or changed after it was written"


def add_checksums(path: Path) -> None:
    """Append the checksums of a `.keras` file to it, in its place: before it is moved to where others see it.

    Args:
        path: a file that `model.save` wrote.

    Raises:
        ValueError: if it is no such file, or has checksums.
        OSError: if it cannot be read or written.
    """
    with zipfile.ZipFile(path, "a") as archive:
        missing = set(MEMBERS) - set(archive.namelist())
        if missing:
            raise ValueError(f"{path} must be a .keras file; it has no {', '.join(sorted(missing))}.")
        if CHECKSUMS in archive.namelist():
            raise ValueError(f"{path} must be without checksums; it has some.")
        sums = {name: sha256(archive, name) for name in MEMBERS}
        archive.writestr(CHECKSUMS, json.dumps({"sha256": sums}))


def check(archive: zipfile.ZipFile) -> None:
    """Compare an archive with the checksums in it, if it has any.

    Raises:
        ValueError: if a member is not what was written, or the checksums cannot be read.
        KeyError, zipfile.BadZipFile, zlib.error, EOFError: if the archive itself is damaged.
    """
    if CHECKSUMS not in archive.namelist():
        return
    for name in (CHECKSUMS, *MEMBERS):
        info = archive.getinfo(name)
        if info.compress_type not in PACKING or info.file_size > LIMITS.get(name, info.file_size):
            raise ValueError(f"{archive.filename} {DAMAGED}: {name} is packed in another way, or too large.")
    sums = stated(archive.read(CHECKSUMS))
    if not sums:
        raise ValueError(f"{archive.filename} {DAMAGED}: its {CHECKSUMS} cannot be read.")
    for name, expected in sums.items():
        if sha256(archive, name) != expected:
            raise ValueError(f"{archive.filename} {DAMAGED}: {name} is not the same.")


def stated(text: bytes) -> dict[str, str]:
    """Return the checksums of the members; an empty dictionary if they cannot be read."""
    try:
        sums = json.loads(text)["sha256"]
        if all(re.fullmatch("[0-9a-f]{64}", sums[name]) for name in MEMBERS):
            return {name: sums[name] for name in MEMBERS}
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    return {}


def sha256(archive: zipfile.ZipFile, name: str) -> str:
    """Return the digest of a member, read piece by piece."""
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
