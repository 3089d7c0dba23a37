"""Checksums that a `.keras` file carries, so that damage shows before a wrong number is computed.

They stand in the archive's metadata.json, under a key that Keras does not read:
`"keras_cnns": {"sha256": {"config.json": "…", "model.weights.h5": "…"}}`. They show damage, not forgery:
whoever changes the file on purpose can write new ones.
"""

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

from keras_cnns.atomic_write import written_whole

METADATA = "metadata.json"
KEY = "keras_cnns"
MEMBERS = ("config.json", "model.weights.h5")
LIMIT = 1 << 20  # bytes of metadata.json; Keras writes less than 100
CHUNK = 1 << 20
DAMAGED = "was damaged or changed after it was written"


def add_checksums(path: Path) -> None:
    """Write the checksums of a `.keras` file into it; it is replaced whole, and Keras reads it as before.

    Args:
        path: a file that `model.save` wrote.

    Raises:
        ValueError: if it is no such file.
        OSError: if it cannot be read, or not be written again.
    """
    with written_whole(path) as new, zipfile.ZipFile(path) as archive, zipfile.ZipFile(new, "w") as copy:
        missing = {METADATA, *MEMBERS} - set(archive.namelist())
        if missing:
            raise ValueError(f"{path} must be a .keras file; it has no {', '.join(sorted(missing))}.")
        metadata = json.loads(archive.read(METADATA))
        metadata[KEY] = {"sha256": {name: sha256(archive, name) for name in MEMBERS}}
        for member in archive.infolist():
            entry = zipfile.ZipInfo(member.filename, member.date_time)
            entry.compress_type, entry.file_size = member.compress_type, member.file_size
            if member.filename == METADATA:
                copy.writestr(entry, json.dumps(metadata))
            else:
                with archive.open(member) as source, copy.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, CHUNK)


def check(archive: zipfile.ZipFile) -> None:
    """Compare an archive with the checksums in it, if it has any.

    Raises:
        ValueError: if a member is not what was written, or the checksums cannot be read.
        zipfile.BadZipFile, zlib.error, EOFError: if the archive itself is damaged.
    """
    for name, expected in stated(archive).items():
        if sha256(archive, name) != expected:
            raise ValueError(f"{archive.filename} {DAMAGED}: {name} is not the same.")


def stated(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the checksums that an archive states for its members, {} if it states none."""
    if METADATA not in archive.namelist():
        return {}
    with archive.open(METADATA) as file:
        text = file.read(LIMIT)
    try:
        metadata = json.loads(text)
        if KEY not in metadata:
            return {}
        sums = metadata[KEY]["sha256"]
        if all(re.fullmatch("[0-9a-f]{64}", sums[name]) for name in MEMBERS):
            return {name: sums[name] for name in MEMBERS}
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    raise ValueError(f"{archive.filename} {DAMAGED}: its {METADATA} cannot be read.")


def sha256(archive: zipfile.ZipFile, name: str) -> str:
    """Return the digest of a member, read piece by piece."""
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
