"""Safetensors: a list of names and shapes, then plain numbers; needs no PyTorch."""

from pathlib import Path

import numpy as np

from keras_cnns.weights.formats import require_reader
from keras_cnns.weights.formats.pytorch import SPELLING
from keras_cnns.weights.formats.tensors import Tensors


class Safetensors(Tensors):
    """PyTorch's names and axes in a file that cannot hold code. Keras has taught NumPy bfloat16."""

    spelling = SPELLING

    def __init__(self, path: Path):
        super().__init__(path)
        require_reader(path)
        import safetensors

        with safetensors.safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            self.shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}

    def read(self, name: str) -> np.ndarray:
        import safetensors

        try:
            # Opened each time, since what has been read of an open file stays in this process' memory.
            with safetensors.safe_open(self.path, framework="numpy") as file:
                return file.get_tensor(name)
        except (TypeError, AttributeError):
            raise ValueError(f"{self.path}: {name[:80]!r} has a type that NumPy lacks.") from None
