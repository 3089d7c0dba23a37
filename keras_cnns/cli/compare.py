"""`keras-cnns compare`: how a model differs from the network that it should be."""

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from keras_cnns import backends
from keras_cnns.atomic_write import written_whole
from keras_cnns.cli.common import Force, console, free_path

if TYPE_CHECKING:
    from keras_cnns.comparison.report.report import Report

PAGES = (".txt", ".md", ".json", ".html")


class Level(str, Enum):
    """What `--level` takes."""

    exact = "exact"
    equivalent = "equivalent"
    same_shapes = "same shapes"


class Format(str, Enum):
    """What `--format` takes."""

    text = "text"
    markdown = "markdown"
    json = "json"
    html = "html"


def compare_command(
    student: Annotated[
        str, typer.Argument(metavar="STUDENT.keras", help="A model saved by Keras, or a network's name.")
    ],
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="What it should be: a network's name, or a file.")
    ],
    level: Annotated[
        Level, typer.Option(help="What is enough for success; `equivalent`: the same function.")
    ] = Level.equivalent,
    ignore: Annotated[
        list[str] | None,
        typer.Option(help="What does not count: an attribute such as `n_classes`, a mistake, or a layer."),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="What else counts: `dropout`, `momentum`, `initializers`, `regularizers`, `names`."
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write it, too: *.txt, .md, .json, .html, or .svg, a picture."),
    ] = None,
    force: Force = False,
) -> None:
    """Say how a model differs from a published network: causes first, in the words of a student.

    `keras-cnns compare student.keras alexnet` names what is missing, too much, changed or connected
    otherwise. Names, nesting and the style of writing do not count. The exit status is 0 if the model is what
    it should be, 1 if not, 2 if there was nothing to compare. Only the architectures of files are read.
    """
    try:
        target = free_path(output, force, *PAGES, ".svg") if output else None
        backends.choose_lightest()
        from keras_cnns.api import compare, reaches

        report = compare(student, reference, ignore=ignore or (), also=also or ())
        if target:
            save(report, target)
    except (ValueError, OSError) as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}")
        raise typer.Exit(2) from None
    show(report, form)
    if not reaches(report.verdict, level.value):
        raise typer.Exit(1)


def show(report: "Report", form: Format) -> None:
    """Print the report; text fits the terminal."""
    texts = {
        "text": lambda: report.text(max(40, min(console.width, 110))) + "\n",
        "markdown": report.markdown,
    }
    texts |= {"json": lambda: report.json() + "\n", "html": lambda: report.html() + "\n"}
    sys.stdout.write(texts[form.value]())


def save(report: "Report", target: Path) -> None:
    """Write the report, or its picture, as the suffix says."""
    suffix = target.suffix.lower()
    if suffix == ".svg":
        report.diagram().save(target)
        return
    texts = {".txt": report.text, ".md": report.markdown, ".json": report.json, ".html": report.page}
    with written_whole(target) as file:
        file.write_text(texts[suffix]().rstrip("\n") + "\n", encoding="utf-8")
