"""The `keras-cnns` command: it reads what was typed, calls the library, and prints."""

import os
import sys
from enum import Enum
from math import prod
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from keras_cnns import backends, catalog
from keras_cnns.commands.common import Force, Name, console, free_path, named, network_model, saved_model
from keras_cnns.commands.compare import compare_command
from keras_cnns.commands.predict import predict_command
from keras_cnns.commands.profile import profile_command
from keras_cnns.commands.weights import weights_command
from keras_cnns.diagram import engines
from keras_cnns.files import written_whole
from keras_cnns.tables import bibtex, choices, macs, markdown_table, surnames

app = typer.Typer(
    help="Classic convolutional networks for Keras, each in one file that you can copy.",
    epilog="Start with `keras-cnns list`, then `keras-cnns show resnet50`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

PICTURES = (".svg", ".png", ".pdf", ".dot")


class Detail(str, Enum):
    """What `draw --detail` takes."""

    compact = "compact"
    layers = "layers"


ModelFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="The model's file; default: NAME.keras, here.")
]


@app.command("list")
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
    rows = catalog.NETWORKS
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


@app.command()
def show(name: Name) -> None:
    """Show a network's facts, what was new about it, the choices its file makes, how to cite it, its outline.

    The outline is the picture of `keras-cnns draw NAME` as text.
    """
    from keras_cnns.weights.published import SETS

    row = catalog.find(name)
    paper = row.paper
    console.print(f"[bold]{row.name}[/]  {escape(row.introduced)}\n")
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="dim")
    facts.add_column()
    facts.add_row(
        "paper", f"{escape(paper.title)}\n{escape(paper.authors)}\n{paper.venue} ({paper.published})"
    )
    facts.add_row("", paper.url)
    facts.add_row("input", f"{row.in_shape}, at least {row.smallest}×{row.smallest}; {row.n_classes} classes")
    facts.add_row("parameters", f"{row.trainable:,} trainable, {row.non_trainable:,} not")
    facts.add_row("MACs", f"{row.macs:,}")
    facts.add_row("authority", escape(row.authority))
    facts.add_row("file", f"keras_cnns/architectures/{row.file.name}")
    if sources := [weights.source for weights in SETS if weights.network == name]:
        facts.add_row("weights", ", ".join(sources))
    console.print(facts)
    console.print(f"\n{escape(choices(row.file))}\n", highlight=False)
    console.print(bibtex(paper) + "\n", highlight=False, markup=False, soft_wrap=True)
    backends.choose_lightest()
    from keras_cnns.visualize import outline

    console.print(outline(catalog.without_weights(name)), highlight=False, markup=False, soft_wrap=True)


@app.command()
def draw(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="NAME|FILE.keras…", help="Networks' names, or models saved by Keras."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="*.svg, .png, .pdf or .dot, for one; default: NAME.svg, here."),
    ] = None,
    detail: Annotated[
        Detail, typer.Option(help="`layers` draws a box for every layer, as Keras does.")
    ] = Detail.compact,
    aux: Annotated[bool, typer.Option("--aux", help="With the auxiliary classifiers.")] = False,
    shapes: Annotated[bool, typer.Option("--shapes", help="Write the shape of each output.")] = False,
    params: Annotated[bool, typer.Option("--params", help="Write the numbers of parameters.")] = False,
    force: Force = False,
) -> None:
    """Draw networks, each on one screen, without spending memory on their weights.

    A file may be a stranger's: only its architecture is read, and what could run code is refused.
    """
    if output and len(sources) > 1:
        raise ValueError(f"--output is for one network; got {len(sources)}, which go to NAME.svg without it.")
    rows = [named(source, aux) for source in sources]
    targets = [free_path(output or Path(f"{Path(source).stem}.svg"), force, *PICTURES) for source in sources]
    for target in targets:
        if target.suffix.lower() != ".svg" or detail is Detail.layers:
            engines.check(target.name)
    backends.choose_lightest()
    models = [
        network_model(row, aux) if row else saved_model(Path(source)) for row, source in zip(rows, sources)
    ]
    from keras_cnns.visualize import plot_model

    for model, target in zip(models, targets):
        plot_model(model, target, show_shapes=shapes, show_params=params, detail=detail.value)
        console.print(f"{target} written.", highlight=False, markup=False)


