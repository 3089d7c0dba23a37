"""`keras-cnns profile`: what a network costs, or all of them."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.progress import track

from keras_cnns import backends
from keras_cnns.catalog import facts
from keras_cnns.cli.common import Force, NoLimit, check_aux, console, named, network_model, saved_model
from keras_cnns.cli.output_format import (
    Format,
    Printed,
    Writers,
    checked_output,
    deliver,
    printed_format,
    say_written,
)
from keras_cnns.diagram.output.scene_file import check_suffix
from keras_cnns.precomputed import precomputed

if TYPE_CHECKING:
    import keras

    from keras_cnns.network_costs import CostComparison
    from keras_cnns.profiling.result import Profile
    from keras_cnns.tables import Table

CHARTS = (".svg", ".png", ".pdf")


def profile_command(
    source: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE.keras", help="A network's name, or a saved model.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="One line per network; -o also writes a chart: .svg, .png or .pdf.")
    ] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="One line per layer, with the formulas of its numbers.")
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages", help="One line per stage (default for long networks).")
    ] = False,
    steps: Annotated[
        bool, typer.Option("--steps", help="How each figure is worked out by hand, for a lecture.")
    ] = False,
    exam: Annotated[
        bool, typer.Option("--form", help="A form with blanks for an exam; with --key filled in.")
    ] = False,
    key: Annotated[bool, typer.Option("--key", help="The key to --form.")] = False,
    batch_size: Annotated[int, typer.Option(help="Images at once, for the memory.", min=1)] = 1,
    size: Annotated[
        int | None,
        typer.Option(help="Height and width of images; default: the paper's, or the file's.", min=1),
    ] = None,
    optimizer: Annotated[
        str, typer.Option(help="What it is trained with, such as `adam`; some keep averages of each weight.")
    ] = "",
    aux: Annotated[bool, typer.Option("--aux", help="With the auxiliary classifiers.")] = False,
    form: Printed = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write a file: .txt, .csv, .json, .md, .html, .tex; with --all a chart, .svg.",
        ),
    ] = None,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Count what a network costs: parameters, multiply-adds (MACs), memory, receptive field.

    Nothing is computed and no weights are made. MACs are those of kernels, for one image; memory is that of
    all activations, for the batch. `--layers` shows the formulas. What cannot be counted is named below the
    table. A file may be untrusted: only its architecture is read, and what could run code is refused.
    """
    check(source, every, layers, stages, size, aux)
    check_lesson(every or layers or stages, steps, exam, key)
    target = profile_target(output, force, every)
    row = named(source, aux) if source else None
    is_text = printed_format(form, target) is Format.text
    if row:
        check_aux(row, aux)
    if every:
        deliver_costs(all_costs(batch_size, optimizer, is_text), form, target)
        return
    known = precomputed(row.name, aux) if row and not size and not optimizer else None
    if known:
        result = known.profile(batch_size)
    elif row:
        result = counted(network_model(row, aux, size), batch_size, optimizer)
    else:
        model = file_model(Path(str(source)), is_text, no_limit)
        result = counted(model, batch_size, optimizer, filled(model, size))
    by_stage = (not layers) if layers or stages else None
    width = console.width if target is None else 120
    if steps or exam or key:
        table = result.steps() if steps else result.form(blanks=not key)
        deliver(table_writers(table, width), form, target)
        return
    writers = {
        Format.text: lambda: result.text(by_stage, width),
        Format.csv: result.csv,
        Format.json: result.json,
        Format.markdown: result.markdown,
        Format.html: result.page if target else result.html,
        Format.latex: result.latex,
    }
    deliver(writers, form, target)


def counted(
    model: "keras.Model", batch_size: int, optimizer: str, in_shape: list[tuple[int, ...]] | None = None
) -> "Profile":
    """What a model costs; its page has the picture."""
    from keras_cnns.profiling.profile_model import profile_model
    from keras_cnns.visualize import explored_costs

    found = profile_model(model, batch_size, in_shape=in_shape, optimizer=optimizer or None)
    return replace(found, explored=lambda: explored_costs(model, in_shape))


def table_writers(table: "Table", width: int) -> Writers:
    """The formats of a table that has no exact numbers."""
    return {
        Format.text: lambda: table.text(width),
        Format.markdown: table.markdown,
        Format.html: table.html,
        Format.latex: table.latex,
    }


