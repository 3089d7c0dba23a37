"""Grouped convolutions at full speed where Keras computes them slowly: on TensorFlow's CPU.

There Keras compiles every grouped convolution by itself with XLA, at each trace anew, because TensorFlow's
own kernels refuse some of them (keras#18180, keras#20471). Two other ways give the same numbers: TensorFlow's
kernel directly, which does all that training needs only where TensorFlow computes with oneDNN, and one plain
convolution for each group, which always works.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_cnns.arguments import shown

KINDS = (keras.layers.Conv2D, keras.layers.Conv3D)
# What two ways to sum the same products may differ by, relative to the largest.
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 1e-2, "bfloat16": 1e-1}


class Setting(NamedTuple):
    """What decides how a grouped convolution can be computed.

    `maps` are those of a group, read and made, two for two and more.
    """

    rank: int
    groups: int
    maps: tuple[int, int]
    strides: tuple[int, ...]
    padding: str
    dilation_rate: tuple[int, ...]
    dtype: str

    @property
    def options(self) -> dict[str, Any]:
        return {"strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation_rate}


def fast(model: keras.Model) -> keras.Model:
    """Let a model compute its grouped convolutions fast on TensorFlow's CPU, for training and prediction.

    It changes how the model's `Conv2D` and `Conv3D` layers with `groups` and channels last compute, those in
    models inside it included, and nothing else: weights, outputs up to rounding, and what is saved stay what
    they were, so a model that is loaded from a file needs it again. Each form is tried before it is used,
    forward, backward and followed by a normalization in a compiled step. On a GPU and other backends it does
    nothing. A SavedModel that is exported of the model computes as this machine does.

    Args:
        model: any Keras model that is built.

    Returns:
        The same model.

    Raises:
        ValueError: if `model` is no Keras model.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a Keras model; got {shown(model)}.")
    if keras.backend.backend() != "tensorflow" or _has_accelerator():
        return model
    changed = [layer for layer in model._flatten_layers() if _is_slow(layer)]
    for layer in changed:
        setting = _setting(layer)
        way = _direct if _agree(setting) else _one_by_one
        layer.convolution_op = partial(way, groups=layer.groups, **setting.options)
    if changed:  # what was compiled before has the slow form
        model.train_function = model.test_function = model.predict_function = None
    return model


@contextmanager
def written_out(model: keras.Model, direct: bool) -> Iterator[bool]:
    """Within the context, TensorFlow traces grouped convolutions of a model as plain operations.

    Keras' own form is a part that XLA compiles, which other programs cannot read. The direct form is one
    operation, which other programs run well and TensorFlow's CPU not always; the other form is a convolution
    for each group, which all of them run.

    Gives:
        Whether there is such a layer.
    """
    grouped = [layer for layer in model._flatten_layers() if _is_grouped(layer)]
    ways = {layer: vars(layer).get("convolution_op") for layer in grouped}
    ours = [layer for layer, way in ways.items() if way is None or _is_ours(way)]
    if keras.backend.backend() != "tensorflow" or not ours:
        yield False
        return
    for layer in ours:
        way = _direct if direct else _one_by_one
        layer.convolution_op = partial(way, groups=layer.groups, **_setting(layer).options)
    try:
        yield True
    finally:
        for layer in ours:
            del layer.convolution_op
            if ways[layer] is not None:
                layer.convolution_op = ways[layer]


@contextmanager
def fast_within(model: keras.Model) -> Iterator[None]:
    """Within the context a model is `fast`; what Keras has compiled of it before stays."""
    names = ("train_function", "test_function", "predict_function")
    compiled = {name: getattr(model, name, None) for name in names}
    slow = [layer for layer in model._flatten_layers() if _is_slow(layer)]
    try:
        fast(model)
        yield
    finally:
        for layer in slow:
            vars(layer).pop("convolution_op", None)
        for name, function in compiled.items() if slow else ():
            setattr(model, name, function)


