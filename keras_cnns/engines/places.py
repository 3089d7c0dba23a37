"""Where an export goes, checked before the work starts; Keras is not needed for that."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from keras_cnns.arguments import checked_path
from keras_cnns.atomic_write import checked_folder, checked_target

SUFFIXES = (".onnx", ".xml", ".tflite", "")  # the last is a folder


def checked_place(
    path: str | PathLike[str], force: bool, argument: str = "path", remedy: str = "force=True"
) -> Path:
    """Return the path of an export.

    Raises:
        ValueError: if its end says no format, nothing can be written there, or something is there and is not
            to be replaced; the message calls the path `argument`, and says how to replace it by `remedy`.
        PermissionError: if it may not be written.
    """
    target = checked_path(argument, path)
    if target.suffix.lower() not in SUFFIXES or not target.name:
        ends = ", ".join(suffix for suffix in SUFFIXES if suffix)
        raise ValueError(f"{argument} must end in {ends}, or be a folder without an end; got {str(path)!r}.")
    for place in reversed(files(target)):
        (checked_target if target.suffix else checked_folder)(place, argument)
        if place.exists() and not force:
            raise ValueError(f"{place} is there already; give {remedy} to replace it, or another path.")
    return target


def files(target: Path) -> list[Path]:
    """The files that make up an export, the one that is opened last; or the one folder."""
    return [target.with_suffix(".bin"), target] if target.suffix.lower() == ".xml" else [target]


def shown_size(target: Path) -> str:
    """How large what was written is, in MB."""
    parts: list[Any] = [*target.rglob("*")] if target.is_dir() else files(target)
    return f"{sum(part.stat().st_size for part in parts if part.is_file()) / 1e6:,.1f} MB"
