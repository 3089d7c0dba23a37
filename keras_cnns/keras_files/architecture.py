"""The architecture of an untrusted `.keras` file: none of its code runs, no weight is read."""

from math import prod
from pathlib import Path

import keras

from keras_cnns import graph
from keras_cnns.keras_files.description import read_config
from keras_cnns.keras_files.effort import MOST_STEPS, SECONDS, effort
from keras_cnns.keras_files.keras2 import is_old, modernize, without_builds
from keras_cnns.keras_files.models_listed import layers_of
from keras_cnns.keras_files.opaque_boxes import NoShape, put_boxes
from keras_cnns.keras_files.policy import IF_TRUSTED, objects, refusal
from keras_cnns.safe_text import shortened
from keras_cnns.weightless import build_weightless

MOST_VALUES = 10**60  # of a tensor; the largest float is 10**308, and two sizes are multiplied for a cost

TOO_DEEP = "describes layers that are nested too deeply, or a chain that is too long, for Keras to build."


def load_architecture(path: Path, limit: float | None = MOST_STEPS) -> keras.Model:
    """Build the model that a file describes, without its weights and not compiled.

    What Keras 2 wrote is read as Keras 3 writes it. A layer whose code is not in the file, of a person's own
    class or a Lambda, becomes an `OpaqueLayer` with the name of its class and the shapes that the file has.

    Args:
        path: a file that `model.save` wrote, `.keras` or `.h5`, or one with the text of `model.to_json()`.
        limit: how much work building may be, in calls of a layer; None for any. A model of a thousand layers
            needs about a thousand; a Sequential model's calls grow with the square of its layers.

    Returns:
        The model: its variables have shapes but no values. To use it, load the file with Keras.

    Raises:
        ValueError: if it is no such file, names anything that is not safe to build, or describes more work
            than the limit; it says what to do.
        OSError: if it cannot be read.
    """
    config = read_config(path)
    for node in objects(config):
        node.pop("compile_config", None)  # optimizer, losses and metrics are no part of the architecture
    old = prepare(path, config, limit)
    for node in objects(config):
        if reason := refusal(node):
            raise ValueError(f"{path} was not opened: it {reason}")
    try:
        model = build_weightless(keras.saving.deserialize_keras_object, config, safe_mode=True)
    except RecursionError:
        raise ValueError(f"{path} {TOO_DEEP}") from None
    except Exception as error:  # whatever a damaged description makes Keras stumble over
        words = str(error).rpartition("Exception encountered: ")[2]  # Keras wraps it in the description
        reason = " ".join(words.split())[:300] or type(error).__name__
        if old:
            raise ValueError(
                f"{path} was written by Keras 2, and Keras {keras.__version__} cannot build it: {reason!r}. "
                "Build the network in Keras 3, and give the model."
            ) from error
        raise ValueError(f"{path} does not describe a model that can be built: {reason!r}") from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"{path} must hold a model; it holds a {type(model).__name__}.")
    check_sizes(path, model)
    return model


def prepare(path: Path, config: dict, limit: float | None) -> bool:
    """Change a description into one that Keras 3 builds and that names no code; say whether Keras 2 wrote it.

    Layers whose code is not in the file become boxes.
    """
    try:
        if old := is_old(config):
            modernize(config)
    except RecursionError:
        raise ValueError(f"{path} {TOO_DEEP}") from None
    except Exception as error:  # whatever a damaged description makes the translation stumble over
        raise ValueError(f"{path} does not describe a model that can be built: {error!r:.200}") from None
    if limit is not None:
        check_effort(path, config, limit)
    if not layers_of(config):
        check_model(path, config)
    try:
        put_boxes(config)
    except NoShape as error:
        raise ValueError(f"{path} {error} {IF_TRUSTED}") from None
    except RecursionError:
        raise ValueError(f"{path} {TOO_DEEP}") from None
    except Exception as error:
        raise ValueError(f"{path} does not describe a model that can be built: {error!r:.200}") from None
    if old:
        without_builds(config)
    return old


def check_model(path: Path, config: dict) -> None:
    """Raise a ValueError if a description is that of a class of a person's own, and lists no layers."""
    name = str(config.get("class_name", "")).rpartition(">")[2]
    module = config.get("module")
    if name and (module is None or not str(module).startswith(("keras", "tf_keras", "builtins"))):
        raise ValueError(
            f"{path} holds a model of the class {shortened(name)!r}, whose layers are made by code that is "
            "not in the file. Load it with keras.models.load_model, the class in custom_objects, "
            f"{IF_TRUSTED}"
        )


def check_effort(path: Path, config: dict, limit: float) -> None:
    """Raise a ValueError if it takes more than `limit` steps to build what a file describes."""
    try:
        layers, references, steps = effort(config, limit)
    except RecursionError:
        raise ValueError(f"{path} {TOO_DEEP}") from None
    if steps > limit:
        raise ValueError(
            f"{path} describes {layers:,} layers with {references:,} connections; building it takes about "
            f"{duration(steps * SECONDS)}. To go on, give --no-limit on the command line, or in Python the "
            "model that keras_cnns.keras_files.architecture.load_architecture(path, limit=None) returns."
        )


def duration(seconds: float) -> str:
    """Return a time in words, rounded, as it is an estimate."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count:,} {unit}{'s' * (count > 1)}" if count < 1000 else f"more than 1,000 {unit}s"
    return f"{seconds:.0f} seconds"


def check_sizes(path: Path, model: keras.Model) -> None:
    """Raise a ValueError unless all tensors have sizes that can be counted with."""
    shapes = [variable.shape for variable in model.variables]
    if getattr(model, "outputs", None):
        shapes += [
            shape for vertex in graph.read(model, own_layers=False).vertices for shape in vertex.shapes
        ]
    for shape in shapes:
        known = [size for size in shape if size is not None]
        if not all(isinstance(size, int) and size >= 0 for size in known) or prod(known) > MOST_VALUES:
            raise ValueError(f"{path} describes a tensor that no computer can hold, of shape {shape!r:.80}.")
