"""The `keras-cnns` command: it reads what was typed, calls the library, and prints."""

import ast
import os
import sys
from math import prod
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from keras_cnns import catalog
from keras_cnns.files import written_whole

app = typer.Typer(
    help="Classic convolutional networks for Keras, each in one file that you can copy.",
    epilog="Start with `keras-cnns list`, then `keras-cnns show resnet50`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
console = Console()

Name = Annotated[str, typer.Argument(help="A network's name, as `keras-cnns list` prints it.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
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
    """Show a network's facts, what was new about it, how to cite it, and the choices its file makes."""
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
    console.print(facts)
    console.print(f"\n{escape(choices(row.file))}\n", highlight=False)
    console.print(bibtex(paper), highlight=False, markup=False, soft_wrap=True)


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
    target = free_path(output or Path(f"{name}.keras"), force, suffix=".keras")
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


def markdown_table() -> str:
    """Return the table of networks, with links to their files and papers."""
    lines = ["| network | paper | input | parameters | MACs |", "|---|---|---|---:|---:|"]
    for row in catalog.NETWORKS:
        name = f"[`{row.name}`](keras_cnns/architectures/{row.file.name})"
        paper = f"[{surnames(row.paper)}, {row.paper.year}]({row.paper.url})"
        size = "×".join(map(str, row.in_shape))
        lines.append(f"| {name} | {paper} | {size} | {row.trainable:,} | {macs(row.macs)} |")
    return "\n".join(lines) + "\n"


def surnames(paper: catalog.Paper) -> str:
    """Name up to two authors, or the first of more."""
    names = [person.split()[-1] for person in paper.authors.split(", ")]
    return ", ".join(names) if len(names) < 3 else f"{names[0]} et al."


def macs(count: int) -> str:
    """Three significant digits: 328 k, 725 M, 3.86 G."""
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= factor:
            return f"{count / factor:#.3g}".rstrip(".") + f" {unit}"
    return str(count)


def built_counts(row: catalog.Network) -> tuple[int, int]:
    """Build a network as published; return its trainable and other parameters."""
    import keras

    model = row.factory()
    trainable = sum(prod(variable.shape) for variable in model.trainable_variables)
    total = model.count_params()
    keras.utils.clear_session()
    return trainable, total - trainable


def choices(file: Path) -> str:
    """Return the paragraph of a file's docstring that says what had to be decided."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    paragraph = next(part for part in docstring.split("\n\n") if part.startswith("Choices:"))
    return " ".join(paragraph.split())


def bibtex(paper: catalog.Paper) -> str:
    """Return a BibTeX entry."""
    key = paper.authors.split(",")[0].split()[-1].lower() + str(paper.year)
    people = " and ".join(paper.authors.split(", "))
    lines = [f"@misc{{{key},", f"  title = {{{paper.title}}},", f"  author = {{{people}}},"]
    lines += [
        f"  howpublished = {{{paper.venue}}},",
        f"  year = {{{paper.year}}},",
        f"  url = {{{paper.url}}}",
    ]
    return "\n".join(lines) + "\n}"


def worst_pair(table, classes: list[str]) -> str:
    """Say which two classes are confused most often."""
    wrong = table.copy()
    wrong[range(len(classes)), range(len(classes))] = 0
    if not wrong.any():
        return "no held-out image is mistaken"
    true, read = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong[true, read]} of {table[true].sum()}"
    return f"most often mistaken: {classes[true]} for {classes[read]}, {times}"


def free_path(path: Path, force: bool, suffix: str | None = None) -> Path:
    """Refuse, before the work starts, a path that cannot or should not be written."""
    if suffix and path.suffix != suffix:
        raise ValueError(f"--output must end in {suffix}; got {path}.")
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"--output must be a file in a folder that exists; got {path}.")
    if path.exists() and not force:
        raise ValueError(f"{path} is there already; give --force to replace it, or another --output.")
    return path


def main() -> None:
    """Run the command; what went wrong fits one line on standard error, and the exit status is 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
