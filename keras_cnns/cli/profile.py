"""`keras-cnns profile`: what a network costs, or all of them."""

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

from keras_cnns import backends
from keras_cnns.atomic_write import written_whole
from keras_cnns.catalog import facts
from keras_cnns.cli.common import Force, console, free_path, named, network_model, saved_model
from keras_cnns.diagram.output import graphviz_engines

if TYPE_CHECKING:
    import keras

    from keras_cnns.network_costs import CostComparison
    from keras_cnns.profiling.result import Profile

CHARTS = (".svg", ".png", ".pdf")


class Format(str, Enum):
    """How the table is written."""

    text = "text"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    html = "html"


def profile_command(
    source: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE.keras", help="A network's name, or a saved model.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All networks, a line each; -o writes the chart, .svg or .png.")
    ] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="A line for each layer, with the formulas of its numbers.")
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages", help="A line for each stage; so it is for long networks.")
    ] = False,
    batch_size: Annotated[int, typer.Option(help="Images at once, for the memory.", min=1)] = 1,
    size: Annotated[
        int, typer.Option(help="Height and width of the images; 0: the paper's, or the file's.", min=0)
    ] = 0,
    optimizer: Annotated[
        str, typer.Option(help="What it is trained with, such as `adam`; some keep averages of each weight.")
    ] = "",
    aux: Annotated[bool, typer.Option("--aux", help="With the auxiliary classifiers.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="A line for each layer, exact numbers.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Totals and layers, exact numbers.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for a README or a report.")] = False,
    html: Annotated[bool, typer.Option("--html", help="A table for a page.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file; default: print.")
    ] = None,
    force: Force = False,
) -> None:
    """Count what a network costs: parameters, multiply-adds (MACs), memory, receptive field.

    Nothing is computed and no weights are made. MACs are those of kernels, for one image; memory is that of
    all activations, for the batch. `--layers` shows the formulas. What cannot be counted is named below the
    table. A file may be a stranger's: only its architecture is read, and what could run code is refused.
    """
    wanted = chosen_format(csv=csv, json=json, markdown=markdown, html=html)
    check(source, every, layers, stages, size, aux)
    target = checked_target(output, force, wanted, every) if output else None
    row = named(source, aux) if source else None
    backends.choose_lightest()
    told: CostComparison | Profile
    if every:
        told = all_costs(batch_size, optimizer, wanted)
    else:
        from keras_cnns.profiling.profile_model import profile_model

        model = network_model(row, aux, size) if row else file_model(Path(str(source)), wanted)
        in_shape = None if row else filled(model, size)
        told = profile_model(model, batch_size, in_shape=in_shape, optimizer=optimizer or None)
    by_stage = (not layers) if layers or stages else None
    deliver(told, wanted, by_stage, target)


def chosen_format(**asked: bool) -> Format:
    """The one format asked for, text if none."""
    names = [name for name, is_asked in asked.items() if is_asked]
    if len(names) > 1:
        raise ValueError(f"--{' and --'.join(names)} exclude each other; give one of them.")
    return Format(names[0]) if names else Format.text


def check(source: str | None, every: bool, layers: bool, stages: bool, size: int, aux: bool) -> None:
    """Refuse what does not go together, before the work starts."""
    if every == bool(source):
        raise ValueError("give the name of a network, or a file, or --all.")
    if layers and stages:
        raise ValueError("--layers and --stages exclude each other; give one of them.")
    if every and (aux or size or layers or stages):
        raise ValueError(
            "--all has a line for each network as published: no --aux, --size, --layers, --stages."
        )


def checked_target(output: Path, force: bool, wanted: Format, every: bool) -> Path:
    """The file to write: a chart if its suffix is a picture's, else the table."""
    if output.suffix.lower() in CHARTS:
        if not every or wanted is not Format.text:
            raise ValueError(f"{output} is a chart, which only --all has, and --{wanted.value} is a table.")
        graphviz_engines.check(output.name) if output.suffix.lower() != ".svg" else None
    return free_path(output, force)


def file_model(file: Path, wanted: Format) -> "keras.Model":
    """The model in a file; what is said of the file goes above a table, and not into CSV and the like."""
    with console.capture() as said:
        model = saved_model(file)
    typer.echo(said.get(), nl=False, err=wanted is not Format.text)
    return model


def filled(model: "keras.Model", size: int) -> list[tuple[int, ...]] | None:
    """The shapes of the inputs with `size` wherever a model takes any; None if it takes one only."""
    shapes = ", ".join(str(tensor.shape[1:]) for tensor in model.inputs)
    takes_any = any(None in tensor.shape[1:] for tensor in model.inputs)
    if takes_any and not size:
        raise ValueError(f"the model in this file takes any size, {shapes}; give one, such as --size 224.")
    if size and not takes_any:
        raise ValueError(f"--size is for a file whose model takes any size; this one takes {shapes}.")
    if not size:
        return None
    return [tuple(size if n is None else n for n in tensor.shape[1:]) for tensor in model.inputs]


def all_costs(batch_size: int, optimizer: str, wanted: Format) -> "CostComparison":
    """Build and count every network, with a bar for the progress."""
    from keras_cnns.network_costs import CostComparison, network_costs

    screen = console if wanted is Format.text else Console(stderr=True)
    rows = [
        network_costs(network, batch_size, optimizer or None)
        for network in track(
            facts.NETWORKS, "Counting", console=screen, transient=True, disable=not screen.is_terminal
        )
    ]
    return CostComparison(tuple(rows), batch_size)


def deliver(
    told: "CostComparison | Profile", wanted: Format, by_stage: bool | None, target: Path | None
) -> None:
    """Print the table, or write it to a file; a chart is written, and its table printed."""
    is_chart = target is not None and target.suffix.lower() in CHARTS
    if is_chart:
        told.save(target)
    if wanted is not Format.text:
        page = getattr(told, wanted.value)()
    else:
        width = console.width if target is None or is_chart else 120
        page = told.text(width=width) if by_stage is None else told.text(by_stage, width)
    if target is None or is_chart:
        sys.stdout.write(page)
    else:
        with written_whole(target) as file:
            file.write_text(page, encoding="utf-8")
    if target:
        console.print(f"{target} written.", highlight=False, markup=False)
