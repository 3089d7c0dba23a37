"""A trained model as one function of images, computed by the quickest engine that is installed."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import tree

from keras_cnns.arguments import checked_choice, checked_int, shown
from keras_cnns.engines.agreement import Questions, numpy_dtype
from keras_cnns.engines.folding import folded
from keras_cnns.engines.formats import ONNX, OPENVINO, Format, reason
from keras_cnns.engines.frozen import Run, as_functional, frozen
from keras_cnns.graph import check_functional
from keras_cnns.grouped_convolution import fast_within, written_out

ENGINES = ("onnxruntime", "openvino", "frozen")
ROUNDS = 5


class Made(NamedTuple):
    """An engine that agrees with the model: what it is, how to run it, how far it is from the model."""

    run: Run
    words: str
    difference: float


class Inference:
    """What `keras_cnns.inference` returns: call it with images.

    Attributes:
        engine: "onnxruntime", "openvino" or "frozen".
        words: the engine in words.
        difference: the largest difference from the model's outputs when it was made, relative to the largest
            number of each output.
        reasons: why other engines were not taken, by their names.
        caveat: why agreement proves little, of a model whose outputs hardly depend on its inputs; else "".
    """

    def __init__(
        self, model: keras.Model, engine: str, made: Made, reasons: dict[str, str], caveat: str
    ) -> None:
        self.engine, self.difference, self.reasons = engine, made.difference, reasons
        self.caveat = caveat
        self._run, self.words = made.run, made.words
        self._inputs, self._outputs = model._inputs_struct, model._outputs_struct
        self._flat = [(tuple(tensor.shape), tensor.dtype) for tensor in model.inputs]

    def __call__(self, images: Any, batch_size: int = 32) -> Any:
        """Return the model's outputs for images, as NumPy arrays, in the structure that the model gives them.

        Args:
            images: arrays, or tensors of any backend, in the structure that the model takes; for one input
                (n, height, width, channels).
            batch_size: how many images are computed at once.

        Raises:
            ValueError: for images of another shape or structure, or none.
        """
        step = checked_int("batch_size", batch_size)
        arrays = self._arrays(images)
        starts = range(0, len(arrays[0]), step)
        found = [self._run([array[start : start + step] for array in arrays]) for start in starts]
        outputs = [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*found)]
        return tree.pack_sequence_as(self._outputs, outputs)

    def _arrays(self, images: Any) -> list[np.ndarray]:
        is_single = len(self._flat) == 1 and not isinstance(images, (dict, list, tuple))
        flat = [images] if is_single else tree.flatten(images)
        if len(flat) != len(self._flat):
            raise ValueError(f"images must be {len(self._flat)} arrays for the inputs; got {shown(images)}.")
        arrays = [_array(one, *wanted) for one, wanted in zip(flat, self._flat)]
        if len({len(array) for array in arrays}) > 1:
            raise ValueError("images must be as many for each input.")
        return arrays

    def __repr__(self) -> str:
        reasons = "".join(f"; not {name}: {reason}" for name, reason in self.reasons.items())
        caveat = f" ({self.caveat})" if self.caveat else ""
        differs = f"differs from the model by {self.difference:.1e}{caveat}"
        return f"<inference by {self.words}; {differs}{reasons}>"


def inference(model: keras.Model, engine: str | None = None) -> Inference:
    """Return a trained model as one function of images, computed by the quickest engine that is installed.

    The engines are onnxruntime and OpenVINO, which read what Keras' own export writes, and a frozen function
    of Keras' backend: on TensorFlow a graph with constants for weights, on JAX and PyTorch the model with its
    normalizations folded into the kernels before them. An engine counts if its outputs are the model's within
    1e-5 of the largest number of each output, on random inputs of its shapes, one and several at once. Where
    the outputs hardly depend on any such inputs this proves little, and the result's `caveat` says so.
    Of those that do, the one that is quickest on these inputs is taken. With a graphics processor only the
    frozen function is tried, and the others if it fails, because it alone computes there.

    The weights are those of the moment: make it again after more training. Making it takes seconds, and for a
    while as much memory as a few copies of the weights. Files are written to a temporary folder and removed.

    Args:
        model: a functional or built Sequential model with weights, of any inputs and outputs.
        engine: "onnxruntime", "openvino" or "frozen"; None for the quickest.

    Returns:
        A function of images; it says which engine it is and why no other.

    Raises:
        ValueError: if `model` is no such model, or `engine` is none of these.
        RuntimeError: if the engine that was asked for, or every engine, fails or disagrees; with the reasons.
    """
    checked_choice("engine", engine, (*ENGINES, None))
    check_functional(model)
    model = as_functional(model)
    reasons: dict[str, str] = {}
    makers = _makers(model, asked := _questions(model))
    agreeing: dict[str, Made] = {}
    for names in [(engine,)] if engine else _orders():
        for name in names:
            try:
                agreeing[name] = makers[name]()
            except Exception as error:  # each exporter and each engine raises its own
                reasons[name] = reason(error)
        if agreeing:
            break
    if not agreeing:
        said = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise RuntimeError(f"no engine computes what {model.name!r} does. {said}")
    chosen = _quickest(asked, agreeing, reasons)
    return Inference(model, chosen, agreeing[chosen], reasons, asked.caveat)


def _questions(model: keras.Model) -> Questions:
    try:
        return Questions(model)
    except Exception as error:  # whatever the backend stumbles over, such as a model without values
        raise RuntimeError(f"{model.name!r} cannot be run on random inputs: {reason(error)}") from error


def _orders() -> list[tuple[str, ...]]:
    """The engines that are tried together, and which if none of those will do."""
    return [ENGINES[2:], ENGINES[:2]] if has_accelerator() else [ENGINES]


def has_accelerator() -> bool:
    """Whether Keras' backend computes on something else than the processor."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return any(
            one.device_type != "CPU" for one in sys.modules["tensorflow"].config.list_logical_devices()
        )
    if backend == "jax":
        return sys.modules["jax"].default_backend() != "cpu"
    return backend == "torch" and sys.modules["torch"].accelerator.is_available()


