"""`keras-cnns draw`: networks and saved models as pictures."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keras_cnns.catalog import facts
from keras_cnns.cli.common import Force, NoLimit, check_aux, free_path, named, network_model, saved_model, say
from keras_cnns.diagram.output import graphviz_engines
from keras_cnns.diagram.output.scene_file import check_suffix
from keras_cnns.precomputed import Precomputed, precomputed

if TYPE_CHECKING:
    import keras

PICTURES = (".svg", ".html", ".png", ".jpg", ".jpeg", ".pdf", ".dot", ".drawio", ".pptx", ".tex", ".tikz")


class Detail(str, Enum):
    """What `draw --detail` takes."""

    compact = "compact"
    layers = "layers"


class Style(str, Enum):
    """What `draw --style` takes."""

    flat = "flat"
    volumes = "volumes"


class Direction(str, Enum):
    """What `draw --rankdir` takes."""

    LR = "LR"
    RL = "RL"
    TB = "TB"
    BT = "BT"


class Background(str, Enum):
    """What `draw --background` takes."""

    white = "white"
    transparent = "transparent"
    dark = "dark"


class Palette(str, Enum):
    """What `draw --palette` takes."""

    article = "article"
    grey = "grey"
    colour_blind = "colour-blind"


def draw_command(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="NAME|FILE…", help="Networks, or models in .keras, .h5 or .json files."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=".svg, .html, .png, .jpg, .pdf, .dot, .drawio, .pptx, .tex; default: NAME.svg.",
        ),
    ] = None,
    detail: Annotated[
        Detail,
        typer.Option(metavar="WORD", help="`layers`: a box for every layer.", show_default=False),
    ] = Detail.compact,
    style: Annotated[
        Style,
        typer.Option(metavar="WORD", help="`volumes`: solids in perspective.", show_default=False),
    ] = Style.flat,
    aux: Annotated[bool, typer.Option("--aux", help="With the auxiliary classifiers.")] = False,
    expand_nested: Annotated[
        bool, typer.Option("--expand-nested", help="Models inside the model layer by layer.")
    ] = False,
    names: Annotated[
        list[str] | None, typer.Option(metavar="OLD=NEW", help="Call a module of the picture NEW.")
    ] = None,
    shapes: Annotated[bool, typer.Option("--shapes", help="Write the shape of each output.")] = False,
    params: Annotated[bool, typer.Option("--params", help="Write the numbers of parameters.")] = False,
    layer_names: Annotated[bool, typer.Option("--layer-names", help="Write the layers' names.")] = False,
    dtype: Annotated[bool, typer.Option("--dtype", help="Write types, such as float16.")] = False,
    trainable: Annotated[
        bool, typer.Option("--trainable", help="Write which weights are trained or frozen.")
    ] = False,
    activations: Annotated[
        bool, typer.Option("--activations", help="Write them also with --detail layers.")
    ] = False,
    rankdir: Annotated[
        Direction | None, typer.Option(metavar="WORD", help="Direction: LR (left to right), RL, TB, BT.")
    ] = None,
    no_legend: Annotated[bool, typer.Option("--no-legend", help="Do not explain colours and signs.")] = False,
    width: Annotated[
        str | None, typer.Option(metavar="8.9cm", help="For print: rows, text of 8 to 9 points.")
    ] = None,
    dpi: Annotated[
        int,
        typer.Option(metavar="N", help="Pixels to the inch of a .png: 144.", show_default=False, min=1),
    ] = 144,
    background: Annotated[
        Background,
        typer.Option(metavar="WORD", help="`white`, `transparent` or `dark`.", show_default=False),
    ] = Background.white,
    palette: Annotated[
        Palette,
        typer.Option(metavar="WORD", help="`article`, `grey` or `colour-blind`.", show_default=False),
    ] = Palette.article,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Draw networks, each on one screen, without allocating weights.

    A file may be untrusted: only its architecture is read and nothing of it runs. A layer whose code is not
    in the file is a box with the name of its class.
    """
    if output and len(sources) > 1:
        raise ValueError(f"--output is for one network; got {len(sources)}, which go to NAME.svg without it.")
    rows = [named(source, aux) for source in sources]
    stems = [row.name if row else Path(source).stem for row, source in zip(rows, sources)]
    targets = [free_path(output or Path(f"{stem}.svg"), force, *PICTURES) for stem in stems]
    if twice := [target for target in targets if targets.count(target) > 1]:
        raise ValueError(f"two of these would be written to {twice[0]}; draw one of them with --output.")
    for target in targets:
        check_suffix(target)
        if detail is Detail.layers:
            graphviz_engines.check(target.name)
    options: dict[str, Any] = {
        "show_shapes": shapes,
        "show_params": params,
        "show_layer_names": layer_names,
        "show_dtype": dtype,
        "show_trainable": trainable,
        "show_layer_activations": activations,
        "expand_nested": expand_nested,
        "names": renamed(names),
        "rankdir": rankdir.value if rankdir else None,
        "legend": not no_legend,
        "width": width,
        "dpi": dpi,
        "background": background.value,
        "palette": palette.value,
        "detail": detail.value,
        "style": style.value,
    }
    models = [
        drawn_network(row, aux, options) if row else saved_model(Path(source), no_limit)
        for row, source in zip(rows, sources)
    ]
    from keras_cnns.visualize import plot_model

    for model, target in zip(models, targets):
        picture = plot_model(model, target, **options)
        say(" ".join(filter(None, [f"{target} written.", getattr(picture, "why_flat", "")])))


def drawn_network(row: facts.Network, aux: bool, options: dict[str, Any]) -> "keras.Model | Precomputed":
    """What was made of a network beforehand or, where the picture needs more, the network."""
    check_aux(row, aux)
    known = None if options["detail"] == "layers" else precomputed(row.name, aux)
    return known if known and known.takes(options["names"]) else network_model(row, aux)


def renamed(names: list[str] | None) -> dict[str, str]:
    """The names of modules and what they are to be called, from OLD=NEW."""
    for pair in names or ():
        if "=" not in pair:
            raise ValueError(f'--names must be OLD=NEW, such as "Inception-A=first kind"; got {pair!r}.')
    return dict(pair.split("=", 1) for pair in names or ())
