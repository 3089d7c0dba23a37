"""Any Keras model as a graph: one vertex for each call of a layer."""

from keras_cnns.graph.calls import Arguments, Call, call_of, maker_of
from keras_cnns.graph.input_shapes import built_for, check_functional, check_readable, readable
from keras_cnns.graph.reading import read
from keras_cnns.graph.vertices import Graph, Shape, Vertex, depth_first, expanded, readers_of

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
