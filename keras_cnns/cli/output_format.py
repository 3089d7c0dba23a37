"""One convention for all commands: `--format` says what is printed, the suffix of `-o` what is written."""

import sys
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_cnns.atomic_write import written_whole
from keras_cnns.cli.common import console, free_path, say


class Format(str, Enum):
    """What `--format` takes."""

    text = "text"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    html = "html"
    latex = "latex"


SUFFIXES = {
    ".txt": Format.text,
    ".csv": Format.csv,
    ".json": Format.json,
    ".md": Format.markdown,
    ".html": Format.html,
    ".tex": Format.latex,
}

Printed = Annotated[Format | None, typer.Option("--format", "-f", help="Print it in this format.")]
Written = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write a file: .txt, .csv, .json, .md or .html; see --format."),
]

Writers = Mapping[Format, Callable[[], str]]


def checked_output(output: Path | None, force: bool, *pictures: str) -> Path | None:
    """Refuse, before the work starts, a file that cannot be written; `pictures` are suffixes allowed, too."""
    return free_path(output, force, *SUFFIXES, *pictures) if output else None


def printed_format(form: Format | None, output: Path | None) -> Format | None:
    """What to print: the format asked for, text where no file is written, else nothing."""
    return form or (None if output else Format.text)


def deliver(writers: Writers, form: Format | None, output: Path | None) -> None:
    """Write the file, and print what is to be printed."""
    written = SUFFIXES[output.suffix.lower()] if output else None
    for one in (form, written):
        if one and one not in writers:
            raise ValueError(
                f"this has no {one.value}; there are {', '.join(known.value for known in writers)}."
            )
    if output:
        with written_whole(output) as file:
            file.write_text(writers[SUFFIXES[output.suffix.lower()]](), encoding="utf-8")
        say_written(output, form)
    shown = printed_format(form, output)
    if shown:
        sys.stdout.write(writers[shown]())


def say_written(output: Path, form: Format | None) -> None:
    """Name the file that was written; on standard error if the output itself is printed, too."""
    say(f"{output} written.", screen=Console(stderr=True) if form else console)
