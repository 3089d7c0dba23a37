"""Files of weights, one module per format: names, shapes and values; no code in them is run."""

from pathlib import Path

from keras_cnns.weights.formats.tensors import Tensors

READERS = {".h5": "hdf5", ".hdf5": "hdf5", ".pth": "pytorch", ".pt": "pytorch", ".bin": "pytorch"}
READERS |= {".safetensors": "safetensors", ".onnx": "onnx"}


def open_tensors(path: Path) -> Tensors:
    """Open a file in the format that its suffix names.

    Raises:
        ValueError: if the suffix is unknown, or the file is not in its format.
        ImportError: if the package that reads the format is missing; it says which.
        OSError: if the file cannot be read.
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
