"""Any Keras model as a graph: one vertex for each call of a layer.

The first use of a name imports what it needs; `orders` needs no Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.graph.calls import Arguments, Call, call_of, maker_of
    from keras_cnns.graph.input_shapes import built_for, check_functional, check_readable, readable
    from keras_cnns.graph.orders import depth_first, readers_of
    from keras_cnns.graph.reading import read
    from keras_cnns.graph.vertices import Graph, Shape, Vertex, expanded

__all__ = [
    "Arguments",
    "Call",
    "Graph",
    "Shape",
    "Vertex",
    "built_for",
    "call_of",
    "check_functional",
    "check_readable",
    "depth_first",
    "expanded",
    "maker_of",
    "read",
    "readable",
    "readers_of",
]

_HOMES = {
    "calls": ("Arguments", "Call", "call_of", "maker_of"),
    "input_shapes": ("built_for", "check_functional", "check_readable", "readable"),
    "orders": ("depth_first", "readers_of"),
    "reading": ("read",),
    "vertices": ("Graph", "Shape", "Vertex", "expanded"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"keras_cnns.graph.{_HOME_OF[name]}"), name)
    globals()[name] = found
    return found
