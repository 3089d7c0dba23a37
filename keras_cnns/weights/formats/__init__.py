"""Files of weights, one module per format: names, shapes and values; no code in them is run."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_cnns.weights.formats.tensors import Tensors

READERS = {".h5": "hdf5", ".hdf5": "hdf5", ".pth": "pytorch", ".pt": "pytorch", ".bin": "pytorch"}
READERS |= {".safetensors": "safetensors", ".onnx": "onnx"}
KINDS = {
    "hdf5": "HDF5 file of Keras",
    "pytorch": "PyTorch file",
    "safetensors": "safetensors file",
    "onnx": "ONNX file",
}
# What reads a format besides what Keras itself needs, and how to get it.
PACKAGES = {
    "pytorch": (
        "torch",
        'PyTorch; pip install "keras-cnns[torch]", or use weights in another format: `keras-cnns weights` '
        "lists them.",
    ),
    "safetensors": ("safetensors", 'the safetensors package; pip install "keras-cnns[weights]".'),
    "onnx": ("onnx", 'the onnx package; pip install "keras-cnns[weights]".'),
}


def kind_of(path: Path) -> str:
    """Say what a file with this suffix should be."""
    suffix = path.suffix.lower()
    return ".keras file" if suffix == ".keras" else KINDS.get(READERS.get(suffix, ""), "file of weights")


def missing_reader(path: Path | str) -> str | None:
    """Say what to install before a file of this name can be read; None if all is there."""
    package, words = PACKAGES.get(READERS.get(Path(path).suffix.lower(), ""), ("", ""))
    if not package or importlib.util.find_spec(package):
        return None
    return f"{Path(path).name} is read by {words}"


def require_reader(path: Path | str) -> None:
    """Raise an ImportError, before anything is fetched, if the package that reads such a file is missing."""
    if words := missing_reader(path):
        raise ImportError(words)


def open_tensors(path: Path) -> "Tensors":
    """Open a file in the format that its suffix names.

    Raises:
        ValueError: if the suffix is unknown.
        ImportError: if the package that reads the format is missing; it says which.
        Exception: whatever the reader of the format raises for a damaged file; see `reading`.
    """
    if not path.is_file():
        raise ValueError(f"no such weights file: {path}.")
    if path.suffix.lower() not in READERS:
        raise ValueError(f"file must end in {', '.join([*READERS, '.keras'])}; got {path.name}.")
    with path.open("rb") as file:
        start = file.read(512).lstrip()
    if start[:1] == b"<":
        raise ValueError(f"{path} holds a web page, not weights; download it again.")
    module = READERS[path.suffix.lower()]
    if module == "hdf5":
        from keras_cnns.weights.formats.hdf5 import KerasFile

        return KerasFile(path)
    if module == "pytorch":
        from keras_cnns.weights.formats.pytorch import StateDict

        return StateDict(path)
    if module == "safetensors":
        from keras_cnns.weights.formats.safetensors import Safetensors

        return Safetensors(path)
    from keras_cnns.weights.formats.onnx import Initializers

    return Initializers(path)
