"""Whatever a damaged file makes its reader raise becomes one ValueError that names the file."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from keras_cnns.safe_text import shortened

LONGEST_REASON = 200
# What the system says of a file or disk that is not at fault for its content.
SYSTEM_ERRORS = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOENT,
    errno.ENOSPC,
    errno.EPERM,
}


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn every exception of the block into what `load_weights` documents; ours, which name the file, stay.

    Readers are written for sound files. A damaged one makes them raise whatever they stumble over.

    Args:
        path: the file.
        kind: what it should be, such as "safetensors file".
    """
    try:
        yield
    except ImportError:  # of the package that reads the format
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in SYSTEM_ERRORS:
            error.filename = error.filename or str(path)
            raise
        if isinstance(error, ValueError) and str(path) in str(error):
            raise
        raise ValueError(f"{path} is damaged, or not a valid {kind}: {reason(error)}.") from None


def reason(error: Exception) -> str:
    """Return what an exception says, on one short line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return shortened(text, LONGEST_REASON).rstrip(". ") or type(error).__name__


def check_floating(values: np.ndarray, what: str, path: Path) -> None:
    """Raise a ValueError unless a tensor holds floating-point numbers; bfloat16 is such a type, too."""
    if not values.dtype.name.startswith(("float", "bfloat")):
        raise ValueError(
            f"{path} was not loaded: {what} holds {values.dtype.name} numbers where floating-point numbers "
            "belong."
        )


def check_finite(values: np.ndarray, what: str, path: Path) -> None:
    """Raise a ValueError if any number is NaN or infinite."""
    wrong = values.size - np.count_nonzero(np.isfinite(values))
    if wrong:
        raise ValueError(
            f"{path} was not loaded: {wrong:,} of {values.size:,} numbers of {what} are NaN, infinite or too "
            f"large for {values.dtype.name}. The training that wrote them diverged, or the file is damaged."
        )


def narrowed(values: np.ndarray, dtype: str, what: str, path: Path) -> np.ndarray:
    """Return floating-point numbers in the type of a variable; a ValueError if any is not finite there."""
    check_floating(values, what, path)
    with np.errstate(over="ignore", invalid="ignore"):
        found = values.astype(dtype, copy=False)
    check_finite(found, what, path)
    return found
