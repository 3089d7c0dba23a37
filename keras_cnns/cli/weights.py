"""`keras-cnns weights`: which published weights there are, and what is known of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import Force, console
from keras_cnns.cli.output_format import Format, Printed, Written, checked_output, deliver
from keras_cnns.tables import Cell, Span, Table, as_csv, as_json

if TYPE_CHECKING:
    from keras_cnns.weights import Preprocessing, WeightSet


def weights_command(
    name: Annotated[
        str | None, typer.Argument(help="A network's name, for all that is known of its weights.")
    ] = None,
    form: Printed = None,
    output: Written = None,
    force: Force = False,
) -> None:
    """List the published weights that `create(name, weights=SOURCE)` and `predict` take.

    `imagenet` is a network's first source whose file can be read with what is installed. Accuracies are the
    source's own, top-1 and top-5 in per cent on the validation images of ILSVRC 2012. Preprocessing is named
    as in Keras: `caffe` (BGR less the mean), `tf` (-1 to 1) or `torch` (mean and deviation), then the
    shorter side and the crop.
    """
    from keras_cnns.weights import SETS

    target = checked_output(output, force)
    rows: tuple[WeightSet, ...] = SETS
    if name is not None:
        network = find_network(name).name
        rows = tuple(row for row in SETS if row.network == network)
        if not rows:
            able = ", ".join(dict.fromkeys(row.network for row in SETS))
            raise ValueError(f"there are no published weights for {network}; there are for {able}.")
    writers = {
        Format.text: lambda: "".join(map(details, rows)) if name else overview(rows).text(console.width),
        Format.csv: lambda: as_csv([flat(record(row)) for row in rows]),
        Format.json: lambda: as_json([record(row) for row in rows]),
        Format.markdown: lambda: linked(rows).markdown(),
        Format.html: lambda: linked(rows).html(),
    }
    deliver(writers, form, target)


def overview(rows: tuple["WeightSet", ...]) -> Table:
    """A line for each set, in eighty columns."""
    cells: list[list[Cell]] = []
    for row in rows:
        accuracy = f"{percent(row.top1)} {percent(row.top5)}".strip()
        steps = summary(row.preprocessing).removesuffix(", bicubic")
        cells.append([row.network, row.source, megabytes(row), row.licence, accuracy, steps])
    headings = ["network", "source", "MB", "licence", "top-1, 5", "preprocessing"]
    return Table(headings, cells, left=(0, 1, 3, 5))


def linked(rows: tuple["WeightSet", ...]) -> Table:
    """The same, with links to the files."""
    headings = ["network", "source", "file", "MB", "licence", "top-1", "top-5", "preprocessing"]
    cells: list[list[Cell]] = [
        [
            Span(row.network, "code"),
            Span(row.source, "code"),
            Span(row.file.name, "code", row.file.url),
            megabytes(row),
            row.licence,
            percent(row.top1),
            percent(row.top5),
            summary(row.preprocessing),
        ]
        for row in rows
    ]
    return Table(headings, cells, left=(0, 1, 2, 4, 7))


def details(row: "WeightSet") -> str:
    """All that is known of a set, and whether its file is on this machine."""
    known = record(row) | {
        "options": ", ".join(f"{name}={value!r}" for name, value in row.options.items()),
        "preprocessing": formula(row.preprocessing),
        "here": str(row.file.path) if row.file.path.is_file() else "not downloaded yet",
    }
    lines = [f"{row.network} from {row.source}"]
    lines += [
        f"  {key:<14} {value}"
        for key, value in known.items()
        if key not in ("network", "source") and value not in (None, "")
    ]
    return "\n".join(lines) + "\n\n"


def flat(known: dict[str, object]) -> dict[str, object]:
    """The same with one value in each cell, for CSV."""
    return {
        key: ", ".join(f"{name}={item}" for name, item in value.items()) if isinstance(value, dict) else value
        for key, value in known.items()
    }


def formula(steps: "Preprocessing | None") -> str:
    """Say what becomes of an image."""
    if steps is None:
        return "not known"
    mean, std = (" ".join(f"{number:g}" for number in numbers) for numbers in (steps.mean, steps.std))
    return f"{steps.resize}→{steps.size} {steps.interpolation}; {steps.mode}, less {mean}, divided by {std}"


def record(row: "WeightSet") -> dict[str, object]:
    """What is known of a set, as JSON has it."""
    steps = row.preprocessing
    return {
        "network": row.network,
        "source": row.source,
        "file": row.file.name,
        "url": row.file.url,
        "digest": row.file.digest or "stated by the host",
        "bytes": row.file.size,
        "licence": row.licence,
        "top1": row.top1,
        "top5": row.top5,
        "classes": row.classes,
        "options": dict(row.options),
        "preprocessing": dict(vars(steps)) if steps else None,
        "note": getattr(row, "note", ""),
    }


def summary(steps: "Preprocessing | None") -> str:
    """Name a preprocessing in a few words: "torch 256→224", "tf 341→299, bicubic"."""
    from keras_cnns.weights import Preprocessing

    if steps is None:
        return "not known"
    given = (steps.size, steps.resize, steps.interpolation)
    modes = {name: getattr(Preprocessing, name)(*given) for name in ("caffe", "tf", "torch")}
    mode = next((name for name, known in modes.items() if known == steps), steps.mode)
    bicubic = ", bicubic" if steps.interpolation == "bicubic" else ""
    return f"{mode} {steps.resize}→{steps.size}{bicubic}"


def percent(accuracy: float | None) -> str:
    return "" if accuracy is None else f"{accuracy:.1f}"


def megabytes(row: "WeightSet") -> str:
    return f"{row.file.size / 1e6:.0f}"
