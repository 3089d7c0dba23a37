"""What `keras-cnns compare` takes, with its words in the help."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Level(str, Enum):
    """What `--level` takes."""

    exact = "exact"
    equivalent = "equivalent"
    same_shapes = "same shapes"


Students = Annotated[
    list[str], typer.Argument(metavar="STUDENT.keras", help="Models saved by Keras, or a network's name.")
]
Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="What it should be: a network's name, or a file.")
]
Enough = Annotated[Level, typer.Option(help="What is enough for success; `equivalent`: the same function.")]
Ignored = Annotated[
    list[str] | None,
    typer.Option(help="What does not count: an attribute such as `n_classes`, a mistake, or a layer."),
]
AlsoCounted = Annotated[
    list[str] | None,
    typer.Option(help="What else counts: `dropout`, `momentum`, `initializers`, `regularizers`, `names`."),
]
Classes = Annotated[
    int | None, typer.Option(min=2, help="Classes of a REFERENCE that is a name; default: the paper's.")
]
Images = Annotated[
    str | None, typer.Option(metavar="HxWxC", help="Its images, such as `32x32x3`; default: the paper's.")
]
Points = Annotated[float, typer.Option(help="With several files: what a file without differences gets.")]
Costs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MISTAKE=POINTS",
        help="What a mistake or attribute costs, such as `epsilon=0`; others: a quarter of the points.",
    ),
]
AsCsv = Annotated[
    bool, typer.Option("--csv", help="Print a line for each file, comma-separated, also for one file.")
]
Proved = Annotated[
    bool | None,
    typer.Option(
        "--prove/--no-prove",
        help="Run both with equal weights, whatever it takes; default: where it takes two seconds.",
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write a file: .txt, .csv, .json, .md, .html, or a picture, .svg."),
]