def _is_ours(way: Any) -> bool:
    return isinstance(way, partial) and way.func in (_direct, _one_by_one)


def _tensorflow() -> Any:
    """TensorFlow, which Keras has loaded if it computes with it."""
    return sys.modules["tensorflow"]


def _has_accelerator() -> bool:
    return any(device.device_type != "CPU" for device in _tensorflow().config.list_logical_devices())


def _is_grouped(layer: keras.Layer) -> bool:
    """Whether a layer is a grouped convolution of Keras' own, channels last."""
    return type(layer) in KINDS and layer.built and layer.groups > 1 and layer.data_format == "channels_last"


def _is_slow(layer: keras.Layer) -> bool:
    """Whether a layer is a grouped convolution that Keras computes as Keras does, channels last."""
    return _is_grouped(layer) and "convolution_op" not in vars(layer)


def _setting(layer: Any) -> Setting:
    read, made = layer.kernel.shape[-2], layer.filters // layer.groups
    return Setting(
        layer.rank,
        min(layer.groups, 2),
        (min(read, 2), min(made, 2)),
        tuple(layer.strides),
        layer.padding,
        tuple(layer.dilation_rate),
        layer.compute_dtype,
    )


def _direct(inputs: Any, kernel: Any, groups: int, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """TensorFlow's kernel takes the number of groups from the shapes."""
    return _tensorflow().nn.convolution(inputs, kernel, strides, padding.upper(), dilations=dilation_rate)


def _one_by_one(inputs: Any, kernel: Any, groups: int, strides: Any, padding: str, dilation_rate: Any) -> Any:
    maps = zip(keras.ops.split(inputs, groups, axis=-1), keras.ops.split(kernel, groups, axis=-1))
    each = [keras.ops.conv(x, k, strides, padding, "channels_last", dilation_rate) for x, k in maps]
    return keras.ops.concatenate(each, axis=-1)


@cache
def _agree(setting: Setting) -> bool:
    """Whether the direct form runs in all that a network does with it, and gives the same numbers."""
    try:
        found, wanted = (
            _tried(partial(way, groups=2, **setting.options), setting) for way in (_direct, _one_by_one)
        )
    except Exception:  # whatever TensorFlow refuses it with
        return False
    bound = TOLERANCE.get(setting.dtype, 0.0)
    return all(np.abs(one - other).max() <= bound * np.abs(other).max() for one, other in zip(found, wanted))


def _tried(convolve: Callable[[Any, Any], Any], setting: Setting) -> list[np.ndarray]:
    """The outputs and gradients of one convolution in a compiled step, as in training and as in prediction.

    TensorFlow puts a convolution, a normalization or bias, and a ReLU into one kernel, but only in a graph
    that needs no gradient; that kernel can refuse what the convolution alone does not.
    """
    tf = _tensorflow()
    draw = np.random.default_rng(0)
    sides = [7 * rate for rate in setting.dilation_rate]
    read, made = (2 * maps for maps in setting.maps)
    x = tf.constant(draw.normal(size=(2, *sides, read)), setting.dtype)
    window = [3] * setting.rank
    kernel = tf.constant(draw.normal(size=(*window, setting.maps[0], made)), setting.dtype)
    scale = tf.constant(draw.normal(size=made), setting.dtype)

    def train(x: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch((x, kernel))
            y = tf.nn.relu(convolve(x, kernel) + scale)
        return y, *tape.gradient(y, (x, kernel))

    def predict(x: Any, kernel: Any) -> Any:
        return tf.nn.relu(tf.nn.bias_add(convolve(x, kernel), scale))

    def normalized(x: Any, kernel: Any) -> Any:
        y = tf.nn.batch_normalization(convolve(x, kernel), scale, scale**2 + 1, scale, scale, 1e-3)
        return tf.nn.relu(y)

    return [
        np.asarray(tf.cast(found, "float64"))
        for step in (train, predict, normalized)
        for found in tf.nest.flatten(tf.function(step, jit_compile=False)(x, kernel))
    ]
