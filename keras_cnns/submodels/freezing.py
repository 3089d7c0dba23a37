"""Which layers of a functional model learn, found by the graph and inside nested models, too."""

from collections.abc import Iterable, Iterator

from keras import Model, layers

from keras_cnns.arguments import checked_flag, shown
from keras_cnns.graph import Graph, check_functional, depth_first, expanded, read
from keras_cnns.submodels.cutting import last_map, nearest
from keras_cnns.submodels.places import all_places, outermost
from keras_cnns.submodels.published_names import ours


def freeze(model: Model, until: str | None = None, *, batch_normalization: bool = True) -> Model:
    """Let the layers up to one keep their weights in training, and all others learn.

    What is up to a layer is decided by the graph: every layer from which there is a way to it, inside nested
    models, too. A frozen batch normalization computes with its averages and does not move them.
    `base(x, training=False)` alone does not do this in Keras 3: `fit` moves the averages of a base that
    learns.

    Compile the model again before the next `fit`. Models that share layers share what is frozen.

    Args:
        model: a functional or built Sequential model.
        until: the name of the last frozen layer, at any depth of nesting, or a published name of it, see
            `features`; by default all but the classifier is frozen, see `backbone`.
        batch_normalization: keep also the batch normalizations between `until` and the classifier.

    Returns:
        The model itself.

    Raises:
        ValueError: if `model` is not functional, has no layer of this name or several, or has no layer with
            weights up to there.
    """
    check_functional(model)
    checked_flag("batch_normalization", batch_normalization)
    if until is not None and not isinstance(until, str):
        raise ValueError(f"until must be the name of a layer in {model.name!r}; got {shown(until)}.")
    graph, end = trunk(model) if until is None else named_end(model, until)
    frozen = list(layers_up_to(graph, end))
    if not any(layer.weights for layer in frozen):
        where = "its classifier" if until is None else repr(until)
        raise ValueError(f"model must have layers with weights before {where}; {model.name!r} has none.")
    unfreeze(model, batch_normalization=batch_normalization)
    for layer in frozen:
        layer.trainable = False
    return model


def unfreeze(model: Model, *, batch_normalization: bool = True) -> Model:
    """Let all layers learn, but those that normalize batches in front of the classifier.

    Compile the model again before the next `fit`.

    Args:
        model: a functional or built Sequential model.
        batch_normalization: keep the batch normalizations in front of the classifier as they are, weights
            and averages. Small batches of few images would spoil what was learned from many.

    Returns:
        The model itself.

    Raises:
        ValueError: if `model` is not functional.
    """
    check_functional(model)
    checked_flag("batch_normalization", batch_normalization)
    for layer in model._flatten_layers():  # with TensorFlow, setting what a model has already does nothing
        layer.trainable = True
    if batch_normalization:
        for layer in layers_up_to(*trunk(model)):
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
    return model


def trunk(model: Model) -> tuple[Graph, list[int]]:
    """Return the graph of a model and the vertex that ends its trunk; those of its outputs if it has none."""
    graph = read(model, own_layers=False)
    try:
        end = outermost(last_map(model))
    except ValueError:
        return graph, list(graph.outputs)
    graph = expanded(graph) if end.path else graph
    return graph, [i for i, vertex in enumerate(graph.vertices) if vertex.operation is end.operation]


def named_end(model: Model, name: str) -> tuple[Graph, list[int]]:
    """Return a graph with a layer of this name, nested models opened if needed, and its vertices there."""
    graph = read(model, own_layers=False)
    for seen in (graph, expanded(graph)):
        found = [i for i, vertex in enumerate(seen.vertices) if vertex.name == name]
        if len({id(seen.vertices[i].operation) for i in found}) > 1:
            raise ValueError(f"until must name one layer; {model.name!r} has several called {name!r}.")
        if found:
            return seen, found
    if meant := ours(name, {place.name for place in all_places(model)}):
        return named_end(model, meant.rpartition("/")[2])
    hint = nearest(name, [vertex.name for vertex in expanded(graph).vertices])
    raise ValueError(f"until must be the name of a layer in {model.name!r}; got {shown(name)}{hint}.")


def layers_up_to(graph: Graph, ends: Iterable[int]) -> Iterator[layers.Layer]:
    """Give the layers from which there is a way to these vertices, and their own, with all inside them."""
    for i in depth_first(list(ends), lambda i: graph.vertices[i].sources):
        operation = graph.vertices[i].operation
        if isinstance(operation, layers.Layer):
            yield from (layer for layer in operation._flatten_layers() if is_leaf(layer))


def is_leaf(layer: layers.Layer) -> bool:
    """Whether it holds no other layers."""
    return next(iter(layer._flatten_layers(include_self=False)), None) is None
