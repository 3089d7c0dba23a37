"""Published files, downloaded once and checked always.

They lie where Keras keeps its own, `$KERAS_HOME/models` or `~/.keras/models`, so that files of the same name
are shared. Two variables of the environment steer where they come from:

- `KERAS_CNNS_OFFLINE=1`: no connection is ever opened.
- `KERAS_CNNS_MIRROR="https://host/path …"`: hosts that are asked first, in this order, for path/NAME; the
  file's own host is asked last. Only a mirror may be http, because what comes is checked anyway. For the few
  files whose digest is not known here, the mirror's word counts as the original host's would.

A download goes into NAME.part beside its place and moves there when its digest is right. If it breaks off,
the part stays, with the entity tag by which the server knows the version, and the next attempt goes on from
there. One process at a time: others wait for NAME.lock, and then find the file.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from keras_cnns.weights.download.files import (
    File,
    beside,
    console,
    fault,
    known_digest,
    megabytes,
    remember,
    tell,
)
from keras_cnns.weights.download.http import Broken, Part, open_address, transfer
from keras_cnns.weights.download.lock import alone

PAUSES = (1.0, 2.0, 4.0)  # seconds before a broken transfer goes on


def fetch(file: File) -> Path:
    """Return where a published file is on this machine; download it if it is not there.

    A file that is there is checked before use. A wrong one, whoever put it there, is told, and stays until a
    right one has come to replace it.

    Raises:
        OSError: if it is not there and cannot be had: in one line, what each host answered and where to put
            a file that came another way.
        ValueError: if `KERAS_CNNS_MIRROR` is not made of addresses.
    """
    place, mirrors = file.place, mirror_addresses()
    if place.is_dir():
        raise IsADirectoryError(f"{place} is a folder, where the file {file.name} should be.")
    reason = fault(place, known_digest(file)) if place.exists() else "not there"
    if not reason:
        return place
    if os.environ.get("KERAS_CNNS_OFFLINE", "").lower() not in ("", "0", "false", "no"):
        raise FileNotFoundError(
            f"{place}: {reason}. KERAS_CNNS_OFFLINE forbids to download it; {by_hand(file)}."
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with alone(beside(place, "lock")):
        if place.exists() and (digest := known_digest(file)):
            if not (reason := fault(place, digest)):
                return place  # another process was faster
            tell(f"{place}: {reason}. It is replaced if the download goes well.")
        download_from([*(f"{mirror}/{file.name}" for mirror in mirrors), file.url], file)
    return place


def download_from(addresses: list[str], file: File) -> None:
    """Put the file in its place from the first address that has it."""
    part, reasons = Part(beside(file.place, "part")), []
    try:
        for address in addresses:
            try:
                return download(file, address, part)
            except OSError as error:
                reasons.append(f"{address}: {error}")
    finally:
        part.tidy()
    kept = f" {megabytes(part.length)} are kept for the next attempt." if part.length else ""
    raise OSError(
        f"{file.name} could not be downloaded. {'. '.join(reasons)}.{kept} Otherwise {by_hand(file)}; "
        "KERAS_CNNS_MIRROR can name another host."
    )


def download(file: File, address: str, part: "Part") -> None:
    """Put the file in its place from one address."""
    if not file.digest and file.place.exists() and stated_is_right(file, address):
        return
    tell(f"Downloading {file.name}, about {megabytes(file.size)}, from {urlsplit(address).netloc}.")
    with progress_bar(file) as show:
        for pause in (*PAUSES, None):
            try:
                digest = transfer(file, address, part, show)
                break
            except Broken as error:
                if pause is None:
                    raise
                tell(f"{address}: {error}; trying again.")
                time.sleep(pause)
    if reason := fault(part.path, digest):
        part.discard()
        raise OSError(f"what came is {reason}")
    os.replace(part.path, file.place)
    part.discard()
    if not file.digest:
        remember(file, digest)


def stated_is_right(file: File, address: str) -> bool:
    """Ask the host whether the file that is in its place is the one it has."""
    response, stated = open_address(address, {})
    response.close()
    if not stated or fault(file.place, stated):
        return False
    remember(file, stated)
    return True


def mirror_addresses() -> list[str]:
    """Return what KERAS_CNNS_MIRROR names, without the slashes at the end."""
    addresses = [word for word in re.split(r"[\s,]+", os.environ.get("KERAS_CNNS_MIRROR", "")) if word]
    for address in addresses:
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
            raise ValueError(
                "KERAS_CNNS_MIRROR must be addresses such as https://host/path, with spaces between; "
                f"got {address!r}."
            )
    return [address.rstrip("/") for address in addresses]


def by_hand(file: File) -> str:
    """Say what someone without a connection from here can do."""
    advice = f"download {file.url} with a browser and put it at {file.place}"
    if not file.digest:
        advice += f", and the sha256 that its page shows into {beside(file.place, 'sha256')}"
    return advice


@contextmanager
def progress_bar(file: File) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function that shows how much has come; on a terminal only."""
    columns = (TextColumn(file.name, markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=file.size)
        yield lambda come, total: progress.update(task, completed=come, total=total or file.size)
