"""`keras-cnns list`: the networks, one line each."""

from math import prod
from typing import Annotated

import typer
from rich.progress import track

from keras_cnns import backends
from keras_cnns.building import without_weights
from keras_cnns.catalog import facts, text
from keras_cnns.cli.common import Force, console
from keras_cnns.cli.output_format import Format, Printed, Written, checked_output, deliver
from keras_cnns.tables import Table, as_csv, as_json, count_text


def list_command(
    build: Annotated[
        bool, typer.Option("--build", help="Build each network and count its parameters.")
    ] = False,
    form: Printed = None,
    output: Written = None,
    force: Force = False,
) -> None:
    """List the networks in the order of publication, with their parameters and multiply-adds (MACs).

    Parameters are the trainable ones. MACs are those of the convolution and dense kernels for one image. Both
    hold for the input shown and the paper's number of classes.
    """
    target = checked_output(output, force)
    built = built_counts() if build else {}
    faithful = all(built.get(row.name, published(row)) == published(row) for row in facts.NETWORKS)
    writers = {
        Format.text: lambda: text_table(built).text(max(80, console.width)),
        Format.csv: lambda: as_csv([record(row) for row in facts.NETWORKS]),
        Format.json: lambda: as_json([record(row) for row in facts.NETWORKS]),
        Format.markdown: text.markdown_table,
        Format.html: lambda: text_table(built).html(),
    }
    deliver(writers, form, target)
    if not faithful:
        raise typer.Exit(1)


def text_table(built: dict[str, tuple[int, int]]) -> Table:
    """A row for each network; with what was counted in place of the paper, if they were built."""
    last = ["built"] if built else []
    headings = ["network", "year", *([] if built else ["paper"]), "input", "parameters", "MACs", *last]
    rows = []
    for row in facts.NETWORKS:
        cells = [row.name, str(row.paper.year), *([] if built else [text.surnames(row.paper)])]
        cells += ["×".join(map(str, row.in_shape)), f"{row.trainable:,}", count_text(row.macs)]
        if built:
            sign = "✓" if built[row.name] == published(row) else "✗"
            cells.append(f"{built[row.name][0]:,} {sign}")
        rows.append(cells)
    return Table(headings, rows, left=(0, headings.index("input")) if built else (0, 2, 3))


def record(row: facts.Network) -> dict[str, object]:
    """What is known of a network, with exact numbers."""
    return {
        "network": row.name,
        "title": row.title,
        "paper": row.paper.title,
        "authors": row.paper.authors,
        "published": row.paper.published,
        "url": row.paper.url,
        "in_shape": row.in_shape,
        "n_classes": row.n_classes,
        "trainable": row.trainable,
        "non_trainable": row.non_trainable,
        "macs": row.macs,
        "top1": row.top1,
        "top5": row.top5,
    }


def published(row: facts.Network) -> tuple[int, int]:
    return row.trainable, row.non_trainable


def built_counts() -> dict[str, tuple[int, int]]:
    """Build every network as published; return the trainable and the other parameters of each."""
    backends.choose_lightest()
    rows = track(facts.NETWORKS, "Building", console=console, transient=True)
    return {row.name: counted(row) for row in rows}


def counted(row: facts.Network) -> tuple[int, int]:
    model = without_weights(row.name)
    trainable = sum(prod(variable.shape) for variable in model.trainable_variables)
    return trainable, model.count_params() - trainable
