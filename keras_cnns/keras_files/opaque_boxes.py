"""Layers whose code is not in a file, replaced in its description by boxes with their class's name.

A class of a person's own, a Lambda, a layer that Keras no longer has: none of them is looked up or built. A
box holds the name of the class and the shapes of the outputs. These stand in the file where another layer
reads them.
"""

import hashlib
import json
from typing import Any

import keras

from keras_cnns.keras_files.keras2 import MODELS
from keras_cnns.keras_files.models_listed import layers_of, models_in
from keras_cnns.keras_files.opaque_layer import UNKNOWN
from keras_cnns.keras_files.policy import MODULE, RUN_CODE, VALUES, objects, reads_files, refusal
from keras_cnns.keras_files.stated_shapes import (
    Made,
    Spec,
    flat_ends,
    name_of,
    note_ends,
    settings_of,
    shape_before,
    stated_shape,
    tensors_read,
)
from keras_cnns.safe_text import LONGEST_NAME, shortened

ONLY_IN_TRAINING = ("initializer", "regularizer", "constraint")
FUNCTIONAL_KEYS = ("name", "trainable", "layers", "input_layers", "output_layers")
SEQUENTIAL_KEYS = ("name", "trainable", "dtype", "layers", "build_input_shape")
MOST_OUTPUTS = 1000  # of a layer; a description has to list those that are read


class NoShape(ValueError):
    """A layer needs the shape of a box, and the file does not have it."""


def put_boxes(config: dict) -> None:
    """Replace what may not be built in a description by boxes; what is no layer stays, to be refused.

    Raises:
        NoShape: if a layer needs the shape of a box, and the file does not have it.
    """
    made: Made
    outside: dict[int, list[Spec | None]] = {}
    for model in models_in(config):
        _plain_model(model)
        settings, given = model["config"], outside.get(id(model), [])
        layers, made = layers_of(model), {}
        if "output_layers" in settings:
            made = tensors_read(layers)
            note_ends(made, settings, given)
        for i, layer in enumerate(layers):
            if not layers_of(layer) and not _inside(layer) and _may_be_built(layer):
                continue
            if "output_layers" not in settings:
                after = shape_before(layers, i + 1, given)
                made = {} if after is None else {(str(name_of(layer)), 0): {0: after}}
            if layers_of(layer):
                outside[id(layer)] = _outputs_of_model(layer, made)
            else:
                _note_inside(layer, made, outside)
                _box(layer, made)


def _plain_model(model: dict) -> None:
    """Read a model of a person's own class by the layers that it lists, if it has a graph of them."""
    name, settings = str(model["class_name"]), model["config"]
    kind = "Functional" if "output_layers" in settings else "Sequential"
    if name == kind and refusal(model) is None:
        return
    if refusal(model) is None and name in MODELS:
        return
    keys = FUNCTIONAL_KEYS if kind == "Functional" else SEQUENTIAL_KEYS
    model["config"] = {key: settings[key] for key in keys if key in settings}
    model["config"].setdefault("name", shortened(name, LONGEST_NAME))
    model["module"], model["class_name"], model["registered_name"] = MODELS[kind], kind, None


def _outputs_of_model(layer: dict, made: Made) -> list[Spec | None]:
    """What the model around it says of the outputs of an inner model's first call, in their order."""
    count = max(1, len(flat_ends(settings_of(layer).get("output_layers"))))
    of_call = made.get((str(name_of(layer)), 0), {})
    return [of_call.get(place) for place in range(min(count, MOST_OUTPUTS))]


def _inside(layer: dict) -> dict | None:
    """The model that a layer applies, to each step of a sequence, say."""
    inner = settings_of(layer).get("layer")
    return inner if isinstance(inner, dict) and layers_of(inner) else None


def _note_inside(layer: dict, made: Made, outside: dict[int, list[Spec | None]]) -> None:
    """Tell a model that a layer applies at each step what it gives for one."""
    inner, spec = _inside(layer), made.get((str(name_of(layer)), 0), {}).get(0)
    if str(layer["class_name"]) == "TimeDistributed" and inner and spec and spec.shape:
        outside[id(inner)] = [Spec(spec.shape[:1] + spec.shape[2:], spec.dtype)]


