"""Time and size of our pictures beside those of `keras.utils.plot_model`.

python benchmarks/diagram.py [--quick]

In process: the model is built already, without weights, and the picture is drawn and written; the fastest of
several runs counts. Whole process: Python starts, imports Keras, builds, draws and writes.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
from keras import layers
from rich.console import Console
from rich.table import Table

from keras_cnns import visualize
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.layout import layout
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.weightless import build_weightless

MODELS = ("VGG16", "ResNet50", "InceptionV3", "InceptionResNetV2", "ResNet152")
DEPTHS = (50, 100, 200, 500, 1000, 2000)
WHOLE = """
import keras
from keras_cnns.weightless import build_weightless
from keras_cnns.visualize import plot_model as ours
theirs = keras.utils.plot_model
{who}(build_weightless(keras.applications.{model}, weights=None), to_file={path!r})
"""
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one run of each, no whole processes")
    quick = parser.parse_args().quick
    if not shutil.which("dot"):
        sys.exit("keras.utils.plot_model needs Graphviz' program dot; on Debian: apt-get install graphviz")
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        in_process(Path(folder), runs=1 if quick else 3)
        if not quick:
            whole_process(Path(folder))
        growth(Path(folder), DEPTHS[:3] if quick else DEPTHS)
    steps()


def in_process(folder: Path, runs: int) -> None:
    table = new_table("In process: draw and write", "picture")
    for name in MODELS:
        model = build_weightless(getattr(keras.applications, name), weights=None)
        for kind in ("png", "svg"):
            row = []
            for who, draw in (("ours", visualize.plot_model), ("Keras", keras.utils.plot_model)):
                path = folder / f"{who}.{kind}"
                row.append((fastest(lambda: draw(model, to_file=str(path)), runs), path.stat().st_size))  # noqa: B023
            add(table, f"{name} {kind.upper()}", *row)
    console.print(table)


def whole_process(folder: Path) -> None:
    table = new_table("Whole process, most of which imports Keras", "picture")
    for name in ("ResNet50", "InceptionResNetV2"):
        for kind in ("png", "svg"):
            row = []
            for who in ("ours", "theirs"):
                path = folder / f"{who}.{kind}"
                code = WHOLE.format(who=who, model=name, path=str(path))
                command = [sys.executable, "-c", code]
                here = {**os.environ, "PYTHONPATH": sys.path[0]}
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                seconds = fastest(lambda: subprocess.run(command, check=True, env=here, **quiet), 1)  # noqa: B023
                row.append((seconds, path.stat().st_size))
            add(table, f"{name} {kind.upper()}", *row)
    console.print(table)


def growth(folder: Path, depths: tuple[int, ...]) -> None:
    """Residual chains; Keras recurses when it builds one, and dot takes too long for the deepest."""
    sys.setrecursionlimit(100_000)
    table = new_table("Growth with depth: residual blocks, SVG", "blocks")
    for depth in depths:
        model = build_weightless(residual_chain, depth)
        path = folder / "ours.svg"
        ours = fastest(lambda: visualize.plot_model(model, path), 1), path.stat().st_size  # noqa: B023
        theirs = None
        if depth <= 500:
            path = folder / "theirs.svg"
            seconds = fastest(lambda: keras.utils.plot_model(model, to_file=str(path)), 1)  # noqa: B023
            theirs = seconds, path.stat().st_size
        add(table, str(depth), ours, theirs)
    console.print(table)


def residual_chain(depth: int) -> keras.Model:
    x = y = keras.Input((8, 8, 4))
    for _ in range(depth):
        y = layers.Add()([layers.Conv2D(4, 3, padding="same")(y), y])
    return keras.Model(x, y)


def steps() -> None:
    """What our own share of a picture costs: read and fold, lay out, write SVG."""
    table = Table(title="Our own steps, median of 20, ms", title_justify="left")
    for column in ("model", "fold", "layout", "SVG", "together"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for name in MODELS:
        model = build_weightless(getattr(keras.applications, name), weights=None)
        runs = [timed_steps(model) for _ in range(20)]
        medians = [1000 * statistics.median(run[i] for run in runs) for i in range(3)]
        table.add_row(name, *(f"{value:.1f}" for value in (*medians, sum(medians))))
    console.print(table)


def timed_steps(model: keras.Model) -> tuple[float, float, float]:
    start = perf_counter()
    folded = fold(model)
    between = perf_counter()
    scene = layout(folded, CaptionOptions())
    drawn = perf_counter()
    to_svg(scene)
    return between - start, drawn - between, perf_counter() - drawn


def fastest(act, runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = perf_counter()
        act()
        seconds.append(perf_counter() - start)
    return min(seconds)


def new_table(title: str, what: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(what)
    for column in ("ours", "Keras", "faster", "ours", "Keras", "smaller"):
        table.add_column(column, justify="right")
    return table


def add(table: Table, name: str, ours: tuple[float, int], theirs: tuple[float, int] | None) -> None:
    """A row: time of both, how many times faster; size of both, how many times smaller."""
    cells = []
    for i, unit in enumerate((lambda s: f"{1000 * s:,.0f} ms", lambda n: f"{n / 1000:,.0f} kB")):
        cells += [unit(ours[i]), unit(theirs[i]) if theirs else "–"]
        cells.append(f"{theirs[i] / ours[i]:,.1f}×" if theirs else "–")
    table.add_row(name, *cells)


if __name__ == "__main__":
    main()
