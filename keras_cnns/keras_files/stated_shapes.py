"""What a description says of the shapes of tensors: where calls read them, and where layers were built."""

from itertools import islice
from typing import Any, NamedTuple

from keras_cnns.keras_files.models_listed import built_shape, layers_of
from keras_cnns.keras_files.policy import objects

# Layers of Keras whose output has the shape of their input.
PRESERVING = {"Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout", "ELU"}
PRESERVING |= {"GaussianDropout", "GaussianNoise", "GroupNormalization", "Identity", "LayerNormalization"}
PRESERVING |= {"LeakyReLU", "Masking", "PReLU", "ReLU", "RMSNormalization", "Rescaling", "Softmax"}
PRESERVING |= {"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "UnitNormalization"}
TYPES = {"bool", "string", "bfloat16", "float16", "float32", "float64", "int8", "int16", "int32", "int64"}
TYPES |= {"uint8", "uint16", "uint32", "uint64"}


class Spec(NamedTuple):
    """The shape of a tensor, None if the file does not say it, and its type."""

    shape: list | None
    dtype: str = "float32"


# By the layer that makes it and the number of the call, the outputs by their numbers.
Made = dict[tuple[str, int], dict[int, Spec]]


def tensors_read(layers: list[dict]) -> Made:
    """What the calls of a functional model say of the tensors that they read."""
    found: Made = {}
    for node in objects({"calls": [layer.get("inbound_nodes") for layer in layers]}):
        config = settings_of(node)
        match config.get("keras_history"):
            case [str(name), int(call), int(place)]:
                spec = Spec(stated_shape(config.get("shape")), _type(config.get("dtype")))
                of_call = found.setdefault((name, call), {})
                if spec.shape or place not in of_call:
                    of_call[place] = spec
    return found


def note_ends(made: Made, settings: dict, given: list[Spec | None]) -> None:
    """Add what the model around it says of a model's outputs; Keras counts calls of inner models from one."""
    models = {
        each.get("name") for each in layers_of({"config": settings}) if "output_layers" in settings_of(each)
    }
    for (name, call, place), spec in zip(flat_ends(settings["output_layers"]), given):
        if spec:
            made.setdefault((name, call - (name in models)), {}).setdefault(place, spec)


def stated_shape(value: Any) -> list | None:
    """Return the value if it is a shape."""
    sizes = isinstance(value, list) and all(
        size is None or (isinstance(size, int) and not isinstance(size, bool) and size >= 0) for size in value
    )
    return value if sizes else None


def _type(value: Any) -> str:
    return value if isinstance(value, str) and value in TYPES else "float32"


def flat_ends(ends: Any) -> list:
    """The outputs of a functional model, in their order; each is a layer, a call and an output."""
    match ends:
        case [str(), int(), int()]:
            return [ends]
        case dict():
            return [each for key in sorted(ends) for each in flat_ends(ends[key])]
        case list():
            return [each for value in ends for each in flat_ends(value)]
    return []


def settings_of(node: dict) -> dict:
    """The settings of an object; none if they are no dictionary."""
    config = node.get("config")
    return config if isinstance(config, dict) else {}


def name_of(layer: dict) -> Any:
    """The name by which calls know a layer."""
    return layer.get("name", settings_of(layer).get("name"))


def shape_before(layers: list[dict], start: int, given: list[Spec | None]) -> Spec | None:
    """What the layers of a Sequential model from `start` on say of what they read; None if there are none."""
    for layer in islice(layers, start, None):
        shape = stated_shape(built_shape(layer))
        if shape:
            return Spec(shape)
        if str(layer["class_name"]) not in PRESERVING:
            return Spec(None)
    return given[0] if given else None