def check_lesson(others: bool, steps: bool, exam: bool, key: bool) -> None:
    """Refuse what does not go with a table for a lecture or an exam."""
    if steps + (exam or key) + others > 1:
        raise ValueError(
            "--steps, --form, --layers, --stages and --all exclude each other; give one of them."
        )


def check(source: str | None, every: bool, layers: bool, stages: bool, size: int | None, aux: bool) -> None:
    """Refuse what does not go together, before the work starts."""
    if every == bool(source):
        raise ValueError("give the name of a network, or a file, or --all.")
    if layers and stages:
        raise ValueError("--layers and --stages exclude each other; give one of them.")
    if every and (aux or size or layers or stages):
        raise ValueError(
            "--all has a line for each network as published: no --aux, --size, --layers, --stages."
        )


def profile_target(output: Path | None, force: bool, every: bool) -> Path | None:
    """Check the file to write: a chart if its suffix is a picture's, else a table."""
    if output and output.suffix.lower() in CHARTS:
        if not every:
            raise ValueError(f"{output} is a chart, which only --all has.")
        check_suffix(output)
    return checked_output(output, force, *(CHARTS if every else ()))


def file_model(file: Path, is_text: bool, no_limit: bool) -> "keras.Model":
    """The model in a file; what is said of the file goes above a printed table, else to standard error."""
    with console.capture() as said:
        model = saved_model(file, no_limit)
    typer.echo(said.get(), nl=False, err=not is_text)
    return model


def filled(model: "keras.Model", size: int | None) -> list[tuple[int, ...]] | None:
    """The shapes of the inputs, in the model's order, with `size` for height and width where these are open.

    None if all sizes are known. The length of a sequence and the number of channels are no height or width.
    """
    built = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    shapes = ", ".join(map(str, built))
    volumes = any(re.fullmatch(r"(?!ConvLSTM).*3D.*", type(layer).__name__) for layer in model.layers)
    sized = [with_size(shape, size, volumes) for shape in built]
    if sized == built and size:
        raise ValueError(
            f"--size is for a file whose model takes images of any size; this one takes {shapes}."
        )
    if any(None in shape for shape in sized):
        if not size and any(with_size(shape, 1, volumes) != shape for shape in built):
            raise ValueError(
                f"the model in this file takes any size, {shapes}; give one, such as --size 224."
            )
        raise ValueError(
            f"the model in this file takes inputs of any length, {shapes}, which --size does not set; use "
            "keras_cnns.profile(FILE, in_shape=[...]) in Python, with a shape for each input."
        )
    return cast("list[tuple[int, ...]]", sized) if size else None


def with_size(shape: tuple[int | None, ...], size: int | None, volume: bool) -> tuple[int | None, ...]:
    """The shape of an image with `size` for a height and a width that are open; another shape as it is.

    An image has three axes, or four if it is a film, or a `volume`, whose depth counts as well.
    """
    if len(shape) < 3:
        return shape
    channels_first = shape[-1] is None and shape[0] is not None
    end = len(shape) if channels_first else len(shape) - 1
    places = range(end - 3 if volume and len(shape) == 4 else end - 2, end)
    return tuple(size if n is None and i in places else n for i, n in enumerate(shape))


def all_costs(batch_size: int, optimizer: str, is_text: bool) -> "CostComparison":
    """Count every network, with a progress bar; they are built only for an optimizer's state."""
    backends.choose_lightest()
    from keras_cnns.network_costs import CostComparison, network_costs

    screen = console if is_text else Console(stderr=True)
    rows = [
        network_costs(network, batch_size, optimizer or None)
        for network in track(
            facts.NETWORKS, "Counting", console=screen, transient=True, disable=not screen.is_terminal
        )
    ]
    return CostComparison(tuple(rows), batch_size)


def deliver_costs(costs: "CostComparison", form: Format | None, target: Path | None) -> None:
    """Write the chart, or the table as other commands do."""
    is_chart = target is not None and target.suffix.lower() in CHARTS
    if target and is_chart:
        costs.save(target)
        say_written(target, form)
        if form is None:
            return
    width = console.width if target is None or is_chart else 120
    writers = {
        Format.text: lambda: costs.text(width),
        Format.csv: costs.csv,
        Format.json: costs.json,
        Format.markdown: costs.markdown,
        Format.html: costs.html,
    }
    deliver(writers, form, None if is_chart else target)
