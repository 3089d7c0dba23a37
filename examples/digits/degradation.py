"""Does depth hurt? Plain networks of 20 and 56 layers beside residual ones, as in Fig. 6 of the ResNet paper.

    pip install "keras-cnns[train]"
    python degradation.py runs/degradation

All four learn scikit-learn's 1,797 handwritten digits, which need no download, by the paper's recipe for
CIFAR-10 over fewer epochs. A plain network is the residual one without its shortcuts: the same layers, the
same parameters. Each has the folder of a run; the same command goes on where it was stopped.
FOLDER/degradation.svg has the errors by epoch.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import keras

from keras_cnns import create, training
from keras_cnns.diagram.draw.scene import Line, Scene
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.training.curves import ticks, written

NETWORKS = {  # the shortcuts, and the colour of its lines
    "plain-20": ("none", "#d55e00"),
    "plain-56": ("none", "#7a3600"),
    "resnet-20": ("zeros", "#0072b2"),
    "resnet-56": ("zeros", "#00354f"),
}
WIDTH, HEIGHT, LEFT, TOP, GAP = 380.0, 260.0, 64.0, 84.0, 64.0
GREY, RULE = "#555555", "#dddddd"


def train(name, data, asked):
    """Train a network, or go on with it, and return what is known about each epoch."""
    shortcut, _ = NETWORKS[name]
    folder = Path(asked.folder, name)
    keras.utils.set_random_seed(asked.seed)
    network = f"resnet{name[-2:]}"
    model = create(network, (asked.size, asked.size, 1), 10, shortcut=shortcut)
    # Digits are turned and moved a little, but not mirrored as the paper's photographs are.
    recipe = replace(training.recipe(network, "paper"), view=training.View())
    return training.train(
        model, data, folder, recipe, epochs=asked.epochs, batch_size=asked.batch, seed=asked.seed,
        resume=(folder / "run.json").exists(), verbose=2,
    )  # fmt: skip


def chart(runs):
    """Return the errors by epoch: plain networks on the left, residual ones on the right, as in the paper."""
    last = max(len(rows) for rows in runs.values())
    marks = ticks(0, 100)
    title = "Error on the images learned from (thin) and on those held out (thick)"
    shapes = [written(LEFT - 44, 24, title, bold=True, size=16.0)]
    for side, kind in enumerate(("plain", "resnet")):
        left = LEFT + side * (WIDTH + GAP)

        def place(epoch, error, left=left):
            return left + WIDTH * (epoch - 1) / max(last - 1, 1), TOP + HEIGHT * (1 - error / marks[-1])

        for mark in marks:
            y = place(1, mark)[1]
            shapes.append(Line(((left, y), (left + WIDTH, y)), thickness=0.8, colour=RULE))
            shapes.append(written(left - 44, y, f"{mark:g} %", GREY))
        for mark in ticks(1, last):
            if 1 <= mark <= last:
                shapes.append(written(place(mark, 0)[0] - 6, TOP + HEIGHT + 16, f"{mark:g}", GREY))
        shapes.append(written(left + WIDTH - 38, TOP + HEIGHT + 34, "epoch", GREY))
        for place_of_name, name in enumerate(name for name in runs if name.startswith(kind)):
            colour, rows = NETWORKS[name][1], runs[name]
            shapes.append(written(left + 100 * place_of_name, TOP - 24, name, colour, bold=True))
            for key, thickness in (("accuracy", 0.9), ("val_accuracy", 2.2)):
                points = tuple(place(row["epoch"], 100 * (1 - row[key])) for row in rows)
                shapes.append(Line(points, thickness=thickness, colour=colour))
    return Scene(title, LEFT + 2 * WIDTH + GAP + 30, TOP + HEIGHT + 50, tuple(shapes))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="for the runs and the picture")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--size", type=int, default=16, help="height and width of the digits")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    data = training.load("digits")
    runs = {name: train(name, data, asked) for name in asked.networks}
    picture = Path(asked.folder, "degradation.svg")
    picture.write_text(to_svg(chart(runs)) + "\n", encoding="utf-8")
    for name, rows in runs.items():
        learned, held = (100 * (1 - rows[-1][key]) for key in ("accuracy", "val_accuracy"))
        print(f"{name}: error {learned:.1f} % on the digits learned from, {held:.1f} % on those held out")
    print(f"{picture} shows them by epoch")


if __name__ == "__main__":
    main()
