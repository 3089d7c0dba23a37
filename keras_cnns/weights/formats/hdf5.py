"""Files of `keras.applications` and of Keras 2: HDF5 with a group per layer, in the model's order."""

from pathlib import Path

import h5py
import numpy as np

from keras_cnns.weights.formats.tensors import PARTS, Tensors


class KerasFile(Tensors):
    """Layers in the order of `layers`, each with its tensors in Keras' order.

    Nothing outside the file is opened: links to other files and data stored in them are refused.
    """

    keras_order = True

    def __init__(self, path: Path):
        super().__init__(path)
        self.tensors_of: dict[str, list[str]] = {}
        try:
            with h5py.File(path, "r") as file:
                self._list(file)
        except (OSError, KeyError, TypeError, AttributeError, RuntimeError, UnicodeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(f"{path} is not a valid HDF5 file of Keras: {reason}") from None

    def _list(self, file: h5py.File) -> None:
        root = file.get("model_weights", file)
        if "layer_names" not in root.attrs:
            raise KeyError("it has no layer_names; files of Keras 3 end in .weights.h5 or .keras")
        for layer in texts(root.attrs["layer_names"]):
            names = texts(hard_linked(root, layer).attrs["weight_names"])
            if names:
                if layer in self.tensors_of:
                    raise KeyError(f"two layers are called {layer!r}")
                self.tensors_of[layer] = [f"{root.name.rstrip('/')}/{layer}/{name}" for name in names]
        self.layers = tuple(self.tensors_of)
        for names in self.tensors_of.values():
            for name in names:
                dataset = follow(file, name)
                if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
                    raise KeyError(f"{name!r} is not stored in the file itself")
                if not np.issubdtype(dataset.dtype, np.floating):
                    raise KeyError(f"{name!r} does not hold floating-point numbers")
                self.shapes[name] = dataset.shape

    def parts(self, layer: str, kind: str) -> dict[str, str]:
        names = self.tensors_of.get(layer, [])
        parts = PARTS[kind]
        if kind == "normalization" and len(names) == 3:
            parts = parts[1:]
        return dict(zip(parts, names)) if len(names) <= len(parts) else {}

    def read(self, name: str) -> np.ndarray:
        with h5py.File(self.path, "r") as file:
            return np.asarray(follow(file, name)[()], np.float32)


def texts(attribute) -> list[str]:
    return [text.decode() if isinstance(text, bytes) else str(text) for text in attribute]


def hard_linked(group: h5py.Group, name: str):
    """The member of that name, if it is in the group itself and not a link to elsewhere."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise KeyError(f"{name!r} is missing, or a link")
    return group[name]


def follow(file: h5py.File, path: str):
    found = file
    for name in path.strip("/").split("/"):
        found = hard_linked(found, name)
    return found