def _box(layer: dict, made: Made) -> None:
    """Replace a layer by a box, if it or anything in it may not be built."""
    if _may_be_built(layer):
        return
    _without_own_parts(layer)
    if _may_be_built(layer) or _is_no_layer(layer) or any(map(reads_files, objects(layer))):
        return
    settings, name = settings_of(layer), str(name_of(layer))
    kind = _kind(layer)
    calls = layer.get("inbound_nodes")
    n_calls = len(calls) if isinstance(calls, list) and calls else 1
    outputs = [_outputs(name, call, made, layer) for call in range(min(n_calls, MOST_OUTPUTS))]
    text = json.dumps({key: value for key, value in settings.items() if key != "name"}, sort_keys=True)
    config = {
        "name": settings.get("name"),
        "trainable": settings.get("trainable") is not False,
        "kind": kind,
        "outputs": outputs,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    kept = {key: layer[key] for key in ("name", "inbound_nodes") if key in layer}
    if isinstance(calls, list):
        kept["inbound_nodes"] = [{"args": _tensors(call), "kwargs": {}} for call in calls]
    layer.clear()
    layer.update(kept, module="keras_cnns", class_name="OpaqueLayer", config=config)
    layer["registered_name"] = "keras_cnns>OpaqueLayer"


def _tensors(call: Any) -> list[dict]:
    """The tensors that a call reads, in their order."""
    if isinstance(call, dict) and call.get("class_name") == "__keras_tensor__":
        return [call]
    inside = call.values() if isinstance(call, dict) else call if isinstance(call, list) else ()
    return [tensor for each in inside for tensor in _tensors(each)]


def _may_be_built(layer: dict) -> bool:
    """Whether all that a layer is made of may be built; models in it are looked at by themselves."""
    return all(refusal(node) is None and not _code_of(node) for node in objects(layer, layers_of))


def _code_of(node: dict) -> list[str]:
    """The activations of a layer that Keras 3 wrote as code: those given as `lambda`."""
    settings = settings_of(node)
    return [
        key
        for key, value in settings.items()
        if key.endswith("activation") and isinstance(value, dict) and "class_name" not in value
    ]


def _is_no_layer(layer: dict) -> bool:
    """Whether Keras has something of this name in this place that is no layer: no box can stand for it."""
    module, name = str(layer.get("module")), layer["class_name"]
    if not isinstance(name, str) or name in VALUES or name == "function":
        return True
    if module.split(".")[0] != "keras" or refusal({**layer, "config": {}, "inbound_nodes": []}) is None:
        return False
    return not MODULE.fullmatch(module) or (name not in RUN_CODE and hasattr(keras.layers, name))


def _without_own_parts(layer: dict) -> None:
    """Drop what matters in training alone, and name functions of a person's own, in a layer of Keras."""
    for node in objects(layer):
        settings = settings_of(node)
        for key in _code_of(node):
            settings[key] = _function("lambda")
        for key in [*settings]:
            value = settings[key]
            if not isinstance(value, dict) or "class_name" not in value or _may_be_built(value):
                continue
            if key.endswith(ONLY_IN_TRAINING):
                del settings[key]
            elif key.endswith("activation") and value["class_name"] in ("function", "__lambda__"):
                is_named = value["class_name"] == "function"
                called = str(value.get("config")).rpartition(">")[2] if is_named else "lambda"
                settings[key] = _function(shortened(called, LONGEST_NAME))


def _function(name: str) -> dict:
    """A function of a person's own, of which the name is known."""
    described = {"module": "keras_cnns", "class_name": "OpaqueFunction", "config": {"name": name}}
    return {**described, "registered_name": "keras_cnns>OpaqueFunction"}


def _kind(layer: dict) -> str:
    """The name of the class, or of the function that Keras 2 made a layer of."""
    name, settings = layer["class_name"], settings_of(layer)
    name = name.rpartition(">")[2] or name
    if name in ("TFOpLambda", "SlicingOpLambda"):
        return shortened(f"tf.{settings.get('function')}", LONGEST_NAME)
    return shortened(name, LONGEST_NAME)


def _outputs(name: str, call: int, made: Made, layer: dict) -> list:
    """The shapes and types of the outputs of a call, as far as they are read."""
    of_call = made.get((name, call), {})
    count = min(max(of_call, default=0) + 1, MOST_OUTPUTS)
    return [_known(of_call.get(place), name, layer) for place in range(count)]


def _known(spec: Spec | None, name: str, layer: dict) -> list:
    stated = stated_shape(settings_of(layer).get("output_shape"))
    if spec is None or spec.shape is None:
        if stated is not None:
            return [[None, *stated], "float32"]
        if spec is not None:
            raise NoShape(
                f"has a layer {shortened(name)!r} of the class {_kind(layer)}; its code is not in the file. "
                "The shape of its output is not there either, and the layers after it need it. Load the file "
                "with keras.models.load_model, its own classes in custom_objects,"
            )
    return [UNKNOWN, "float32"] if spec is None or spec.shape is None else [spec.shape, spec.dtype]
