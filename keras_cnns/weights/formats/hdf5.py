"""Files of `keras.applications` and of Keras 2: HDF5 with a group per layer, in the model's order."""

from collections.abc import Sequence
from itertools import islice
from math import prod
from pathlib import Path

import h5py
import numpy as np

from keras_cnns.keras_files.hdf5_strings import strings
from keras_cnns.weights.formats.tensors import PARTS, Tensors


class KerasFile(Tensors):
    """Layers in the order of `layers`, each with its tensors in Keras' order.

    Nothing outside the file is opened: links to other files and data stored in them are refused.
    """

    keras_order = True

    def __init__(self, path: Path):
        super().__init__(path)
        self.tensors_of: dict[str, list[str]] = {}
        with h5py.File(path, "r") as file:
            self._list(file)

    def _list(self, file: h5py.File) -> None:
        root = file.get("model_weights", file)
        if "layer_names" not in root.attrs:
            raise ValueError("it has no layer_names; files of Keras 3 end in .weights.h5 or .keras")
        for layer in strings(root, "layer_names", self.path):
            names = strings(hard_linked(root, layer), "weight_names", self.path)
            if names:
                if layer in self.tensors_of:
                    raise ValueError(f"two layers are called {layer!r}")
                self.tensors_of[layer] = [f"{root.name.rstrip('/')}/{layer}/{name}" for name in names]
        self.layers = tuple(self.tensors_of)
        for names in self.tensors_of.values():
            for name in names:
                dataset = follow(file, name)
                if not isinstance(dataset, h5py.Dataset):
                    raise ValueError(f"{name!r} is a group, not a tensor")
                check_stored_here(dataset, name)
                self.shapes[name] = dataset.shape

    def parts(self, layer: str, kind: str) -> dict[str, str]:
        names = self.tensors_of.get(layer, [])
        parts = PARTS[kind]
        if kind == "normalization" and len(names) == 3:
            parts = parts[1:]
        return dict(zip(parts, names)) if len(names) <= len(parts) else {}

    def divide(self, layer: str, counts: Sequence[int]) -> list[str] | None:
        """Take the tensors of a nested model apart, so many for each layer in it; return names for these.

        None if the layer has another number of tensors.
        """
        names = iter(self.tensors_of[layer])
        parts = [list(islice(names, count)) for count in counts]
        if sum(map(len, parts)) != sum(counts) or next(names, None) is not None:
            return None
        inside = {f"{layer}/{i}": part for i, part in enumerate(parts)}
        self.tensors_of |= inside
        return list(inside)

    def read(self, name: str) -> np.ndarray:
        with h5py.File(self.path, "r") as file:
            dataset = follow(file, name)
            check_bytes([dataset], self.path)
            return dataset[()]


def check_stored_here(dataset: h5py.Dataset, name: str) -> None:
    """Raise a ValueError for a dataset in another file, without data, or packed, which Keras never does."""
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{name[:80]!r} is not stored in the file itself, and another is not opened")
    if dataset.shape is None or dataset.dtype.kind == "O":
        raise ValueError(f"{name[:80]!r} holds no numbers")
    if dataset.id.get_create_plist().get_nfilters():
        raise ValueError(f"{name[:80]!r} is compressed or filtered in a way that Keras does not use")


def check_bytes(datasets: list[h5py.Dataset], path: Path) -> None:
    """Raise a ValueError if datasets or their chunks claim more bytes than the file has: a claim is free."""
    tensors = sum(prod(each.shape) * each.dtype.itemsize for each in datasets)
    chunks = sum(prod(each.chunks) * each.dtype.itemsize for each in datasets if each.chunks)
    if max(tensors, chunks) > path.stat().st_size:
        raise ValueError(f"its tensors claim {max(tensors, chunks):,} bytes, more than the file has")


def hard_linked(group: h5py.Group, name: str):
    """The member of that name, if it is in the group itself and not a link to elsewhere."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name!r} is missing, or a link")
    return group[name]


def follow(file: h5py.File, path: str):
    found = file
    for name in path.strip("/").split("/"):
        found = hard_linked(found, name)
    return found
