"""ONNX graphs that the model zoo converted from Caffe: their initializers, with Caffe2's names."""

from pathlib import Path
from typing import Any

import numpy as np

from keras_cnns.weights.formats import require_reader
from keras_cnns.weights.formats.protobuf import Place, content, parted
from keras_cnns.weights.formats.tensors import Tensors

# The numbers of fields in onnx.proto: a model's graph, a graph's initializers, what a tensor holds.
GRAPH, INITIALIZER = 7, 5
NUMBERS = (4, 5, 6, 7, 9, 10, 11)
WITH_WEIGHTS = ("BatchNormalization", "Conv", "Gemm", "MatMul")


class Initializers(Tensors):
    """The weights of a graph, and the nodes that use them; nothing outside the file is opened."""

    spelling = {
        "convolution": {"kernel": "_w_0", "bias": "_b_0"},
        "dense": {"kernel": "_w_0", "bias": "_b_0"},
        "separable": {},
        "normalization": {
            "gamma": "_s_0",
            "beta": "_b_0",
            "moving_mean": "_rm_0",
            "moving_variance": "_riv_0",
        },
    }

    def __init__(self, path: Path):
        super().__init__(path)
        require_reader(path)
        import onnx

        with path.open("rb") as file:
            rest, graphs = parted(file, [(0, path.stat().st_size)], GRAPH)
            onnx.ModelProto.FromString(rest)
            rest, initializers = parted(file, graphs, INITIALIZER)
            graph = onnx.GraphProto.FromString(rest)
            self.users = {name: node for node in graph.node for name in node.input}
            self.places: dict[str, Place] = {}
            for place in initializers:
                self._list(onnx.TensorProto.FromString(parted(file, [place], *NUMBERS)[0]), place)

    def _list(self, value: Any, place: Place) -> None:
        """Note where a tensor is, of which all but its numbers is known."""
        user = self.users[value.name].op_type if value.name in self.users else ""
        if value.data_type != value.FLOAT and user not in WITH_WEIGHTS:  # a shape, say
            return
        if value.data_location == value.EXTERNAL:
            raise ValueError(f"{self.path} stores {value.name[:80]!r} in another file, which is not opened.")
        self.places[value.name] = place
        self.shapes[value.name] = tuple(value.dims)

    def read(self, name: str) -> np.ndarray:
        import onnx

        with self.path.open("rb") as file:
            value = onnx.TensorProto.FromString(content(file, *self.places[name]))
        return onnx.numpy_helper.to_array(value)

    def settings(self, name: str) -> dict[str, object]:
        import onnx

        if name not in self.users:
            raise ValueError(f"no operation uses {name[:80]!r}")
        stated = {item.name: onnx.helper.get_attribute_value(item) for item in self.users[name].attribute}
        return {"strides": tuple(stated.get("strides", (1, 1))), "groups": stated.get("group", 1)}
