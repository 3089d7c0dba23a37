"""ONNX graphs that the model zoo converted from Caffe: their initializers, with Caffe2's names."""

from pathlib import Path

import numpy as np

from keras_cnns.weights.formats.tensors import Tensors

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
        try:
            import onnx
        except ImportError:
            raise ImportError(
                f'{path.name} is read by the onnx package; pip install "keras-cnns[weights]".'
            ) from None
        self.graph = onnx.load(path, format="protobuf", load_external_data=False).graph
        self.users = {name: node for node in self.graph.node for name in node.input}
        self.values = {}
        for value in self.graph.initializer:
            user = self.users[value.name].op_type if value.name in self.users else ""
            # The others are shapes, say.
            if value.data_type == onnx.TensorProto.FLOAT or user in WITH_WEIGHTS:
                if value.data_location == onnx.TensorProto.EXTERNAL:
                    raise ValueError(
                        f"{path} stores {value.name[:80]!r} in another file, which is not opened."
                    )
                self.values[value.name] = value
                self.shapes[value.name] = tuple(value.dims)

    def read(self, name: str) -> np.ndarray:
        import onnx

        return onnx.numpy_helper.to_array(self.values[name])

    def settings(self, name: str) -> dict[str, object]:
        import onnx

        if name not in self.users:
            raise ValueError(f"no operation uses {name[:80]!r}")
        stated = {item.name: onnx.helper.get_attribute_value(item) for item in self.users[name].attribute}
        return {"strides": tuple(stated.get("strides", (1, 1))), "groups": stated.get("group", 1)}
