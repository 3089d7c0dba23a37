"""A trained model as a file for another program, which has run it before it is there."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from shutil import copytree

import keras

from keras_cnns.arguments import checked_flag
from keras_cnns.atomic_write import folder_written_whole, written_whole
from keras_cnns.engines.agreement import Questions
from keras_cnns.engines.formats import FORMATS, SAVED_MODEL, Format, reason
from keras_cnns.engines.frozen import as_functional
from keras_cnns.engines.places import checked_place, files
from keras_cnns.graph import check_functional
from keras_cnns.grouped_convolution import written_out


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: the file or folder; OpenVINO's weights are beside it, with the suffix .bin.
        format: "ONNX", "LiteRT", "OpenVINO" or "SavedModel".
        reader: the program that has run it.
        difference: the largest difference from the model's outputs, relative to the largest number of each.
        caveat: why agreement proves little, of a model whose outputs hardly depend on its inputs; else "".
        quantized: how many layers compute in 8 bits, and how many have weights. Keras' `quantize`
            reaches dense layers, and no convolution.
    """

    path: Path
    format: str
    reader: str
    difference: float
    caveat: str = ""
    quantized: tuple[int, int] = (0, 0)


def export(model: keras.Model, path: str | PathLike[str], force: bool = False) -> Exported:
    """Write a trained model for another program, through Keras' own export, and prove it.

    Before it takes its place, the file is loaded by the program that it is for, and run on random inputs of
    the model's shapes, one and several at once; its outputs must be the model's within 1e-5 of the largest
    number of each output. Where these hardly depend on the inputs, as those of a network that always answers
    the same, the result says so as its `caveat`. It is written whole or not at all.

    Args:
        model: a functional or built Sequential model with weights.
        path: its end says what is written: `.onnx` for onnxruntime; `.xml` for OpenVINO, with the weights in
            a `.bin` beside it; `.tflite` for LiteRT; a folder, which is a path without such an end, for
            TensorFlow Serving (a SavedModel, whose endpoint is "serve").
        force: replace what is there.

    Returns:
        What was written, with the difference that was found.

    Raises:
        ValueError: for what is no such model, a path that ends otherwise or is taken, or if what was written
            does not compute what the model does; then nothing is there.
        ImportError: if a package is missing that writes or runs the file.
        RuntimeError: if Keras cannot export the model; with the reason.
        OSError: if it cannot be written.
    """
    check_functional(model)
    model = as_functional(model)
    checked_flag("force", force)
    target = checked_place(path, force)
    form = FORMATS[target.suffix.lower()]
    missing = form.missing()
    if missing:
        raise ImportError(missing)
    asked = Questions(model)
    with tempfile.TemporaryDirectory(prefix="keras-cnns-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / (target.name or "model")
        difference = _written(model, form, made, asked)
        _deliver(form, made, target)
    return Exported(
        target, form.title.removeprefix("a "), form.reader, difference, asked.caveat, quantized(model)
    )


def quantized(model: keras.Model) -> tuple[int, int]:
    """Return how many layers of a model compute in 8 bits, and how many have weights."""
    layers = [layer for layer in model._flatten_layers() if layer._trainable_variables or
              layer._non_trainable_variables]  # fmt: skip
    return sum(getattr(layer, "quantization_mode", None) is not None for layer in layers), len(layers)


def _written(model: keras.Model, form: Format, path: Path, asked: Questions) -> float:
    """Write the export to a temporary path and return its difference from the model.

    A grouped convolution is one operation first, where other programs read that, and else one for each group,
    which all of them do. A SavedModel must run on TensorFlow of any processor, so it has the second.
    """
    failed: Exception | None = None
    for direct in (False,) if form is SAVED_MODEL else (True, False):
        with written_out(model, direct) as has_groups:
            try:
                form.write(model, path)
            except Exception as error:  # whatever Keras and the converter raise
                failed = RuntimeError(f"Keras cannot export {model.name!r} as {form.title}: {reason(error)}")
            else:
                try:
                    return asked.difference(form.read(path, model))
                except Exception as error:  # whatever the reader raises
                    failed = ValueError(f"{form.title} was not written: {form.reader}: {reason(error)}")
        if not has_groups:
            break
    assert failed
    raise failed


def _deliver(form: Format, made: Path, target: Path) -> None:
    if form is SAVED_MODEL:
        with folder_written_whole(target) as folder:
            copytree(made, folder, dirs_exist_ok=True)
        return
    for source, place in zip(files(made), files(target), strict=True):
        with written_whole(place) as file:
            file.write_bytes(source.read_bytes())
