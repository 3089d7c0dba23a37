"""One process at a time, by a lock on a file that ends with the process however it ends."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from keras_cnns.weights.download.files import tell


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; wait while another process holds it."""
    waiting = False
    while not (file := locked(path)):
        if not waiting:
            tell(f"Waiting for another process that downloads {path.stem}.")
        waiting = True
        time.sleep(0.1)
    try:
        yield
    finally:
        if os.name == "nt":  # where an open file cannot be removed, so that nobody else can hold it here
            file.close()
        with suppress(OSError):
            path.unlink()
        file.close()


def locked(path: Path) -> IO | None:
    """Return the file `path`, open and locked; None if another process holds or has just removed it."""
    file = path.open("a")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except (BlockingIOError, PermissionError, FileNotFoundError):
        pass
    file.close()
    return None
