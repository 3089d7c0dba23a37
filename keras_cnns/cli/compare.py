"""`keras-cnns compare`: how a model differs from the network that it should be."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from keras_cnns import backends
from keras_cnns.arguments import shown
from keras_cnns.building import checked_source, is_file, resolve, saved
from keras_cnns.cli.common import Force, NoLimit, console, say_error
from keras_cnns.cli.compare_class import compare_class, status_of, worst, writers
from keras_cnns.cli.compare_options import (
    AlsoCounted,
    AsCsv,
    Classes,
    Costs,
    Enough,
    Ignored,
    Images,
    Level,
    Points,
    Proved,
    Reference,
    ReportFile,
    Students,
)
from keras_cnns.cli.output_format import Format, Printed, checked_output, deliver, say_written
from keras_cnns.comparison.also import checked_also
from keras_cnns.comparison.report.scale import check_scale

if TYPE_CHECKING:
    from keras_cnns.comparison.report.report import Report


def compare_command(
    students: Students,
    reference: Reference,
    level: Enough = Level.equivalent,
    ignore: Ignored = None,
    also: AlsoCounted = None,
    n_classes: Classes = None,
    in_shape: Images = None,
    points: Points = 100,
    weight: Costs = None,
    as_csv: AsCsv = False,
    prove: Proved = None,
    form: Printed = None,
    output: ReportFile = None,
    no_limit: NoLimit = False,
    force: Force = False,
) -> None:
    """Say how a model departs from a published network: root causes first, in plain words.

    `keras-cnns compare student.keras alexnet` names what is missing, extra, changed or rewired. Names,
    nesting and the style of writing do not count. Only the architectures of files are read.

    `keras-cnns compare *.keras alexnet --csv` compares what a class handed in, a line for each file: file,
    verdict, score, number of decisions, first remark. A file that cannot be read has the verdict "error" and
    does not stop the others.

    The exit status is 0 if each model is what it should be, 1 if one is not, 2 on an error, and 3 if one is
    unknown and none differs: what can be seen is as it should be, and a layer is closed or nothing is proved.
    """
    is_class = as_csv or len(students) > 1
    form = Format.csv if as_csv else form
    try:
        target = checked_output(output, force, *([] if is_class else [".svg"]))
        weights, shape = weights_of(weight or []), image_shape(in_shape)
        if not is_class:  # a student's file that is wrong has a line of its own
            checked_source("student", students[0])
        checked_source("reference", reference)
        check_scale(points, weights)
        checked_also(also or ())
        backends.choose_lightest()
        options = {"ignore": ignore or (), "also": also or (), "in_shape": shape, "n_classes": n_classes}
        compare_one = comparison(reference, no_limit, {**options, "prove": prove})
        if is_class:
            lines = compare_class(students, compare_one, points, weights, level.value)
            deliver(writers(lines, console.width), form, target)
            status = worst(line.status for line in lines)
        else:
            report = compare_one(students[0])
            show(report, form, target)
            status = status_of(report, level.value)
    except BrokenPipeError:
        raise
    except Exception as error:
        say_error(error)
        raise typer.Exit(2) from None
    if status:
        raise typer.Exit(status)


def comparison(reference: str, no_limit: bool, options: dict[str, Any]) -> Callable[[str], "Report"]:
    """What compares a student's file; a reference that is a file is read once."""
    from keras_cnns.api import compare

    def opened(argument: str, source: str) -> Any:
        return saved(Path(source), no_limit=True) if no_limit else resolve(argument, source)

    expected = opened("reference", reference) if is_file(reference) else reference

    def compare_one(source: str) -> "Report":
        return compare(opened("student", source) if is_file(source) else source, expected, **options)

    return compare_one


def weights_of(words: list[str]) -> dict[str, float]:
    """What is written as `epsilon=0.5`, several times."""
    found = {}
    for word in words:
        name, _, number = word.rpartition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise ValueError(
                f"--weight must be a mistake and points, such as epsilon=0.5; got {shown(word)}."
            ) from None
    return found


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
    """Write the report or its picture, or print the report as wide as the terminal."""
    is_picture = target is not None and target.suffix.lower() == ".svg"
    if target and is_picture:
        report.diagram().save(target)
        say_written(target, form)
        if form is None:
            return
    width = max(40, min(console.width, 110)) if target is None or is_picture else 100
    forms = {
        Format.text: lambda: report.text(width).rstrip("\n") + "\n",
        Format.csv: report.csv,
        Format.json: lambda: report.json().rstrip("\n") + "\n",
        Format.markdown: report.markdown,
        Format.html: lambda: (report.page(picture=True) if target else report.html()).rstrip("\n") + "\n",
    }
    deliver(forms, form, None if is_picture else target)
