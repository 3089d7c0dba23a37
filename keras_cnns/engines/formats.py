"""Files for other programs, written by Keras' own export, and read back by the program that each is for."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import tree

from keras_cnns.engines.folding import folded
from keras_cnns.engines.frozen import Run
from keras_cnns.safe_text import one_line

COLOUR = re.compile(r"\x1b\[\d*m")  # in what Keras says


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        title: what people call it.
        name: Keras' name for it, see `keras.Model.export`.
        suffix: of the file; "" for a folder.
        reader: the package that runs it, and so proves that it is right.
        needs: for each backend that can write it, the package that does, besides Keras.
        read: from a file and the model to a function of the model's inputs.
    """

    title: str
    name: str
    suffix: str
    reader: str
    needs: dict[str, str]
    read: Callable[[Path, keras.Model], Run]

    def missing(self) -> str | None:
        """Return what is missing to write and to read it, as a sentence; None if nothing is."""
        backend = keras.backend.backend()
        if backend not in self.needs:
            able = " or ".join(self.needs)
            return f"Keras writes {self.title} with {able} only; set KERAS_BACKEND to one of them."
        wanted = (self.reader, self.needs[backend])
        lacking = [name for name in dict.fromkeys(wanted) if not importlib.util.find_spec(name)]
        if not lacking:
            return None
        is_ours = not {"jax2onnx", "tensorflow"} & set(lacking)
        remedy = f'"keras-cnns[{"openvino" if "openvino" in lacking else "export"}]"'
        return (
            f"{self.title} from {backend} needs {' and '.join(lacking)}: pip install "
            f"{remedy if is_ours else ' '.join(lacking)}"
        )

    def write(self, model: keras.Model, path: Path) -> None:
        """Write the model; Keras' words and those of the packages that it uses are kept back."""
        if keras.backend.backend() == "torch":  # of which the graph is taken as it is
            model = folded(model)
        signature = [tree.map_structure(_spec, model._inputs_struct)]
        with quiet():
            model.export(str(path), format=self.name, verbose=False, input_signature=signature)
        if self.name == "onnx":
            name_outputs(path, model)


def name_outputs(path: Path, model: keras.Model) -> None:
    """Call the outputs of an ONNX file by the layers that give them, where no other tensor is called so."""
    onnx = importlib.import_module("onnx")
    file = onnx.load(str(path), load_external_data=False)
    old = [output.name for output in file.graph.output]
    new = dict(zip(old, model.output_names))
    taken = {name for node in file.graph.node for name in node.output} | {
        one.name for one in file.graph.input
    }
    if len(new) < len(model.output_names) or len(set(new.values())) < len(new) or taken & set(new.values()):
        return
    for node in file.graph.node:
        for names in (node.input, node.output):
            names[:] = [new.get(name, name) for name in names]
    for output in file.graph.output:
        output.name = new[output.name]
    onnx.save(file, str(path))


def _spec(tensor: keras.KerasTensor) -> keras.InputSpec:
    return keras.InputSpec(shape=tensor.shape, dtype=tensor.dtype, name=input_name(tensor))


def input_name(tensor: keras.KerasTensor) -> str:
    """The name of an input's layer, the same in each process; that of its tensor has a number."""
    return tensor._keras_history.operation.name


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back warnings, log lines, and reports to the makers of OpenVINO, who want none of CI."""
    levels = {name: logging.getLogger(name).level for name in ("tf2onnx", "torch.onnx", "jax2onnx", "absl")}
    had = os.environ.get("CI")
    os.environ["CI"] = had or "true"
    for name in levels:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if had is None:
            os.environ.pop("CI", None)


def reason(error: BaseException) -> str:
    """What went wrong in another library, on one line."""
    text = one_line(COLOUR.sub("", str(error).strip()))
    kind = "" if isinstance(error, (ImportError, ValueError)) else f"{type(error).__name__}: "
    return f"{kind}{text[:297]}..." if len(text) > 300 else f"{kind}{text}"


def in_order(names: list[str], model: keras.Model) -> list[str]:
    """The names of a file's inputs in the order of the model's, where they tell; else as they are."""
    plain = {name.removeprefix("serving_default_").partition(":")[0]: name for name in names}
    wanted = [input_name(tensor) for tensor in model.inputs]
    return [plain[name] for name in wanted] if set(wanted) == set(plain) else names


def read_onnx(path: Path, model: keras.Model) -> Run:
    """Open a file with onnxruntime, on the processor."""
    onnxruntime = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = in_order([entry.name for entry in session.get_inputs()], model)
    return lambda arrays: session.run(None, dict(zip(names, arrays, strict=True)))


def read_openvino(path: Path, model: keras.Model) -> Run:
    """Open a file with OpenVINO, on the processor, in single precision also where half would be quicker."""
    openvino = importlib.import_module("openvino")
    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})  # the file may be removed
    compiled = core.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    names = in_order([entry.any_name for entry in compiled.inputs], model)
    count = len(compiled.outputs)

    def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
        found = compiled(dict(zip(names, arrays, strict=True)))
        return [np.asarray(found[number]) for number in range(count)]

    return run


def read_tflite(path: Path, model: keras.Model) -> Run:
    """Open a file with LiteRT's interpreter, which TensorFlow brings along."""
    if importlib.util.find_spec("ai_edge_litert"):
        make = importlib.import_module("ai_edge_litert.interpreter").Interpreter
    else:
        make = importlib.import_module("tensorflow").lite.Interpreter
    with quiet():
        interpreter = make(str(path))
    inputs = {entry["name"]: entry["index"] for entry in interpreter.get_input_details()}
    places = [inputs[name] for name in in_order(list(inputs), model)]
    # Their names end in the number of the output.
    outputs = sorted(interpreter.get_output_details(), key=lambda entry: entry["name"].rpartition(":")[::2])

    def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
        for place, array in zip(places, arrays, strict=True):
            interpreter.resize_tensor_input(place, array.shape)
        interpreter.allocate_tensors()
        for place, array in zip(places, arrays):
            interpreter.set_tensor(place, array)
        interpreter.invoke()
        return [interpreter.get_tensor(entry["index"]) for entry in outputs]

    return run


def read_saved_model(path: Path, model: keras.Model) -> Run:
    """Open a folder with TensorFlow alone; its endpoint is `serve`, as Keras names it."""
    tensorflow = sys.modules.get("tensorflow") or importlib.import_module("tensorflow")
    loaded = tensorflow.saved_model.load(str(path))
    structure = model._inputs_struct

    def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
        tensors = [tensorflow.constant(array) for array in arrays]
        found = loaded.serve(tree.pack_sequence_as(structure, tensors))
        return [np.asarray(one) for one in tree.flatten(found)]

    return run


EXPORTERS = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnx"}
ONNX = Format("ONNX", "onnx", ".onnx", "onnxruntime", EXPORTERS, read_onnx)
OPENVINO = Format(
    "OpenVINO",
    "openvino",
    ".xml",
    "openvino",
    {"tensorflow": "openvino", "torch": "openvino"},
    read_openvino,
)
TFLITE = Format("LiteRT", "litert", ".tflite", "tensorflow", {"tensorflow": "tensorflow"}, read_tflite)
SAVED_MODEL = Format(
    "a SavedModel",
    "tf_saved_model",
    "",
    "tensorflow",
    {"tensorflow": "tensorflow", "jax": "tensorflow"},
    read_saved_model,
)
FORMATS = {form.suffix: form for form in (ONNX, OPENVINO, TFLITE, SAVED_MODEL)}
