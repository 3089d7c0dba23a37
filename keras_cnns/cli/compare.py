"""`keras-cnns compare`: how a model differs from the network that it should be."""

import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_cnns import backends
from keras_cnns.arguments import shown
from keras_cnns.building import is_file, saved
from keras_cnns.cli.common import Force, NoLimit, console, say_error
from keras_cnns.cli.output_format import Format, Printed, checked_output, deliver, say_written

if TYPE_CHECKING:
    from keras_cnns.comparison.report.report import Report


class Level(str, Enum):
    """What `--level` takes."""

    exact = "exact"
    equivalent = "equivalent"
    same_shapes = "same shapes"


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
    n_classes: Annotated[
        int | None, typer.Option(min=2, help="Classes of a REFERENCE that is a name; default: the paper's.")
    ] = None,
    in_shape: Annotated[
        str | None,
        typer.Option(metavar="HxWxC", help="Its images, such as `32x32x3`; default: the paper's."),
    ] = None,
    form: Printed = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write a file: .txt, .csv, .json, .md, .html, or a picture, .svg."
        ),
    ] = None,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Say how a model departs from a published network: root causes first, in plain words.

    `keras-cnns compare student.keras alexnet` names what is missing, extra, changed or rewired. Names,
    nesting and the style of writing do not count. The exit status is 0 if the model is what it should be, 1
    if not, 2 on an error. Only the architectures of files are read.
    """
    try:
        target = checked_output(output, force, ".svg")
        backends.choose_lightest()
        from keras_cnns.api import compare, reaches

        models = [
            saved(Path(source), no_limit) if no_limit and is_file(source) else source
            for source in (student, reference)
        ]
        report = compare(
            *models,
            ignore=ignore or (),
            also=also or (),
            in_shape=image_shape(in_shape),
            n_classes=n_classes,
        )
        show(report, form, target)
    except BrokenPipeError:
        raise
    except Exception as error:
        say_error(error)
        raise typer.Exit(2) from None
    if not reaches(report.verdict, level.value):
        raise typer.Exit(1)


def image_shape(words: str | None) -> tuple[int, ...] | None:
    """The shape that is written as `32x32x3`."""
    if words is None:
        return None
    numbers = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})[x×](\d{1,6})", words, re.ASCII)
    if not numbers:
        raise ValueError(
            f"--in-shape must be height, width and channels, such as 32x32x3; got {shown(words)}."
        )
    return tuple(map(int, numbers.groups()))


def show(report: "Report", form: Format | None, target: Path | None) -> None:
    """Write the report or its picture to the file, or print the report; text fits the terminal."""
    is_picture = target is not None and target.suffix.lower() == ".svg"
    if target and is_picture:
        report.diagram().save(target)
        say_written(target, form)
        if form is None:
            return
    width = max(40, min(console.width, 110)) if target is None or is_picture else 100
    writers = {
        Format.text: lambda: report.text(width).rstrip("\n") + "\n",
        Format.csv: report.csv,
        Format.json: lambda: report.json().rstrip("\n") + "\n",
        Format.markdown: report.markdown,
        Format.html: lambda: (report.page() if target else report.html()).rstrip("\n") + "\n",
    }
    deliver(writers, form, None if is_picture else target)
