"""What `ignore=` takes out of a comparison: out of the verdict, and out of what is said."""

from __future__ import annotations

from collections import Counter

from keras import Model

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.report.messages import Difference
from keras_cnns.graph import Shape

MOST_NAMED = 3  # ignored differences that are named one by one


def notes_on_ignored(ignored: list[Difference]) -> list[str]:
    """Return sentences that say which differences do not count."""
    if len(ignored) > MOST_NAMED:
        return [f"{len(ignored)} ignored differences"]
    return [f"ignored: {one.message.rstrip('.')}" for one in ignored]


def have_same_shapes(
    models: tuple[Model, Model], graphs: tuple[CanonicalGraph, CanonicalGraph], ignored: list[Difference]
) -> bool:
    """Whether weights, inputs and outputs have the same shapes, apart from what is ignored.

    Args:
        models: the student's and the reference.
        graphs: their canonical forms.
        ignored: the differences that do not count.
    """
    attributes = {one.attribute for one in ignored}
    places = [place for one in ignored for place in one.places]
    left_out = [{place[side] for place in places} for side in (0, 1)]
    if any(left_out):
        weights = [_weights(model, layers) for model, layers in zip(models, left_out)]
    else:
        weights = [Counter(graph.weights) for graph in graphs]
    if "in_shape" not in attributes and _inputs(graphs[0]) != _inputs(graphs[1]):
        return False
    end = -1 if "n_classes" in attributes else None
    outputs = [[graph.nodes[output].shape[:end] for output in graph.outputs] for graph in graphs]
    return weights[0] == weights[1] and outputs[0] == outputs[1]


def _weights(model: Model, left_out: set[str | None]) -> Counter[Shape]:
    """How many weights of each shape there are outside the layers that are left out."""
    theirs = {id(w) for layer in model._flatten_layers() if layer.name in left_out for w in layer.weights}
    return Counter(tuple(weight.shape) for weight in model.weights if id(weight) not in theirs)


def _inputs(graph: CanonicalGraph) -> list[Shape]:
    return [node.shape for node in graph.nodes if node.kind == "input"]
