"""Checks of arguments: the error names the argument, says what was given and what would work."""

import errno
import math
import operator
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.safe_text import shortened

if TYPE_CHECKING:
    import keras

LONGEST_VALUE, LONGEST_TEXT = 60, 250  # letters; a text is often a path
NARROWEST_PAGE = 20
# CSS pixels, of which an inch has 96.
PIXELS = {"cm": 96 / 2.54, "mm": 96 / 25.4, "in": 96.0, "pt": 96 / 72, "px": 1.0}
LENGTH = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(cm|mm|in|pt|px)?", re.ASCII)
LONGEST_LENGTH = 1e6  # pixels


def shown(value: object) -> str:
    """Return what was given, on one short line, whatever its `__repr__` does."""
    try:
        return shortened(repr(value), LONGEST_TEXT if isinstance(value, str) else LONGEST_VALUE)
    except Exception:  # an int of thousands of digits, a class that cannot print itself
        return f"an object of class {type(value).__name__}"


def checked_int(argument: str, value: Any, least: int | None = 1) -> int:
    """Return a whole number, NumPy's too, that is not below `least`, if that is given."""
    if not isinstance(value, bool) and not getattr(value, "shape", ()):
        try:
            number = operator.index(value)
        except TypeError:
            pass
        else:
            if least is None or number >= least:
                return number
    bound = "" if least is None else f", at least {least}"
    raise ValueError(f"{argument} must be an int{bound}; got {shown(value)}.")


def checked_width(width: Any) -> int:
    """Return the width of a page of text in columns."""
    return checked_int("width", width, least=NARROWEST_PAGE)


def checked_length(argument: str, value: Any) -> tuple[float, str]:
    """Return a length, such as "8.9cm", in CSS pixels, of which an inch has 96, and its unit.

    A number alone, NumPy's too, counts pixels.
    """
    found = LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    number, unit = (float(found[1]), found[2] or "px") if found else (_number(value), "px")
    if not 0 < number * PIXELS[unit] < LONGEST_LENGTH:
        units = f'"8.9cm", in {", ".join(PIXELS)}, or a number of pixels'
        raise ValueError(f"{argument} must be a length such as {units}; got {shown(value)}.")
    return number * PIXELS[unit], unit


def _number(value: Any) -> float:
    """A number as a float; what is none, and is not finite, as 0."""
    if isinstance(value, (str, bool)):
        return 0.0
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def checked_flag(argument: str, value: Any) -> bool:
    """Return True or False; 1 and 0 count as such."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise ValueError(f"{argument} must be True or False; got {shown(value)}.")


def checked_choice(argument: str, value: Any, choices: Collection[str | None]) -> None:
    """Raise a ValueError unless the value is one of the choices."""
    if not isinstance(value, (str, type(None))) or value not in choices:
        some = ", ".join(repr(choice) for choice in choices if choice is not None)
        raise ValueError(f"{argument} must be one of {some}; got {shown(value)}.")


def checked_path(argument: str, value: Any) -> Path:
    """Return a path that the file system can hold; nothing need be there."""
    if not isinstance(value, (str, os.PathLike)) or isinstance(os.fspath(value), bytes):
        raise ValueError(f"{argument} must be a str or a pathlib.Path; got {shown(value)}.")
    path = Path(value)
    if "\0" in str(path):
        raise ValueError(f"{argument} must be a path without null characters; got {shown(str(path))}.")
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ValueError(f"{argument} must be a shorter path; got {shown(str(path))}.") from None
    return path


def checked_name(value: Any, otherwise: str) -> str:
    """Return the `name` of a new model; `otherwise` if it is None."""
    if value is None:
        return otherwise
    if not isinstance(value, str) or not value or "/" in value or "\0" in value:
        raise ValueError(f"name must be a str without '/', such as {otherwise!r}; got {shown(value)}.")
    return value


def checked_strings(argument: str, value: Any, example: str) -> list[str]:
    """Return a list of strings; one string alone is none, because it would be read letter by letter."""
    items: list[Any] = list(value) if isinstance(value, Iterable) and is_plain(value) else [None]
    strings = [item for item in items if isinstance(item, str)]
    if len(strings) < len(items):
        raise ValueError(f'{argument} must be a list of strings, such as ["{example}"]; got {shown(value)}.')
    return strings


def checked_optimizer(argument: str, value: Any) -> "keras.Optimizer":
    """Return the optimizer that Keras understands by a value."""
    import keras

    try:
        return keras.optimizers.get(value)
    except Exception:  # Keras raises what it stumbles over: KeyError for a dict, TypeError for a class
        raise ValueError(
            f"{argument} must be one that Keras knows, such as 'adam'; got {shown(value)}."
        ) from None


def checked_loss(argument: str, value: Any) -> Any:
    """Return a loss that Keras understands, or a list or dict of them, as it is."""
    import keras

    try:
        losses = keras.tree.flatten(value)
        if all(loss is None for loss in losses):
            raise ValueError
        for loss in losses:
            if loss not in (None, "crossentropy", "ce"):  # Keras chooses by the labels
                keras.losses.get(loss)
    except Exception:  # what Keras stumbles over
        raise ValueError(
            f"{argument} must be one that Keras knows, such as 'categorical_crossentropy' for one-hot labels "
            f"or 'sparse_categorical_crossentropy' for labels that are ints; got {shown(value)}."
        ) from None
    return value


def is_plain(value: Any) -> bool:
    """Whether iterating over it gives its items: so with lists, tuples, sets, iterators, keys of dicts."""
    return not isinstance(value, (str, bytes)) and not hasattr(value, "dtype")
