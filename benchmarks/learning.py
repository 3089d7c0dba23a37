"""How well a network learns the 1,797 digits of scikit-learn, over several seeds.

python benchmarks/learning.py [lenet_5] [--size 32] [--epochs 30] [--seeds 5] [--folds]

Each seed decides the weights at the start, the order of the images and their distortions. What is printed is
the accuracy after the last epoch on the digits held out, not the best of any epoch. With --folds these are
left alone: each seed is tested on another fifth of the digits to learn from. Settings are to be chosen so.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np

from keras_cnns import create, training
from keras_cnns.catalog.facts import find_network

FOLDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", nargs="?", default="lenet_5")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folds", action="store_true")
    asked = parser.parse_args()
    in_shape = (asked.size, asked.size, find_network(asked.network).in_shape[2])
    data = training.load("digits")
    found = []
    for seed in range(1, asked.seeds + 1):
        start = process_time()
        used = fold(data, seed % FOLDS) if asked.folds else data
        found.append(accuracy(asked.network, in_shape, used, asked.epochs, seed))
        print(f"seed {seed}: {found[-1]:.2%}, {process_time() - start:.0f} s of computing", flush=True)
    print(
        f"{asked.network} at {asked.size}x{asked.size}: at least {min(found):.2%}, median {median(found):.2%}"
    )


def fold(data: training.Data, number: int) -> training.Data:
    """Return the digits to learn from, of which a fifth is set apart; a class has the same share of each."""
    images, labels = data.train
    place = np.empty(len(labels), dtype=int)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        here = random.permutation(np.flatnonzero(labels == label))
        place[here] = np.arange(len(here)) % FOLDS
    rest, fifth = (
        ([images[int(i)] for i in np.flatnonzero(part)], labels[part])
        for part in (place != number, place == number)
    )
    return training.Data(rest, fifth, data.classes)


def accuracy(
    network: str, in_shape: tuple[int, int, int], data: training.Data, epochs: int | None, seed: int
) -> float:
    """Train with the small recipe, as `keras-cnns train` does, and return the accuracy at the end."""
    keras.utils.set_random_seed(seed)
    model = create(network, in_shape, len(data.classes))
    with tempfile.TemporaryDirectory() as folder:
        rows = training.train(model, data, folder, epochs=epochs, seed=seed)
    return float(rows[-1]["val_accuracy"])


if __name__ == "__main__":
    main()
