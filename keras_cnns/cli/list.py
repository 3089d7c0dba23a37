"""`keras-cnns list`: the networks, one line each."""

import sys
from math import prod
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from keras_cnns import backends
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS, Network
from keras_cnns.catalog.text import macs, markdown_table, surnames
from keras_cnns.cli.common import console


def list_command(
    build: Annotated[
        bool, typer.Option("--build", help="Build each network and count its parameters.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table for a README.")] = False,
) -> None:
    """List the networks in the order of publication, with their parameters and multiply-adds (MACs).

    Parameters are the trainable ones, MACs those of the convolution and dense kernels for one image, both for
    the input shown and the paper's number of classes.
    """
    if markdown:
        sys.stdout.write(markdown_table())
        return
    table = Table("network", box=None, pad_edge=False)
    table.add_column("year", justify="right")
    if not build:
        table.add_column("paper")
    table.add_column("input")
    for heading in ("parameters", "MACs") + (("built",) if build else ()):
        table.add_column(heading, justify="right")
    if build:
        backends.choose_lightest()
    faithful = True
    rows = NETWORKS
    for row in track(rows, "Building", console=console, transient=True) if build else rows:
        cells = [row.name, str(row.paper.year), "×".join(map(str, row.in_shape))]
        cells += [f"{row.trainable:,}", macs(row.macs)]
        if build:
            trainable, other = built_counts(row)
            agrees = (trainable, other) == (row.trainable, row.non_trainable)
            faithful &= agrees
            cells.append(f"{trainable:,} [green]✓[/]" if agrees else f"{trainable:,} [red]✗[/]")
        else:
            cells.insert(2, surnames(row.paper))
        table.add_row(*cells)
    console.print(table)
    if not faithful:
        raise typer.Exit(1)


def built_counts(row: Network) -> tuple[int, int]:
    """Build a network as published; return its trainable and other parameters."""
    model = without_weights(row.name)
    trainable = sum(prod(variable.shape) for variable in model.trainable_variables)
    return trainable, model.count_params() - trainable
