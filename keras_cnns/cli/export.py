"""`keras-cnns export`: a trained model as a file for another program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_cnns.backends import require_backend
from keras_cnns.building import is_file, saved
from keras_cnns.catalog import facts
from keras_cnns.cli.common import Force, say
from keras_cnns.engines.places import checked_place, shown_size
from keras_cnns.keras_files.stored_use import Use, stored_use
from keras_cnns.tables import shape_text

if TYPE_CHECKING:
    import keras

OF_A_RUN = ("best.keras", "model.keras")  # the models in the folder that a training run keeps

Source = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE.keras|RUN",
        help="A network's name, a model that Keras saved, or a training run's folder.",
    ),
]
Target = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="x.onnx for onnxruntime, x.xml for OpenVINO (its weights go to x.bin), x.tflite for LiteRT, or "
        "a folder for TensorFlow Serving (a SavedModel).",
    ),
]


def export_command(
    source: Source,
    output: Target,
    weights: Annotated[
        str | None,
        typer.Option(
            help="For a NAME: a source that `keras-cnns weights NAME` lists, or a file; `imagenet`."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Write a trained model for another program, and prove that the file computes the same.

    `keras-cnns export mine.keras -o mine.onnx` writes a file for onnxruntime, runs it there on random
    inputs, and compares the outputs with the model's. Only a file that agrees within 1e-5 takes its place.

    Keras writes with the backend that computes: ONNX and OpenVINO from TensorFlow and PyTorch, LiteRT from
    TensorFlow, SavedModel from TensorFlow and JAX. Choose it with the environment variable KERAS_BACKEND.
    What the file takes are images as the network was trained on: scale them before. For a model of
    `keras-cnns train` the command says how.
    """
    checked_place(output, force, "--output", "--force")
    model = trained(source, weights)
    import keras_cnns

    done = keras_cnns.export(model, output, force)
    say(f"{done.path} written: {done.format}, {shown_size(done.path)}; {done.reader} has run it.")
    say(f"Its outputs are the model's within {done.difference:.1e} of the largest, on random inputs.")
    if done.caveat:
        say(f"But {done.caveat}.")
    if done.quantized[0]:
        say("{} of its {} layers with weights compute in 8 bits.".format(*done.quantized))
    for words, tensors in (("takes", model.inputs), ("gives", model.outputs)):
        for tensor in tensors:
            say(f"It {words} n × {shape_text(tensor.shape)}, {tensor.dtype}.")
    if use := use_of_source(source):
        say(use.words)


def model_file(source: str) -> Path:
    """Return the file of the model that a file's name or a run's folder means."""
    path = Path(source)
    return (
        next((path / name for name in OF_A_RUN if (path / name).is_file()), path) if path.is_dir() else path
    )


def use_of_source(source: str) -> Use | None:
    """Return what a file says about its use, if it is one that can say."""
    if not is_file(source) or model_file(source).suffix.lower() != ".keras":
        return None
    return stored_use(model_file(source))


def trained(source: str, weights: str | None) -> "keras.Model":
    """Return the network with published weights, or the model in the file."""
    if not is_file(source):
        import keras_cnns

        return keras_cnns.create(facts.find_network(source).name, weights=weights or "imagenet")
    if weights is not None:
        raise ValueError("--weights is for a network's name; a file has the weights that it was saved with.")
    path = model_file(source)
    if not path.is_file() or path.suffix.lower() not in (".keras", ".h5"):
        raise ValueError(
            "NAME, FILE.keras or RUN must be a network's name, a model's file or a run's folder; "
            f"got {source}."
        )
    require_backend()
    saved(path)  # refuses, with its reason, what is not safe to load
    import keras

    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # whatever Keras and h5py raise
        raise ValueError(f"{source} is no model that Keras can load: {error}") from error
