"""A layer that stands for one whose code is not in a file: its class's name, and the shapes that it gives."""

from functools import lru_cache
from typing import Any

import keras

from keras_cnns.safe_text import LONGEST_NAME, shortened

UNKNOWN = [None, None]  # a shape of which nothing is known


@keras.saving.register_keras_serializable("keras_cnns")
class OpaqueLayer(keras.Layer):
    """A layer that can be drawn and not computed.

    Its class has the name of the class that it stands for. A digest of the other's settings keeps two that
    were made differently apart; the settings themselves are not here.

    Args:
        kind: the name of the class that it stands for.
        outputs: for each of its calls, for each output: its shape with the batch, and its type.
        digest: of the settings of the layer that it stands for.
        options: the arguments of any layer.
    """

    def __init__(self, kind: str, outputs: list, digest: str = "", **options: Any):
        super().__init__(autocast=False, **options)
        self.kind, self.outputs, self.digest = str(kind), outputs, str(digest)
        self.supports_masking = (
            True  # whether it passes a mask on is unknown; a warning would say that it does not
        )
        self.built = True

    @classmethod
    def from_config(cls, config: dict) -> "OpaqueLayer":
        return _class_called(shortened(str(config["kind"]), LONGEST_NAME) or "unnamed")(**config)

    def get_config(self) -> dict:
        config = super().get_config()
        config.pop("autocast", None)
        return {**config, "kind": self.kind, "outputs": self.outputs, "digest": self.digest}

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"what {type(self).__name__} computes is not in the file.")

    def compute_mask(self, *args: Any, **kwargs: Any) -> None:
        return None

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        made = len(self._inbound_nodes)
        alike = all(each == self.outputs[0] for each in self.outputs)
        if not alike and made >= len(self.outputs):
            raise NotImplementedError(
                f"what {type(self).__name__} gives for other inputs is not in the file."
            )
        tensors = [
            keras.KerasTensor(tuple(shape), dtype=dtype)
            for shape, dtype in self.outputs[0 if alike else made]
        ]
        return tensors[0] if len(tensors) == 1 else tensors


@lru_cache(maxsize=1024)
def _class_called(kind: str) -> type[OpaqueLayer]:
    """Return the class of this name, the same each time."""
    return type(kind, (OpaqueLayer,), {"__doc__": OpaqueLayer.__doc__, "__module__": __name__})


@keras.saving.register_keras_serializable("keras_cnns")
class OpaqueFunction:
    """A function of a person's own, given as `activation=`; what it computes is unknown, its shape stays."""

    def __init__(self, name: str):
        self.__name__ = shortened(str(name), LONGEST_NAME) or "unnamed"

    def __call__(self, x: Any) -> Any:
        return x

    def get_config(self) -> dict:
        return {"name": self.__name__}

    @classmethod
    def from_config(cls, config: dict) -> "OpaqueFunction":
        return cls(config["name"])
