"""A model as one function of Keras' own backend, with nothing to train."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

Run = Callable[[list[np.ndarray]], list[np.ndarray]]


def frozen(model: keras.Model) -> Run:
    """Return a function of arrays, one for each of the model's inputs, that gives one for each output.

    The weights are those of the moment. On TensorFlow it is a graph with them as constants, on JAX one that
    is compiled for each number of images; on PyTorch the layers run one by one, without gradients.
    """
    return {"tensorflow": _tensorflow, "jax": _jax}.get(keras.backend.backend(), _eager)(model)


def as_functional(model: keras.Model) -> keras.Model:
    """A Sequential model as the functional one that it stands for, of the same layers; others as they are."""
    if not isinstance(model, keras.Sequential):
        return model
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def called(model: keras.Model, flat: Sequence[Any]) -> list[Any]:
    """Call the model in inference with its inputs in a list, and return its outputs in one."""
    inputs = tree.pack_sequence_as(model._inputs_struct, list(flat))
    return tree.flatten(model(inputs, training=False))


def _tensorflow(model: keras.Model) -> Run:
    tf = sys.modules["tensorflow"]
    constants: Any = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs]
    traced = tf.function(lambda *flat: called(model, flat), jit_compile=False, autograph=False)
    graph = constants.convert_variables_to_constants_v2(traced.get_concrete_function(*specs))
    return lambda arrays: [output.numpy() for output in graph(*map(tf.constant, arrays))]


def _jax(model: keras.Model) -> Run:
    import jax

    compiled = jax.jit(_of_the_moment(model, lambda value: value))
    return lambda arrays: [np.asarray(output) for output in compiled(*arrays)]


def _eager(model: keras.Model) -> Run:
    torch = sys.modules["torch"]
    compute = _of_the_moment(model, lambda value: value.detach().clone())

    def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
        with torch.inference_mode():
            return [keras.ops.convert_to_numpy(output) for output in compute(*arrays)]

    return run


def _of_the_moment(model: keras.Model, copy: Callable[[Any], Any]) -> Callable[..., list[Any]]:
    """A function of the inputs in which the variables keep the values that they have now."""
    trained = [copy(variable.value) for variable in model.trainable_variables]
    others = [copy(variable.value) for variable in model.non_trainable_variables]

    def compute(*flat: Any) -> list[Any]:
        inputs = tree.pack_sequence_as(model._inputs_struct, list(flat))
        return tree.flatten(model.stateless_call(trained, others, inputs, training=False)[0])

    return compute
