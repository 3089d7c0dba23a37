"""`keras-cnns copy`: the file that defines a network."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from keras_cnns.atomic_write import written_whole
from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import Force, Name, free_path, say


def copy_command(
    name: Name,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; default: the file's own name, here. `-` prints it."),
    ] = None,
    force: Force = False,
) -> None:
    """Copy the file that defines a network; it needs only Keras."""
    row = find_network(name)
    source = row.file.read_text(encoding="utf-8")
    if str(output) == "-":
        sys.stdout.write(source)
        return
    target = free_path(output or Path(row.file.name), force)
    with written_whole(target) as file:
        file.write_text(source, encoding="utf-8")
    say(f"{target} written. Try: python {target}")
