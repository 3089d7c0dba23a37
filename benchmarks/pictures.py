"""Pictures: how long ours take beside those of keras.utils.plot_model, and how they grow with the network.

    python benchmarks/pictures.py [--quick] [--csv FILE]

Models are built before, without weights. A time is that of drawing and writing the file, in one process; a
size is the file's. Our SVG stands beside theirs, and beside their PNG, the one they write by default.
`plot_model` needs Graphviz' program dot (Debian: apt-get install graphviz). "Steps" are our own: fold equal
parts, lay out, write SVG. So are those of chains of residual blocks of two layers each, and of a deep
U-shape, in which each layer on the way down is read again on the way up, so that most is drawn as it is.
`plot_model` draws only the shortest chain, since the others take it too long.
"""

import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import processes
from harness import Report, alternate, at_most, options, theirs_at_least, timed

sys.path.insert(0, str(processes.ROOT))

NETWORKS = {
    "InceptionResNetV2": {"png": 25.0, "svg": 100.0},
    "ResNet50": {"png": 15.0, "svg": 120.0},
    "InceptionV3": {},
    "ResNet152": {},
    "VGG16": {},
}
LAYERS = (500, 1000, 2000, 4000, 8000)
LAYERS_OF_U = 4000
GOALS_OF_STEPS = {"ResNet50": 8.0, 4000: 500.0}


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    if not shutil.which("dot"):
        sys.exit("keras.utils.plot_model needs Graphviz' program dot; on Debian: apt-get install graphviz")
    processes.start_quietly()
    warnings.simplefilter("ignore")
    report = Report("Pictures: ours beside keras.utils.plot_model", given.csv)
    names = list(NETWORKS)[-1:] if given.quick else list(NETWORKS)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            files(report, name, Path(folder), rounds=1 if given.quick else 3)
    for name in names:
        steps(report, name, network(name), 3 if given.quick else 20)
    sys.setrecursionlimit(200_000)  # Keras looks at a layer from within its look at the next
    for layers in LAYERS[:1] if given.quick else LAYERS:
        model = chain_of(layers)
        steps(report, layers, model, 5)
        if layers == LAYERS[0] and not given.quick:
            with tempfile.TemporaryDirectory() as folder:
                draw = partial(theirs, model, to_file=str(Path(folder, "theirs.svg")))
                report.add(case_of(layers), "keras plot_model, SVG", [timed(draw)()], "ms")
    if not given.quick:
        steps(report, f"U-shape of {LAYERS_OF_U:,} layers", u_shape_of(LAYERS_OF_U), 5)
    return report.finish()


def network(name: str) -> Any:
    import keras

    from keras_cnns.weightless import build_weightless

    return build_weightless(getattr(keras.applications, name), weights=None)


def theirs(model: Any, to_file: str) -> None:
    """`keras.utils.plot_model`, which, where IPython is, cannot show the SVG that it has written."""
    import keras

    with suppress(ValueError):
        keras.utils.plot_model(model, to_file=to_file)


def chain_of(layers: int) -> Any:
    """Residual blocks of a convolution and a sum."""
    import keras

    from keras_cnns.weightless import build_weightless

    def chain() -> keras.Model:
        x = y = keras.Input((8, 8, 4))
        for _ in range(layers // 2):
            y = keras.layers.Add()([keras.layers.Conv2D(4, 3, padding="same")(y), y])
        return keras.Model(x, y)

    return build_weightless(chain)


def u_shape_of(layers: int) -> Any:
    """Convolutions, each on the way down added to what stands across from it on the way up."""
    import keras

    from keras_cnns.weightless import build_weightless

    def u_shape() -> keras.Model:
        x = y = keras.Input((8, 8, 4))
        skips = []
        for _ in range(layers // 3):
            skips.append(y := keras.layers.Conv2D(4, 3, padding="same")(y))
        for skip in reversed(skips):
            y = keras.layers.Conv2D(4, 3, padding="same")(y)
            y = keras.layers.Add()([y, skip])
        return keras.Model(x, y)

    return build_weightless(u_shape)


def files(report: Report, name: str, folder: Path, rounds: int) -> None:
    """Both draw the same model into files of their own."""
    from keras_cnns.visualize import plot_model

    model = network(name)
    paths = {
        (who, kind): folder / f"{who}.{kind}"
        for who in ("ours", "keras plot_model")
        for kind in ("png", "svg")
    }
    acts: dict[tuple[str, str], Callable[[], object]] = {}
    for (who, kind), path in paths.items():
        draw = plot_model if who == "ours" else theirs
        acts[who, kind] = partial(draw, model, to_file=str(path))
    for kind in ("png", "svg"):
        acts["ours", kind]()  # imports what it needs
    times = alternate({key: timed(act) for key, act in acts.items()}, rounds)
    for kind in ("png", "svg"):
        case, goal = f"{name}, {kind.upper()}", NETWORKS[name].get(kind)
        report.add(case, "ours", times["ours", kind], "ms")
        if kind == "svg":
            report.add(case, "keras plot_model, SVG", times["keras plot_model", "svg"], "ms")
        bound = theirs_at_least(goal) if goal else None
        report.add(case, "keras plot_model, PNG", times["keras plot_model", "png"], "ms", bound)
        for who in ("ours", "keras plot_model"):
            size = paths[who, kind].stat().st_size / 1000
            report.add(case, f"{who}, {kind.upper()}" if who != "ours" else who, [size], "kB")


def steps(report: Report, name: str | int, model: Any, runs: int) -> None:
    from keras_cnns.diagram.draw.captions import CaptionOptions
    from keras_cnns.diagram.draw.layout import layout
    from keras_cnns.diagram.fold.fold import fold
    from keras_cnns.diagram.output.svg import to_svg

    def draw() -> None:
        to_svg(layout(fold(model), CaptionOptions()))

    draw()
    results = alternate({"ours": timed(draw)}, runs)["ours"]
    bound = GOALS_OF_STEPS.get(name)
    report.add(case_of(name), "ours", results, "ms", at_most(bound) if bound else None)


def case_of(name: str | int) -> str:
    return f"{name:,} layers" if isinstance(name, int) else f"{name}, steps"


if __name__ == "__main__":
    sys.exit(main())
