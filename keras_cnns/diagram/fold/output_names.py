"""What the outputs of a layer with several are called: "state h", "part 2 of 4", "output 2"."""

from collections.abc import Mapping, Sequence

from keras import Model, layers

from keras_cnns import layer_kinds
from keras_cnns.graph import Graph, Vertex
from keras_cnns.safe_text import cut_name

PARTS = ("Split", "ArraySplit", "Unstack")
# Functions and layers whose outputs have names of their own; None needs none.
NAMES: dict[str, tuple[str | None, ...]] = {
    "EigH": ("values", "vectors"),
    "Eig": ("values", "vectors"),
    "Moments": ("mean", "variance"),
    "MultiHeadAttention": (None, "scores"),
    "Attention": (None, "scores"),
    "GroupQueryAttention": (None, "scores"),
    "TopK": ("values", "indices"),
}


def reads(outputs: Sequence[str | None], several: Sequence[bool], in_order: bool) -> str:
    """Return which outputs a box reads, such as "state h"; nothing if that need not be said.

    It need not where only the first output of a layer is read, and that has no name of its own.

    Args:
        outputs: for each tensor that it reads the name of the output that it is.
        several: for each whether it comes from a layer with several outputs.
        in_order: whether it is a model with several inputs, of which each is said.
    """
    names = [name or "output 1" for name, is_said in zip(outputs, several) if is_said]
    names = names if in_order and len({*names}) > 1 else list(dict.fromkeys(names))
    return " and ".join(names) if any(outputs) else ""


def gives(vertex: Vertex, graph: Graph, joined: Mapping[int, int]) -> dict[int, str]:
    """Return for each vertex inside a call which of the call's outputs it gives, such as "output 2".

    Of a vertex that has several outputs itself it is said which: "state h as output 2".

    Args:
        vertex: the call of a model, or of a layer of a user's own.
        graph: what is inside it.
        joined: for what is drawn with a box before it what it reads.
    """
    names: dict[int, list[str]] = {}
    for place, (end, its) in enumerate(zip(graph.outputs, graph.output_places)):
        start = end
        while start in joined:
            start, its = joined[start], graph.vertices[start].places[0]
        which = output_name(graph.vertices[start], its)
        if len(graph.outputs) == len(vertex.shapes) > 1:
            name = output_name(vertex, place) or f"output {place + 1}"
            names.setdefault(end, []).append(f"{which} as {name}" if which else name)
        elif which and not place:
            names[end] = [which]
    return {end: " and ".join(said) for end, said in names.items()}


def output_name(vertex: Vertex, place: int) -> str | None:
    """Return the name of an output; None for an only one, and for the first of layers without names."""
    n = len(vertex.shapes)
    if n < 2:
        return None
    kind = type(vertex.operation).__name__
    if kind in PARTS:
        return f"part {place + 1} of {n}"
    names = _names(vertex, n)
    if names:
        return names[place]
    return f"output {place + 1}" if place or vertex.inside else None


def _names(vertex: Vertex, n: int) -> Sequence[str | None]:
    operation = vertex.operation
    if isinstance(operation, Model):
        return _keys(operation, n)
    if isinstance(operation, layers.Bidirectional):
        outputs = ["forwards", "backwards"] if operation.merge_mode is None else [None]
        states = _states(operation.forward_layer, (n - len(outputs)) // 2)
        return [*outputs, *(f"{way} {state}" for way in ("forward", "backward") for state in states)]
    if isinstance(operation, layers.RNN):
        return [None, *_states(operation, n - 1)]
    names = NAMES.get(type(operation).__name__, ()) if layer_kinds.is_keras_class(operation) else ()
    return names if len(names) == n else ()


def _states(layer: layers.RNN, n: int) -> list[str]:
    if n == 2 and "LSTM" in type(layer).__name__:
        return ["state h", "state c"]
    return ["state"] if n == 1 else [f"state {i + 1}" for i in range(n)]


def _keys(model: Model, n: int) -> Sequence[str]:
    """The keys of a model that gives a dict, in the order of its tensors."""
    outputs = getattr(model, "_outputs_struct", None)
    return (
        [cut_name(str(key)) for key in sorted(outputs)]
        if isinstance(outputs, dict) and len(outputs) == n
        else ()
    )
