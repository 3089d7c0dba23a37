"""How large the tensors of a proof are, and whether each call can be run on them, before any is computed."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from keras import KerasTensor, Layer, Model, backend, layers

from keras_cnns.comparison.proof.numbers import BATCH, Skipped, called
from keras_cnns.comparison.symbolic_run import Unfit, specs_of
from keras_cnns.graph import Graph, Shape, Vertex
from keras_cnns.graph.tracing import unchanged
from keras_cnns.layer_kinds import holds_layers, is_keras_class

Sizes = tuple[int, ...]
# For axes of any size: the first at which every map has values.
FREE_SIZES = (64, 128, 256)
# In weights and in all tensors of a model: 4 GiB in 32 bits.
MOST_VALUES = 2**30


def fitting(
    models: Sequence[Model], graphs: Sequence[Graph], shapes: Sequence[Shape], skipped: Sequence[Skipped]
) -> list[Sizes]:
    """Return the shapes of inputs, with the batch, on which both models can be run.

    Args:
        models: what is in the graphs.
        graphs: the models' calls.
        shapes: of the inputs; sizes that are not known are None.
        skipped: for each graph, operations that are left out, by their id.

    Raises:
        Unfit: if shapes do not fit, a tensor has no values, or all together have too many.
    """
    is_free = any(None in shape[1:] for shape in shapes)
    for size in FREE_SIZES if is_free else FREE_SIZES[-1:]:
        found = [(BATCH, *(size if n is None else n for n in shape[1:])) for shape in shapes]
        try:
            for model, graph, left in zip(models, graphs, skipped):
                _check(model, graph, found, left, is_free)
            return found
        except Unfit:
            if size == FREE_SIZES[-1]:
                raise
    raise AssertionError


def _check(model: Model, graph: Graph, shapes: list[Sizes], skipped: Skipped, is_free: bool) -> None:
    weights = {id(weight): prod(weight.shape) for vertex in graph.vertices for weight in vertex.weights}
    stated = [(BATCH, *(n or 1 for n in shape[1:])) for vertex in graph.vertices for shape in vertex.shapes]
    _check_values([*shapes, *stated], sum(weights.values()))
    if is_free or backend.backend() == "tensorflow":
        with unchanged(model):
            made = [tuple(x.shape) for outputs in _specs(graph, shapes, skipped) for x in outputs]
        _check_values(made, sum(weights.values()))


def _check_values(shapes: Sequence[Shape], weights: int) -> None:
    amounts = [prod(n or 0 for n in shape) for shape in shapes]
    if not all(amounts):
        raise Unfit("a tensor has no values")
    if sum(amounts) + weights > MOST_VALUES:
        raise Unfit(f"it takes more than {4 * MOST_VALUES // 2**30} GB of memory")


def _specs(graph: Graph, shapes: Sequence[Shape], skipped: Skipped) -> list[list[KerasTensor]]:
    """What each call gives, as shapes and types."""
    starts = dict(zip(graph.inputs, shapes))
    made: list[list[KerasTensor]] = []
    for i, vertex in enumerate(graph.vertices):
        given = [made[source][place] for source, place in zip(vertex.sources, vertex.places)]
        if i in starts:
            given = [KerasTensor(starts[i], vertex.call.outputs[0].dtype)]
        made.append(given if i in starts or id(vertex.operation) in skipped else _spec(vertex, given))
    return made


def _spec(vertex: Vertex, given: list[KerasTensor]) -> list[KerasTensor]:
    if _is_plain(vertex):
        try:
            return called(vertex, given, vertex.operation.compute_output_spec)
        except Exception:  # it may not take all that a call takes
            pass
    return specs_of(lambda *tensors: called(vertex, list(tensors)), given)


def _is_plain(vertex: Vertex) -> bool:
    """Whether it is a layer or function of Keras that refuses the shapes on which its kernel would fail."""
    operation, name = vertex.operation, type(vertex.operation).__name__
    if not is_keras_class(operation) or isinstance(operation, layers.Lambda) or "Pool" in name:
        return False
    activation = getattr(operation, "activation", None)
    is_known = activation is None or str(getattr(activation, "__module__", "")).startswith("keras.src.")
    return is_known and not (isinstance(operation, Layer) and holds_layers(operation))