@app.command()
def gallery(
    folder: Annotated[Path, typer.Argument(help="Where to; made if it is not there.")] = Path("gallery"),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier gallery's files.")] = False,
) -> None:
    """Draw every network as SVG and PNG, and write index.html, one page that shows and compares them all.

    The page needs no network and no other file. Other files in the folder stay as they are.
    """
    from keras_cnns.gallery import Gallery

    pictures = Gallery(folder, catalog.NETWORKS, force)
    backends.choose_lightest()
    for network in track(pictures.networks, "Drawing", console=console, transient=True):
        pictures.draw(network)
    page = pictures.write_page()
    if pictures.no_bitmaps:
        console.print(f"No PNG files: {pictures.no_bitmaps}", highlight=False, markup=False)
    console.print(f"{len(pictures.entries)} networks drawn; open {page}", highlight=False, markup=False)


@app.command()
def copy(
    name: Name,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; default: the file's own name, here. `-` prints it."),
    ] = None,
    force: Force = False,
) -> None:
    """Copy the file that defines a network; it needs only Keras, and nothing of ours."""
    row = catalog.find(name)
    source = row.file.read_text(encoding="utf-8")
    if str(output) == "-":
        sys.stdout.write(source)
        return
    target = free_path(output or Path(row.file.name), force)
    with written_whole(target) as file:
        file.write_text(source, encoding="utf-8")
    console.print(f"{target} written. Try: python {target}", highlight=False, markup=False)


@app.command()
def train(
    name: Name,
    data: Annotated[
        str, typer.Option(help="`digits`, or a folder with a sub-folder of images for each class.")
    ],
    size: Annotated[
        int, typer.Option(help="Height and width of the images; 0: what the paper used.", min=0)
    ] = 0,
    epochs: Annotated[int, typer.Option(help="How often to go through the images.", min=1)] = 30,
    batch_size: Annotated[int, typer.Option(help="Images in one step.", min=1)] = 32,
    learning_rate: Annotated[float, typer.Option(help="Adam's, at the start; it falls to zero.")] = 0.003,
    seed: Annotated[int, typer.Option(help="Start of all random numbers.", min=0)] = 1,
    output: ModelFile = None,
    force: Force = False,
) -> None:
    """Train a network from scratch and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. Pixels run from 0 to 1 in training, so they must when you use the saved model.
    """
    row = catalog.find(name)
    target = free_path(output or Path(f"{name}.keras"), force, ".keras")
    import keras

    from keras_cnns import training

    images = training.load(data)
    keras.utils.set_random_seed(seed)
    in_shape = (size, size, row.in_shape[2]) if size else row.in_shape
    optimizer = training.optimizer(images, epochs, batch_size, learning_rate)
    model = catalog.create(name, in_shape, len(images.classes), optimizer)
    console.print(
        f"{name}: {model.count_params():,} parameters, {len(images.train[0]):,} images to learn from, "
        f"{len(images.test[0]):,} held out, {len(images.classes)} classes"
    )
    training.fit(model, images, epochs, batch_size, seed, verbose="auto" if console.is_terminal else 2)
    table = training.confusion(model, images, batch_size)
    console.print(f"top-1 on the held-out images: {table.trace() / table.sum():.2%}")
    console.print(worst_pair(table, images.classes), markup=False)
    with written_whole(target) as file:
        model.save(file)
    console.print(f"{target} written.", highlight=False, markup=False)


app.command("profile")(profile_command)
app.command("compare")(compare_command)
app.command("weights")(weights_command)
app.command("predict")(predict_command)


def built_counts(row: catalog.Network) -> tuple[int, int]:
    """Build a network as published; return its trainable and other parameters."""
    model = catalog.without_weights(row.name)
    trainable = sum(prod(variable.shape) for variable in model.trainable_variables)
    return trainable, model.count_params() - trainable


def worst_pair(table, classes: list[str]) -> str:
    """Say which two classes are confused most often."""
    wrong = table.copy()
    wrong[range(len(classes)), range(len(classes))] = 0
    if not wrong.any():
        return "no held-out image is mistaken"
    true, read = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong[true, read]} of {table[true].sum()}"
    return f"most often mistaken: {classes[true]} for {classes[read]}, {times}"


def main() -> None:
    """Run the command; what went wrong fits one line on standard error, and the exit status is 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        app()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