def _makers(model: keras.Model, asked: Questions) -> dict[str, Callable[[], Made]]:
    return {
        "onnxruntime": partial(_exported, model, asked, ONNX),
        "openvino": partial(_exported, model, asked, OPENVINO),
        "frozen": partial(_frozen, model, asked),
    }


def _exported(model: keras.Model, asked: Questions, form: Format) -> Made:
    missing = form.missing()
    if missing:
        raise ImportError(missing)
    with tempfile.TemporaryDirectory(prefix="keras-cnns-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"model{form.suffix}"
        with written_out(model, direct=True):
            form.write(model, path)
        run = form.read(path, model)
    return Made(run, form.reader, asked.difference(run))


def _frozen(model: keras.Model, asked: Questions) -> Made:
    """As it is on TensorFlow, whose graphs fold normalizations by themselves; else folded, if that agrees."""
    backend = keras.backend.backend()
    words = f"a frozen function of {backend}"
    with fast_within(model):
        if backend != "tensorflow":
            try:
                run = frozen(folded(model))
                return Made(run, f"{words} with normalizations folded", asked.difference(run))
            except Exception:  # a layer that its settings do not make again, or more than rounding
                pass
        run = frozen(model)
        return Made(run, words, asked.difference(run))


def _quickest(asked: Questions, agreeing: dict[str, Made], reasons: dict[str, str]) -> str:
    """The engine that takes least time for the questions; why not the others goes into `reasons`."""
    if len(agreeing) == 1:
        return next(iter(agreeing))
    times = {name: [float("inf")] for name in agreeing}
    for _ in range(ROUNDS):  # in turn, since other programs come and go
        for name, made in agreeing.items():
            start = time.perf_counter()
            for batch in asked.inputs:
                made.run(batch)
            times[name].append(time.perf_counter() - start)
    best = min(times, key=lambda name: min(times[name]))
    for name in agreeing:
        if name != best:
            reasons[name] = f"it took {min(times[name]) / min(times[best]):.2f} times as long as {best}"
    return best


def _array(images: Any, shape: tuple[int | None, ...], dtype: str) -> np.ndarray:
    """One input as an array of the model's dtype."""
    try:
        plain = images if isinstance(images, np.ndarray) else keras.ops.convert_to_numpy(images)
        array = np.ascontiguousarray(plain, numpy_dtype(dtype))
    except Exception:  # each backend raises its own
        raise ValueError(f"images must be an array or a tensor; got {shown(images)}.") from None
    fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape[1:], array.shape[1:]))
    if not fits or not len(array):
        wanted = ", ".join(["n", *("any" if n is None else str(n) for n in shape[1:])])
        raise ValueError(f"images must have the shape ({wanted}), n at least 1; got {array.shape}.")
    return array
