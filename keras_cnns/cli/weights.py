"""`keras-cnns weights`: which published weights there are, and what is known of them."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import console

if TYPE_CHECKING:
    from keras_cnns.weights import Preprocessing, WeightSet


def weights_command(
    name: Annotated[
        str | None, typer.Argument(help="A network's name, for all that is known of its weights.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table for a README.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything for a program.")] = False,
) -> None:
    """List the published weights that `create(name, weights=SOURCE)` and `predict` take.

    A network's first source is its `imagenet`. Accuracies are the source's own, top-1 and top-5 in per cent
    on the validation images of ILSVRC 2012. Preprocessing is named as in Keras: `caffe` (BGR less the mean),
    `tf` (-1 to 1) or `torch` (mean and deviation), then the shorter side and the crop.
    """
    from keras_cnns.weights import SETS

    if markdown and as_json:
        raise ValueError("--markdown and --json are two formats; give one.")
    rows = SETS
    if name is not None:
        name = find_network(name).name
        rows = tuple(row for row in SETS if row.network == name)
        if not rows:
            able = ", ".join(dict.fromkeys(row.network for row in SETS))
            raise ValueError(f"there are no published weights for {name}; there are for {able}.")
    if as_json:
        sys.stdout.write(json.dumps([facts(row) for row in rows], indent=2) + "\n")
    elif markdown:
        sys.stdout.write(markdown_table(rows))
    elif name:
        for row in rows:
            print_facts(row)
    else:
        console.print(overview(rows))


def overview(rows: tuple["WeightSet", ...]) -> Table:
    """A line for each set, in eighty columns."""
    table = Table("network", "source", box=None, pad_edge=False)
    table.add_column("MB", justify="right")
    table.add_column("licence")
    table.add_column("top-1, 5", justify="right")
    table.add_column("preprocessing")
    for row in rows:
        accuracy = f"{percent(row.top1)} {percent(row.top5)}".strip()
        megabytes = f"{row.file.size / 1e6:.0f}"
        steps = summary(row.preprocessing).removesuffix(", bicubic")
        table.add_row(row.network, row.source, megabytes, row.licence, accuracy, steps)
    return table


def markdown_table(rows: tuple["WeightSet", ...]) -> str:
    """The same, with links to the files."""
    lines = [
        "| network | source | file | MB | licence | top-1 | top-5 | preprocessing |",
        "|---|---|---|---:|---|---:|---:|---|",
    ]
    for row in rows:
        file = f"[`{row.file.name}`]({row.file.url})"
        cells = [f"`{row.network}`", f"`{row.source}`", file, f"{row.file.size / 1e6:.0f}", row.licence]
        cells += [percent(row.top1), percent(row.top5), summary(row.preprocessing)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def print_facts(row: "WeightSet") -> None:
    """All that is known of a set, and whether its file is on this machine."""
    known = facts(row) | {
        "options": ", ".join(f"{name}={value!r}" for name, value in row.options.items()),
        "preprocessing": formula(row.preprocessing),
        "here": str(row.file.place) if row.file.place.is_file() else "not downloaded yet",
    }
    console.print(f"[bold]{row.network}[/] from [bold]{row.source}[/]", highlight=False)
    for key, value in known.items():
        if key not in ("network", "source") and value not in (None, ""):
            console.print(f"  {key:<14} {value}", highlight=False, markup=False, soft_wrap=True)
    console.print()


def formula(steps: "Preprocessing | None") -> str:
    """Say what becomes of an image."""
    if steps is None:
        return "not known"
    mean, std = (" ".join(f"{number:g}" for number in numbers) for numbers in (steps.mean, steps.std))
    return f"{steps.resize}→{steps.size} {steps.interpolation}; {steps.mode}, less {mean}, divided by {std}"


def facts(row: "WeightSet") -> dict[str, object]:
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
