"""The layers of a model that have weights, in the order in which its file builds them."""

from dataclasses import dataclass

import keras
from keras import layers

from keras_cnns import graph

KINDS = {
    layers.SeparableConv2D: "separable",
    layers.Conv2D: "convolution",
    layers.Dense: "dense",
    layers.BatchNormalization: "normalization",
}


@dataclass(frozen=True)
class Weighted:
    """A layer with weights and what must be known of its surroundings to move weights into it.

    `kind` is "convolution", "separable", "dense" or "normalization"; `landmark` the next layer with a name of
    the paper's, in the order of the graph; `source` the place of the layer that it reads, if that has
    weights; `flattened` the (height, width, channels) of the map that a dense layer reads flattened.
    """

    layer: keras.Layer
    kind: str
    landmark: str
    source: int | None
    flattened: tuple[int, int, int] | None


def weighted_layers(model: keras.Model, landmarks: set[str] | None = None) -> list[Weighted]:
    """List the layers with weights, towers one after the other as the graph is read from its outputs.

    Args:
        model: a functional model of convolutions, dense layers and batch normalizations.
        landmarks: the names of the layers that `landmark` may name; a layer after the last has "".

    Raises:
        ValueError: if a layer of another kind has weights.
    """
    vertices = graph.read(model).vertices
    found: list[Weighted] = []
    places: dict[int, int] = {}
    waiting: list[int] = []
    for i, vertex in enumerate(vertices):
        layer = vertex.operation
        if getattr(layer, "weights", None):
            source = places.get(vertex.sources[0]) if vertex.sources else None
            places[i] = len(found)
            waiting.append(len(found))
            found.append(Weighted(layer, kind_of(layer), "", source, flattened(vertices, vertex)))
        if landmarks and vertex.name in landmarks:
            for place in waiting:
                found[place] = Weighted(**{**vars(found[place]), "landmark": vertex.name})
            waiting = []
    return found


def kind_of(layer: keras.Layer) -> str:
    for kind, name in KINDS.items():
        if type(layer) is kind:
            return name
    raise ValueError(
        f"model has a layer of type {type(layer).__name__}, whose weights no published file has."
    )


def flattened(vertices: tuple[graph.Vertex, ...], vertex: graph.Vertex) -> tuple[int, int, int] | None:
    """The map that `vertex` reads flattened, also through a dropout; None if it reads something else."""
    source = vertex
    while source.sources:
        source = vertices[source.sources[0]]
        if isinstance(source.operation, layers.Flatten):
            return vertices[source.sources[0]].shapes[0][1:]
        if not isinstance(source.operation, layers.Dropout):
            return None
    return None
