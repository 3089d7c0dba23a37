"""`keras-cnns train`: from images to a trained model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_cnns.api import create
from keras_cnns.atomic_write import written_whole
from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import Force, Name, console, free_path

if TYPE_CHECKING:
    import numpy as np

ModelFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="The model's file; default: NAME.keras, here.")
]


def train_command(
    name: Name,
    data: Annotated[
        str, typer.Option(help="`digits`, or a folder with a sub-folder of images for each class.")
    ],
    size: Annotated[
        int | None, typer.Option(help="Height and width of the images; default: the paper's size.", min=1)
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the images.", min=1)] = 30,
    batch_size: Annotated[int, typer.Option(help="Images in one step.", min=1)] = 32,
    learning_rate: Annotated[float, typer.Option(help="Adam's, at the start; it decays to zero.")] = 0.003,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.", min=0)] = 1,
    output: ModelFile = None,
    force: Force = False,
) -> None:
    """Train a network from scratch and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. Scale pixels to 0-1 when you use the saved model, as in training.
    """
    row = find_network(name)
    target = free_path(output or Path(f"{row.name}.keras"), force, ".keras")
    import keras

    from keras_cnns import training

    images = training.load(data)
    keras.utils.set_random_seed(seed)
    in_shape = (size, size, row.in_shape[2]) if size else row.in_shape
    optimizer = training.optimizer(images, epochs, batch_size, learning_rate)
    model = create(row.name, in_shape, len(images.classes), optimizer)
    console.print(
        f"{row.name}: {model.count_params():,} parameters, {len(images.train[0]):,} images to learn from, "
        f"{len(images.test[0]):,} held out, {len(images.classes)} classes"
    )
    training.fit(model, images, epochs, batch_size, seed, verbose="auto" if console.is_terminal else 2)
    table = training.confusion(model, images, batch_size)
    console.print(f"top-1 on the held-out images: {table.trace() / table.sum():.2%}")
    console.print(worst_pair(table, images.classes), markup=False)
    with written_whole(target) as file:
        model.save(file)
    console.print(f"{target} written.", highlight=False, markup=False)


def worst_pair(table: "np.ndarray", classes: list[str]) -> str:
    """Say which two classes are confused most often."""
    wrong = table.copy()
    wrong[range(len(classes)), range(len(classes))] = 0
    if not wrong.any():
        return "no held-out image is misclassified"
    true, read = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong[true, read]} of {table[true].sum()}"
    return f"most often confused: {classes[true]} for {classes[read]}, {times}"
