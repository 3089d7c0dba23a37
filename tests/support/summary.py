"""A model as text, to be read in review: a line for each layer with its settings, output and edges."""

import inspect
import re

import keras

from support.parity import depth_first

IGNORED = {"name", "trainable", "dtype", "batch_shape", "data_format", "axis", "sparse", "ragged", "seed"}
IGNORED |= {"activity_regularizer", "autocast"}
# What speaks for itself without its name, and is worth saying where it is Keras' default, too.
PLAIN = {
    "filters": "{}",
    "units": "{}",
    "kernel_size": "{}",
    "pool_size": "{}",
    "strides": "/{}",
    "padding": "{}",
}
PLAIN |= {
    "activation": "{}",
    "rate": "{}",
    "kernel_initializer": "{}",
    "epsilon": "epsilon={}",
    "momentum": "momentum={}",
}


def summary(model) -> str:
    """Towers one after the other; `<- -3` reads the output three lines above, no arrow the line above.

    `-3[1]` is the second of several outputs.
    """
    makers = {id(tensor): layer for layer in model.operations for tensor in outputs(layer)}
    ends = [makers[id(tensor)] for tensor in model.outputs]
    order = depth_first(ends, lambda layer: [makers[id(tensor)] for tensor in inputs(layer)])
    place = {id(tensor): (i, k) for i, layer in enumerate(order) for k, tensor in enumerate(outputs(layer))}
    lines = []
    for i, layer in enumerate(order):
        sources = [edge(*place[id(tensor)], i) for tensor in inputs(layer)]
        edges = "" if sources in ([], ["-1"]) else " <- " + " ".join(sources)
        shape = " and ".join("x".join(map(str, tensor.shape[1:])) for tensor in outputs(layer))
        words = [type(layer).__name__, *settings(layer), "=>", shape]
        lines.append(" ".join(words) + edges + landmark(layer))
    last = " ".join(edge(*place[id(tensor)], len(lines)) for tensor in model.outputs)
    return "\n".join([model.name, *lines, f"outputs <- {last}"]) + "\n"


def outputs(layer) -> list:
    return list(layer.output) if isinstance(layer.output, (list, tuple)) else [layer.output]


def edge(line: int, which: int, here: int) -> str:
    return f"{line - here}[{which}]" if which else f"{line - here}"


def inputs(layer) -> list:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return list(layer.input) if isinstance(layer.input, (list, tuple)) else [layer.input]


def landmark(layer) -> str:
    """The layer's name, if it is not one that Keras counted up, such as conv2d_7."""
    automatic = re.sub(r"[_\d]", "", layer.name) == re.sub(r"\d", "", type(layer).__name__.lower())
    return "" if automatic else f" [{layer.name}]"


def settings(layer) -> list[str]:
    """What `get_config` says, leaving out defaults of Keras' own layers that go without saying."""
    ours = not type(layer).__module__.startswith("keras.")
    parameters = inspect.signature(type(layer).__init__).parameters
    words = []
    config = layer.get_config() if isinstance(layer, keras.layers.Layer) else given(layer)
    for key, value in config.items():
        value = short(value)
        default = parameters[key].default if key in parameters else inspect.Parameter.empty
        if key.endswith("initializer") and isinstance(default, str):
            default = short(keras.initializers.serialize(keras.initializers.get(default)))
        if key not in IGNORED and (ours or key in PLAIN or value != short(default)):
            words.append(PLAIN.get(key, key + "={}").format(value))
    return words


def given(function) -> dict:
    """What a function of `keras.ops` was given besides tensors, defaults left out."""
    parameters = inspect.signature(type(function).__init__).parameters
    values = {key: getattr(function, key, None) for key in parameters if key not in ("self", "name")}
    chosen = [value for value in function._inbound_nodes[0].arguments.args if isinstance(value, list)]
    if chosen:
        values["chosen"] = f"{chosen[0][:4]}...{chosen[0][-2:]}"
    return {
        key: value
        for key, value in values.items()
        if key not in parameters or value != parameters[key].default
    }


def short(value) -> str:
    """Sizes as 3x3, initializers with their constants, registered functions by name."""
    if isinstance(value, dict):
        config = value.get("config")
        if isinstance(config, str):
            return config
        constants = ",".join(short(v) for v in config.values() if v is not None)
        return value["class_name"] + (f"({constants})" if constants else "")
    if isinstance(value, (list, tuple)):
        return "x".join(short(v) for v in value) if all(isinstance(v, int) for v in value) else str(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
