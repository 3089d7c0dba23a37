"""The settings of layers that Keras 2 wrote, by the names that Keras 3 has for them.

A setting that Keras 3 has not is dropped where it does not change what the layer computes. A layer with one
that does is drawn as a box: see `opaque_boxes`.
"""

import inspect
from functools import lru_cache
from typing import Any

import keras

UNLIKE = "keras_2"  # in place of the module of a layer that Keras 3 has not with such a setting
PARTS = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
}
# Where functions are looked for that Keras 3 wrote without a module, into an `.h5`.
FUNCTIONS = ("numpy", "nn", "core", "image", "math", "linalg")
# Where Keras 3 has no such setting: what has no part in what a layer computes, or what its input shows.
WITHOUT_EFFECT = {
    "batch_input_shape",
    "input_length",
    "implementation",
    "dynamic",
    "fused",
    "force_generator",
    "rng_type",
    "robust_masking",
    "softmax_robust_masking",
    "unroll",
    "trainable",  # of a layer without weights
    "query_shape",
    "key_shape",
    "value_shape",
    "type_spec",
}
# Values that say what Keras 3 does without the setting.
USUAL: dict[str, Any] = {
    "groups": 1,
    "optional": False,
    "time_major": False,
    "renorm": False,
    "sparse": False,
    "ragged": False,
}
RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}, "InputLayer": {"batch_input_shape": "batch_shape"}}
# A separable or depthwise convolution has two kernels, and Keras 2 wrote settings of the one that it has not.
NOT_THEIRS = ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters")


@lru_cache(maxsize=512)
def own_layer(name: str) -> type[keras.Layer] | None:
    """Return Keras 3's layer of this name; None if it has none."""
    found = getattr(keras.layers, name, None) if name.isidentifier() else None
    return found if isinstance(found, type) and issubclass(found, keras.Layer) else None


@lru_cache(maxsize=512)
def module_of_function(name: str) -> str | None:
    """Return the module of the function of Keras 3 whose class has this name."""
    for part in FUNCTIONS:
        found = getattr(getattr(keras.src.ops, part, None), name, None) if name.isidentifier() else None
        if isinstance(found, type) and issubclass(found, keras.Operation):
            return f"keras.src.ops.{part}"
    return None


def accepted(kind: Any) -> frozenset[str] | None:
    """Return the names of the settings that a class takes; None if it takes any."""
    names: set[str] = set()
    for base in kind.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        names |= {one.name for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)}
        if not any(one.kind is one.VAR_KEYWORD for one in parameters) or base is keras.Layer:
            return frozenset(names - {"self"})
    return None


def keras3_settings(node: dict) -> None:
    """Rename and drop settings of a layer of Keras 3; its `class_name` is known to be one."""
    settings, name = node.get("config"), node["class_name"]
    if not isinstance(settings, dict):
        return
    for old, new in RENAMED.get(name, {}).items():
        if old in settings:
            settings[new] = settings.pop(old)
    kind = own_layer(name)
    takes = accepted(kind) if kind else None
    for key in [*settings] if takes else []:
        theirs = name.startswith(("Separable", "Depthwise")) and key in NOT_THEIRS
        value = settings[key]
        plain = value is None or key in WITHOUT_EFFECT or (key in USUAL and USUAL[key] == value) or theirs
        if key not in (takes or ()) and plain:
            del settings[key]
        elif key not in (takes or ()) and key in USUAL:
            node["module"] = UNLIKE
    settings.pop("batch_input_shape", None)
    axis = settings.get("axis")
    if name == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        settings["axis"] = axis[0]
    if settings.get("dtype") is not None:
        settings["dtype"] = _type(settings["dtype"])
    for key, value in settings.items():
        part = PARTS.get(key.rpartition("_")[2])
        if part and isinstance(value, dict):
            _modern_part(value, part)


def _type(value: Any) -> Any:
    """A type, or a policy of Keras 2, by its name."""
    match value:
        case {"class_name": "Policy" | "PolicyV1", "config": {"name": str(name)}}:
            return name
    return value


def _modern_part(node: dict, module: str) -> None:
    """Give an initializer, regularizer or constraint its module, and drop settings that it no longer has."""
    name, settings = str(node.get("class_name")), node.get("config")
    found = getattr(keras, module.rpartition(".")[2])
    kind = getattr(found, name, None) if name.isidentifier() else None
    if node.get("module") in (None, module) and isinstance(kind, type):
        node["module"], node["registered_name"] = module, None
        takes = accepted(kind)
        if isinstance(settings, dict) and takes:
            node["config"] = {key: value for key, value in settings.items() if key in takes}
