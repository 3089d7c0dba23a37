"""Published files, downloaded once and always checked.

They are kept where Keras keeps its own, `$KERAS_HOME/models` or `~/.keras/models`, so that files of the same
name are shared. Two environment variables control where they come from:

- `KERAS_CNNS_OFFLINE=1`: no connection is ever opened.
- `KERAS_CNNS_MIRROR="https://host/path …"`: hosts that are asked first, in this order, for path/NAME; the
  file's own host is asked last. Only a mirror may be http, because every file is checked. Where the
  digest is unknown here, the mirror's statement of it counts like the original host's.

A download is written to NAME.part and moves into place once its digest is right. If it is interrupted, the
part stays with the entity tag of its version, and the next attempt resumes there. A server that sends less
than 1,000 bytes a second for a minute is given up. Only one process downloads a file: it holds NAME.lock, an
empty file that may stay; others wait and then find the file, or give up when nothing arrives for ten minutes.

Why not pooch (1.9.0): it deletes the part when a transfer fails, has no limit on size while downloading, no
lock between processes, follows redirects away from https, and compares whole digests only. These promises
would have to be rebuilt inside it.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from keras_cnns.weights.download.files import (
    File,
    console,
    digest_error,
    known_digest,
    log,
    megabytes,
    note_digest,
    with_suffix,
)
from keras_cnns.weights.download.http import Part, RetryableError, open_address, transfer

PAUSES = (1.0, 2.0, 4.0)  # seconds before an interrupted transfer resumes
LOOK = 1.0  # seconds between two looks at what another process has received
STUCK = 600.0  # seconds without a byte; a process that works gives up an address in far less
clock = time.monotonic


def fetch(file: File) -> Path:
    """Return where a published file is on this machine; download it if it is missing.

    A file that is there is checked before use. A wrong one is reported, and stays until the right one has
    arrived to replace it.

    Raises:
        OSError: if it is missing and cannot be downloaded; in one line, what each host answered and where to
            put a file obtained in another way.
        ValueError: if `KERAS_CNNS_MIRROR` does not hold addresses.
    """
    path, mirrors = file.path, mirror_addresses()
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, where the file {file.name} should be.")
    reason = digest_error(path, known_digest(file)) if path.exists() else "not there"
    if not reason:
        discard_leftover(file)
        return path
    if os.environ.get("KERAS_CNNS_OFFLINE", "").lower() not in ("", "0", "false", "no"):
        raise FileNotFoundError(f"{path}: {reason}. KERAS_CNNS_OFFLINE forbids downloads; {by_hand(file)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(file):
        if path.exists() and (digest := known_digest(file)):
            if not (reason := digest_error(path, digest)):
                return path  # another process was faster
            log(f"{path}: {reason}. It will be replaced if the download succeeds.")
        download_from([*(f"{mirror}/{file.name}" for mirror in mirrors), file.url], file)
    return path


@contextmanager
def file_lock(file: File) -> Iterator[None]:
    """Hold the lock of a file; wait while another process holds it. It ends with the process in any case."""
    lock = FileLock(with_suffix(file.path, "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log(f"Waiting for another process that downloads {file.name}; it holds {lock.lock_file}.")
        wait_for(lock, Part(with_suffix(file.path, "part")))
    try:
        yield
    finally:
        lock.release()


def wait_for(lock: FileLock, part: Part) -> None:
    """Take a lock that another process holds; an OSError if that process receives nothing for minutes."""
    length, since = part.length, clock()
    while True:
        try:
            lock.acquire(timeout=LOOK, poll_interval=0.1)
            return
        except Timeout:
            if part.length != length:
                length, since = part.length, clock()
            elif clock() - since > STUCK:
                raise OSError(
                    f"another process holds {lock.lock_file}, but {part.path} has not grown for "
                    f"{STUCK / 60:.0f} minutes. End that process and try again."
                ) from None


def discard_leftover(file: File) -> None:
    """Remove what a killed download left of a file that is there now, unless a process is at work on it."""
    part = Part(with_suffix(file.path, "part"))
    if part.path.exists():
        with suppress(OSError, Timeout), FileLock(with_suffix(file.path, "lock"), timeout=0):
            part.discard()


def download_from(addresses: list[str], file: File) -> None:
    """Put the file in its place from the first address that has it."""
    part, reasons = Part(with_suffix(file.path, "part")), []
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


def download(file: File, address: str, part: Part) -> None:
    """Put the file in its place from one address."""
    if not file.digest and file.path.exists() and is_the_hosts(file, address):
        return
    log(f"Downloading {file.name}, about {megabytes(file.size)}, from {urlsplit(address).netloc}.")
    with progress_bar(file) as show:
        for pause in (*PAUSES, None):
            try:
                digest = transfer(file, address, part, show)
                break
            except RetryableError as error:
                if pause is None:
                    raise
                log(f"{address}: {error}; trying again.")
                time.sleep(pause)
    if reason := digest_error(part.path, digest):
        part.discard()
        raise OSError(f"what it sent is {reason}")
    os.replace(part.path, file.path)
    part.discard()
    if not file.digest:
        note_digest(file, digest)


def is_the_hosts(file: File, address: str) -> bool:
    """Ask the host whether the file on this machine is the one that it has."""
    response, stated = open_address(address, {})
    response.close()
    if not stated or digest_error(file.path, stated):
        return False
    note_digest(file, stated)
    return True


def mirror_addresses() -> list[str]:
    """Return the addresses in KERAS_CNNS_MIRROR, without trailing slashes."""
    addresses = [word for word in re.split(r"[\s,]+", os.environ.get("KERAS_CNNS_MIRROR", "")) if word]
    for address in addresses:
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
            raise ValueError(
                "KERAS_CNNS_MIRROR must be addresses such as https://host/path, separated by spaces; "
                f"got {address!r}."
            )
    return [address.rstrip("/") for address in addresses]


def by_hand(file: File) -> str:
    """Return what to do without a connection from this machine."""
    advice = f"download {file.url} with a browser and put it at {file.path}"
    if not file.digest:
        advice += f", and the sha256 that its page shows into {with_suffix(file.path, 'sha256')}"
    return advice


@contextmanager
def progress_bar(file: File) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function that shows how much has arrived; it prints on a terminal only."""
    columns = (TextColumn(file.name, markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=file.size)
        yield lambda received, total: progress.update(task, completed=received, total=total or file.size)
