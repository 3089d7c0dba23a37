"""A network with one setting changed, and whether that changes what it computes."""

import copy
import re

import keras
import numpy as np

from support import random_layers
from support.random_layers import ACTIVATIONS, Choice

OWN = {
    name: value
    for name, value in vars(random_layers).items()
    if isinstance(value, type) and issubclass(value, keras.Layer)
}
OWN["squared"] = random_layers.squared
# What has no part in what a network computes at inference, or cannot be changed alone.
LEFT_OUT = re.compile(
    r"(.*_)?name|dtype|trainable|seed|rate|stddev|momentum|batch_shape|.*_(initializer|regularizer|constraint)"
    r"|module|config|build_config|build_input_shape|registered_name|class_name|keras_history|shape|dtype"
    r"|input_layers|output_layers|sparse|ragged|optional|unroll|stateful|noise_shape|autocast|function"
)
WORDS = (
    ("same", "valid"),
    ("concat", "sum", "mul", "ave"),
    ("channels_first", "channels_last"),
    ("int", "one_hot", "multi_hot", "count"),
    ("bilinear", "nearest"),
    ACTIVATIONS,
)


def altered(config: dict, r: Choice) -> tuple[dict, str] | None:
    """A copy of a network's config with one setting of a layer, or argument of a call, changed."""
    changed = copy.deepcopy(config)
    sites = [(one, key, new) for one, key, new in _sites(changed["config"]["layers"], r) if new != one[key]]
    if not sites:
        return None
    one, key, new = r.choice(sites)
    old, one[key] = one[key], new
    return changed, f"{key}: {old!r} → {new!r}"


def _sites(node, r: Choice):
    """Every place of a setting, with another value for it."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if key == "keras_history" and value[2] < 2:
            yield value, 2, 1 - value[2]  # another output of the same layer
        if isinstance(key, str) and LEFT_OUT.fullmatch(key) and key != "config":
            continue
        if isinstance(value, (dict, list)):
            yield from _sites(value, r)
        elif isinstance(value, bool):
            yield node, key, not value
        elif isinstance(value, int):
            yield node, key, value + r.choice((-1, 1))
        elif isinstance(value, float):
            yield node, key, 2 * value + 0.1
        elif isinstance(value, str):
            for words in WORDS:
                if value in words:
                    yield node, key, r.choice(words)


def built(config: dict) -> keras.Model:
    return keras.saving.deserialize_keras_object(copy.deepcopy(config), custom_objects=OWN, safe_mode=False)


def compute_the_same(one: keras.Model, two: keras.Model) -> bool:
    """Whether two networks give the same numbers for the same random weights and inputs."""
    if [weight.shape for weight in one.weights] != [weight.shape for weight in two.weights]:
        return False
    if [tensor.shape for tensor in one.inputs] != [tensor.shape for tensor in two.inputs]:
        return False
    rng = np.random.default_rng(1)
    for mine, theirs in zip(one.weights, two.weights):
        if "float" in str(mine.dtype):
            values = np.abs(rng.normal(size=mine.shape)) * 0.3 + 0.05
            mine.assign(values)
            theirs.assign(values)
    inputs = [
        rng.integers(0, 2, size=(2, *(n or 8 for n in tensor.shape[1:]))).astype("int32")
        if "int" in str(tensor.dtype)
        else rng.normal(size=(2, *(n or 8 for n in tensor.shape[1:]))).astype("float32")
        for tensor in one.inputs
    ]
    outputs = [
        [
            np.asarray(keras.ops.convert_to_numpy(x), "float64")
            for x in keras.tree.flatten(_run(model, inputs))
        ]
        for model in (one, two)
    ]
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-2, atol=1e-4, equal_nan=True)
        for a, b in zip(*(map(np.squeeze, of_model) for of_model in outputs))  # axes of one say nothing
    )


def _run(model: keras.Model, inputs: list):
    """The outputs for inputs in the order of `model.inputs`."""
    return keras.Model(model.inputs, model.outputs)(inputs, training=False)
