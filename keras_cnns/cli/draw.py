"""`keras-cnns draw`: networks and saved models as pictures."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from keras_cnns import backends
from keras_cnns.cli.common import Force, NoLimit, free_path, named, network_model, saved_model, say
from keras_cnns.diagram.output import graphviz_engines

PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".pdf", ".dot")


class Detail(str, Enum):
    """What `draw --detail` takes."""

    compact = "compact"
    layers = "layers"


def draw_command(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="NAME|FILE.keras…", help="Networks' names, or models saved by Keras."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="*.svg, .png, .jpg, .pdf or .dot, for one; default: NAME.svg."),
    ] = None,
    detail: Annotated[
        Detail, typer.Option(help="`layers` draws a box for every layer, as Keras does.")
    ] = Detail.compact,
    aux: Annotated[bool, typer.Option("--aux", help="With the auxiliary classifiers.")] = False,
    shapes: Annotated[bool, typer.Option("--shapes", help="Write the shape of each output.")] = False,
    params: Annotated[bool, typer.Option("--params", help="Write the numbers of parameters.")] = False,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Draw networks, each on one screen, without allocating weights.

    A file may be untrusted: only its architecture is read, and what could run code is refused.
    """
    if output and len(sources) > 1:
        raise ValueError(f"--output is for one network; got {len(sources)}, which go to NAME.svg without it.")
    rows = [named(source, aux) for source in sources]
    names = [row.name if row else Path(source).stem for row, source in zip(rows, sources)]
    targets = [free_path(output or Path(f"{name}.svg"), force, *PICTURES) for name in names]
    if twice := [target for target in targets if targets.count(target) > 1]:
        raise ValueError(f"two of these would be written to {twice[0]}; draw one of them with --output.")
    for target in targets:
        if target.suffix.lower() != ".svg" or detail is Detail.layers:
            graphviz_engines.check(target.name)
    backends.choose_lightest()
    models = [
        network_model(row, aux) if row else saved_model(Path(source), no_limit)
        for row, source in zip(rows, sources)
    ]
    from keras_cnns.visualize import plot_model

    for model, target in zip(models, targets):
        plot_model(model, target, show_shapes=shapes, show_params=params, detail=detail.value)
        say(f"{target} written.")
