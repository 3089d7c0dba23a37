"""The layers of a model that have weights, in the order in which its file builds them."""

from dataclasses import dataclass, replace

import keras
from keras import layers

from keras_cnns import graph

KINDS = {
    layers.SeparableConv2D: "separable",
    layers.Conv2D: "convolution",
    layers.Dense: "dense",
    layers.DepthwiseConv2D: "depthwise",
    layers.BatchNormalization: "normalization",
    layers.LayerNormalization: "layer normalization",
}


@dataclass(frozen=True)
class WeightedLayer:
    """A layer with weights, and what its surroundings say about them.

    Attributes:
        layer: the layer.
        kind: "convolution", "depthwise", "separable", "dense", "normalization", "layer normalization" or
            "scale" (a factor for each map).
        landmark: the next layer, in the order of the graph, that has a name of the paper's.
        source: the index of the layer that it reads, if that has weights.
        flattened: (height, width, channels) of the map that a dense layer reads flattened.
    """

    layer: keras.Layer
    kind: str
    landmark: str
    source: int | None
    flattened: tuple[int, int, int] | None


def weighted_layers(model: keras.Model, landmarks: set[str] | None = None) -> list[WeightedLayer]:
    """List the layers with weights, one tower after the other, as the graph is read from its outputs.

    The layers of nested models are among them; one that prepares images, with numbers of its own, is not.

    Args:
        model: a functional model of convolutions, dense layers and normalizations.
        landmarks: the names of the layers that `landmark` may name; a layer after the last has "".

    Raises:
        ValueError: if a layer of another kind has weights.
    """
    vertices = graph.read(model, expand_nested=True, own_layers=False).vertices
    found: list[WeightedLayer] = []
    index_of: dict[int, int] = {}  # of a vertex, in `found`
    pending: list[int] = []  # layers whose landmark is still to come
    for i, vertex in enumerate(vertices):
        layer = vertex.operation
        if getattr(layer, "weights", None) and not isinstance(layer, layers.Normalization):
            source = index_of.get(vertex.sources[0]) if vertex.sources else None
            index_of[i] = len(found)
            pending.append(len(found))
            found.append(WeightedLayer(layer, kind_of(layer), "", source, flattened_map(vertices, vertex)))
        if landmarks and vertex.name in landmarks:
            for k in pending:
                found[k] = replace(found[k], landmark=vertex.name)
            pending = []
    return found


def kind_of(layer: keras.Layer) -> str:
    for kind, name in KINDS.items():
        if type(layer) is kind:
            return name
    if type(layer).__name__ == "LayerScale":  # ours or that of keras.applications
        return "scale"
    raise ValueError(
        f"model has a layer of type {type(layer).__name__}, for which no published file has weights."
    )


def flattened_map(vertices: tuple[graph.Vertex, ...], vertex: graph.Vertex) -> tuple[int, int, int] | None:
    """The shape of the map that a vertex reads flattened, perhaps after a dropout, or None."""
    source = vertex
    while source.sources:
        source = vertices[source.sources[0]]
        if isinstance(source.operation, layers.Flatten):
            height, width, channels = vertices[source.sources[0]].shapes[0][1:]
            return (height, width, channels) if height and width and channels else None
        if not isinstance(source.operation, layers.Dropout):
            return None
    return None
