"""The preparation of images inside a model: it is no part of the network, and is told apart."""

from __future__ import annotations

from keras import layers

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.canonical.idle import does_nothing
from keras_cnns.graph import Graph
from keras_cnns.graph.preparation import prepares


def drop_preparation(canonical: CanonicalGraph, graph: Graph) -> None:
    """Let the network begin after the preparation of its images; `canonical.preparation` says what it was."""
    words = {id(vertex.operation): _words(vertex.operation) for vertex in graph.vertices if prepares(vertex)}
    nodes, readers, uses = canonical.nodes, canonical.readers(), canonical.uses()
    to_drop: set[int] = set()
    for start in canonical.inputs:
        at = start
        while uses[at] == 1 and len(readers[at]) == 1:
            (at,) = readers[at]
            node = nodes[at]
            is_idle = node.operation not in words and does_nothing(node, canonical.also)
            scales = node.kind == "rescaling" and len(node.sources) == 1
            if not (is_idle or scales or node.operation in words) or not readers[at]:
                break
            if not is_idle:
                canonical.preparation.append(words.get(node.operation) or _scale(**node.attributes))
                canonical.prepared.append((node.kind, node.attributes))
            to_drop.add(at)
            nodes[start].shape = node.shape
            nodes[start].attributes = {**nodes[start].attributes, "in_shape": tuple(node.shape[1:])}
            nodes[start].prepared_by = (*nodes[start].prepared_by, node.operation)
    canonical.drop(to_drop)


def _words(operation: object) -> str:
    """What a layer does to images; "" if only its node can say."""
    if isinstance(operation, layers.Resizing):
        return f"resizing to {operation.height}×{operation.width}"
    if isinstance(operation, layers.CenterCrop):
        return f"cropping to {operation.height}×{operation.width}"
    if isinstance(operation, layers.Rescaling) and isinstance(operation.scale, (int, float)):
        return _scale(operation.scale, operation.offset)
    if type(operation) is layers.Rescaling:
        return ""  # its node says whether each channel has a scale of its own
    if isinstance(operation, layers.Normalization):
        return "normalization with fixed mean and variance"
    return type(operation).__name__


def _scale(scale: object, offset: object = 0.0, **others: object) -> str:
    """`Rescaling(1 / 255)` as people read it."""
    if not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)):
        return "scaling of each channel"
    inverse = round(1 / scale, 3) if 0 < abs(scale) < 1 else 0
    text = f"scaling by 1/{inverse:g}" if inverse else f"scaling by {scale:g}"
    return f"{text} and adding {offset:g}" if offset else text
