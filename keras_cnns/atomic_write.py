"""Files that are written completely or not at all.

A file is written in a folder of its own beside its place, synced to the disk, and then moved there. While it
is written its process holds a lock in that folder; so the next file that is written beside it can tell, and
remove, what a killed process has left.
"""

import errno
import os
import platform
import re
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed: that is lock enough
    fcntl = None  # type: ignore[assignment]

DAY = 86_400  # seconds
PREFIX = f".keras-cnns-{zlib.crc32(platform.node().encode('utf-8', 'replace')):08x}-"
LEFTOVER = re.compile(r"\.keras-cnns-[0-9a-f]{8}-\w{8}")
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def checked_target(path: str | os.PathLike[str], argument: str = "path") -> Path:
    """Return where a file goes that is written to `path`: itself, or what its symbolic links lead to.

    Raises:
        ValueError: if something other than a regular file is there, its folder is not, or the links lead in a
            circle; the message calls the path `argument`.
        PermissionError: if the file is read-only, or no file can be made in its folder. A file is never
            written in its place, where it could be left half-written.
    """
    target = Path(os.path.realpath(path))
    must = f"{argument} must be a file in a folder that exists"
    if os.path.islink(target):
        raise ValueError(f"{must}; {str(path)!r} is a symbolic link that leads in a circle.")
    if not target.parent.is_dir():
        raise ValueError(f"{must}; got {str(path)!r}.")
    kind = stat.S_IFMT(os.stat(path).st_mode) if os.path.exists(path) else stat.S_IFREG
    if kind != stat.S_IFREG:
        raise ValueError(f"{must}; {str(path)!r} is {KINDS.get(kind, 'no file')}, which is never replaced.")
    if target.exists() and not os.access(target, os.W_OK):
        raise _denied(f"{str(path)!r} cannot be replaced: it is read-only.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _denied(f"{str(path)!r} cannot be written: you may not make files in {str(target.parent)!r}.")
    return target


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path of the same name; move the file there to `path` if the block succeeds.

    A symbolic link stays, and what it leads to is written. A file that is replaced passes its permissions on,
    and its owner if that is allowed; hard links to it keep the old contents. What killed processes left in
    the folder is removed.

    Raises:
        ValueError, PermissionError: before the block, as `checked_target` does.
        OSError: if the file cannot be written; the message names `path`, where nothing has changed.
    """
    target = checked_target(path)
    try:
        with _folder_beside(target) as folder:
            whole = folder / path.name
            yield whole
            _sync(whole, like=target)
            os.replace(whole, checked_target(path))
    except OSError as error:
        raise _explained(error, path, target) from error
    _sync_folder(target.parent)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary folder of the same name; move it there to `path` if the block succeeds.

    A folder that is replaced is moved away first, and back if the new one cannot take its place.

    Raises:
        ValueError, PermissionError: before the block, as `checked_folder` does.
        OSError: if the folder cannot be written; the message names `path`, where nothing has changed.
    """
    target = checked_folder(path)
    try:
        with _folder_beside(target) as beside:
            whole = beside / target.name
            whole.mkdir()
            yield whole
            for file in whole.rglob("*"):
                if file.is_file():
                    _sync(file, like=file)
            _put_in_place(whole, checked_folder(path), beside / "old")
    except OSError as error:
        raise _explained(error, path, target) from error
    _sync_folder(target.parent)


def _put_in_place(whole: Path, target: Path, away: Path) -> None:
    if target.exists():
        os.replace(target, away)
    try:
        os.replace(whole, target)
    except OSError:
        if away.exists():
            os.replace(away, target)
        raise


def checked_folder(path: str | os.PathLike[str], argument: str = "path") -> Path:
    """Return where a folder goes that is written to `path`: itself, or what its symbolic links lead to.

    Raises:
        ValueError: if something other than a folder is there, or the folder that it goes into is not.
        PermissionError: if no folder can be made there.
    """
    target = Path(os.path.realpath(path))
    if os.path.islink(target) or not target.parent.is_dir() or target.exists() and not target.is_dir():
        raise ValueError(f"{argument} must be a folder in a folder that exists; got {str(path)!r}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _denied(f"{str(path)!r} cannot be written: you may not make files in {str(target.parent)!r}.")
    return target


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A new folder on the same disk, locked; leftovers beside it are removed."""
    folder, lock = _locked_folder(target.parent)
    try:
        with suppress(OSError):
            _remove_leftovers(folder)
        (folder / "new").mkdir()
        yield folder / "new"
    finally:
        os.close(lock)
        _remove(folder)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Make the folder and its lock; a process that cleans up may take it for a leftover in between."""
    for _ in range(100):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            # Some file systems have no locks. There nothing is removed as a leftover, so none is needed.
            if _locked(lock) is not False and _is_there(folder / "lock", lock):
                return folder, lock
            os.close(lock)
    raise FileNotFoundError(errno.ENOENT, "the temporary folder was removed again and again", str(parent))


def _locked(lock: int) -> bool | None:
    """Whether the lock is ours now; None where there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_there(path: Path, opened: int) -> bool:
    return os.path.samestat(os.stat(path), os.fstat(opened))


def _remove_leftovers(own: Path) -> None:
    """Remove the folders of processes of this machine that have ended, and of others after a day.

    On a folder that machines share, one need not see the locks of another. The age of a leftover is taken
    from the clock that stamps the files.
    """
    now = own.stat().st_mtime
    with os.scandir(own.parent) as entries:
        found = [entry for entry in entries if LEFTOVER.fullmatch(entry.name) and entry.name != own.name]
    for entry in found:
        with suppress(OSError):
            is_old = entry.stat(follow_symlinks=False).st_mtime < now - DAY
            if entry.is_dir(follow_symlinks=False) and (entry.name.startswith(PREFIX) or is_old):
                _remove_if_ended(Path(entry.path))


def _remove_if_ended(folder: Path) -> None:
    if fcntl is None:
        with suppress(FileNotFoundError):
            (folder / "lock").unlink()  # a PermissionError if it is still open
        _remove(folder)
        return
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        folder.rmdir()
        return
    try:
        if _locked(lock) and _is_there(folder / "lock", lock):
            _remove(folder)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    # The lock goes last: without one, only an empty folder is taken for a leftover.
    shutil.rmtree(folder / "new", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _sync(whole: Path, like: Path) -> None:
    """Put the file on the disk, with the permissions and the owner of the one that it replaces."""
    with whole.open("r+b") as file:
        if like.exists():
            old = like.stat()
            if hasattr(os, "chown"):
                with suppress(PermissionError):
                    os.chown(whole, old.st_uid, old.st_gid)
            os.chmod(whole, stat.S_IMODE(old.st_mode) & 0o777)
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system can: it is done, and no error can undo it."""
    if os.name != "nt":
        with suppress(OSError):
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def _denied(message: str) -> PermissionError:
    denied = PermissionError(message)
    denied.errno = errno.EACCES
    return denied


def _explained(error: OSError, path: Path, target: Path) -> OSError:
    """An error of the same class that names the file and says what became of it."""
    ours = error.filename is None or ".keras-cnns-" in str(error.filename)
    reason = os.strerror(error.errno) if error.errno and ours else str(error) or type(error).__name__
    state = "the file that was there is unchanged" if target.exists() else "no file is there"
    kind = type(OSError(error.errno, "")) if error.errno else OSError
    explained = kind(f"{str(path)!r} was not written: {reason}; {state}.")
    explained.errno = error.errno
    return explained
