"""A Keras model → a canonical graph, in which each function is written in one way only.

It is read step by step, then each pass of `PASSES` removes one freedom of writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from keras import Model

from keras_cnns import graph
from keras_cnns.comparison.canonical.canonical_graph import BIAS_IDLE, CanonicalGraph, CanonicalNode
from keras_cnns.comparison.canonical.composites import join_composites
from keras_cnns.comparison.canonical.groups import join_groups, open_splits
from keras_cnns.comparison.canonical.idle import drop_identities
from keras_cnns.comparison.canonical.joins import read_earlier_joins
from keras_cnns.comparison.canonical.layer_configs import UNSEEN, names_of_unseen
from keras_cnns.comparison.canonical.own_kernels import has_own_weights
from keras_cnns.comparison.canonical.padding import rewrite_by_window
from keras_cnns.comparison.canonical.preparation import drop_preparation
from keras_cnns.comparison.canonical.reading_order import put_in_reading_order, steps_of
from keras_cnns.comparison.canonical.shuffles import KIND, join_shuffles
from keras_cnns.comparison.canonical.towers import free_towers
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.safe_text import one_line, shortened

# After these functions no value is negative, whatever the input.
NOT_NEGATIVE = {"relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus", "exponential"}
# The maximum may be taken before or after these functions, which never fall.
MONOTONE = {"relu", "relu6", "sigmoid", "tanh", "leaky_relu", "softplus", "elu", "selu", "hard_sigmoid"}
# These give a value for each value, whatever the others are.
ELEMENTWISE = NOT_NEGATIVE - {"softmax"} | MONOTONE | {"silu", "gelu", "hard_silu", "softsign", "mish"}
# Attributes of an activation with which it is not the function of its name alone.
CONSTANTS = ("alpha", "negative slope", "maximum", "threshold", "scale", "slope")
IDLE = "ReLU of what is not negative"
# These layers make no negative values of values that are not negative.
KEEP_SIGN = {"pooling", "zero padding", "add", "multiply", "average", "maximum", "minimum", "concatenate"}
KEEP_SIGN |= {"slice", "flatten", "reshape", "local response normalization", "dropout", KIND}


def canonicalize(model: Model, also: Iterable[str] = ()) -> CanonicalGraph:
    """Read a functional or built Sequential model; names, nesting and the style of writing do not show.

    Args:
        model: the model; nothing in it is changed or computed.
        also: what counts although only training uses it, of `also.ALSO`.

    Raises:
        ValueError: if `model` is a subclass, not built, or no model.
    """
    also = frozenset(also)
    calls = graph.read(model, expand_nested=True)
    nodes, outputs, inputs, rates = steps_of(calls, also)
    weights = sorted(tuple(weight.shape) for weight in model.weights)
    parameters = sum(map(prod, weights))
    canonical = CanonicalGraph(model.name, nodes, outputs, weights, parameters, rates, also, inputs)
    ends = zip(calls.outputs, calls.output_places)
    canonical.output_shapes = [tuple(calls.vertices[output].shapes[place]) for output, place in ends]
    drop_preparation(canonical, calls)
    canonical.closed = list(dict.fromkeys(vertex.why_closed for vertex in calls.vertices if vertex.opaque))
    by_code = [vertex for vertex in calls.vertices if has_own_weights(vertex)]
    canonical.closed += unknown_kernels(canonical, by_code)
    canonical.unseen = names_of_unseen(vertex.operation for vertex in calls.vertices)
    note_hidden(canonical, calls, by_code)
    for apply_pass in PASSES:
        apply_pass(canonical)
    canonical.finish()
    return canonical


def unknown_kernels(canonical: CanonicalGraph, by_code: list[graph.Vertex]) -> list[str]:
    """Why layers of a person's own with weights are compared by their code, a sentence for each class."""
    own = {id(vertex.operation): type(vertex.operation).__name__ for vertex in by_code}
    kinds = dict.fromkeys(node.kind for node in canonical.nodes if own.get(node.operation) == node.kind)
    return [f"what {shortened(one_line(kind))} does with its weights is not known" for kind in kinds]


def note_hidden(canonical: CanonicalGraph, calls: graph.Graph, by_code: list[graph.Vertex]) -> None:
    """Note which steps are known by their code or name alone; `by_code` are layers with weights that are."""
    own = {id(vertex.operation) for vertex in by_code}
    own |= {id(v.operation) for v in calls.vertices if v.opaque or isinstance(v.operation, OpaqueLayer)}
    for node in canonical.nodes:
        operation = calls.vertices[node.call].operation
        if type(operation).__module__.startswith("keras_cnns.architectures."):
            continue
        is_whole = node.kind == type(operation).__name__
        is_code = "code" in node.attributes or UNSEEN in str(node.attributes.get("function", ""))
        node.is_hidden = is_code or (is_whole and node.operation in own)


def flatten_into_dense(canonical: CanonicalGraph) -> None:
    """Let a dense layer read the map itself; elementwise activations may be between."""
    nodes, to_drop = canonical.nodes, set()
    dense = [node for node in nodes if node.kind == "dense"]
    uses = canonical.uses() if dense else []
    for node in dense:
        at = node.sources[0]
        while _is_elementwise(nodes[at]) and uses[at] == 1:
            at = nodes[at].sources[0]
        if nodes[at].kind == "flatten" and not nodes[at].attributes and uses[at] == 1:
            to_drop.add(at)
            node.attributes = {**node.attributes, "flattened": True}
    canonical.drop(to_drop)


def _is_elementwise(node: CanonicalNode) -> bool:
    """Whether each value of the output comes from one of the input, wherever it is in the tensor."""
    return node.kind == "dropout" or (
        node.kind == "activation" and node.attributes["function"] in ELEMENTWISE
    )


def _is_monotone(node: CanonicalNode) -> bool:
    """Whether it never falls; with other constants than their own these functions may."""
    if node.kind != "activation" or node.attributes.get("function") not in MONOTONE:
        return False
    constants = {key: value for key, value in node.attributes.items() if key in CONSTANTS}
    return all(isinstance(value, (int, float)) and value >= 0 for value in constants.values())


def drop_idle_rectifiers(canonical: CanonicalGraph) -> None:
    """Drop ReLU where nothing is negative; what it reads notes that it was there."""
    nodes, not_negative, to_drop = canonical.nodes, not_negative_in(canonical), set()
    ends: list[int] = []  # each node, or what is left of it
    for i, node in enumerate(nodes):
        ends.append(i)
        is_relu = node.kind == "activation" and node.attributes == {"function": "relu"}
        if is_relu and not_negative[node.sources[0]]:
            ends[i] = ends[node.sources[0]]
            to_drop.add(i)
            if IDLE not in nodes[ends[i]].equivalent_forms:
                nodes[ends[i]].equivalent_forms.append(IDLE)
    canonical.drop(to_drop)


def not_negative_in(canonical: CanonicalGraph) -> list[bool]:
    """Return for each node whether none of its values is negative, whatever the input."""
    known: list[bool] = []
    for node in canonical.nodes:
        known.append(_is_not_negative(node, known))
    return known


def activate_before_max_pooling(canonical: CanonicalGraph) -> None:
    """Where a monotone activation follows max-pooling, put it before."""
    nodes = canonical.nodes
    monotone = [i for i, node in enumerate(nodes) if _is_monotone(node)]
    uses = canonical.uses() if monotone else []
    for i in monotone:
        node = nodes[i]
        at = node.sources[0]
        pool = nodes[at]
        if pool.kind == "pooling" and pool.attributes["statistic"] == "max" and uses[at] == 1:
            nodes[at], nodes[i] = node, pool
            node.shape, pool.shape = nodes[pool.sources[0]].shape, node.shape
            node.sources, pool.sources = pool.sources, [at]
            node.equivalent_forms.append("after max-pooling")


def merge_padding(canonical: CanonicalGraph) -> None:
    """Join zero padding with the zero padding that alone reads it."""
    nodes, to_drop = canonical.nodes, set()
    pads = [node for node in nodes if node.kind == "zero padding" and len(node.sources) == 1]
    uses = canonical.uses() if pads else []
    for node in pads:
        before = nodes[node.sources[0]]
        plain = before.kind == node.kind and before.attributes.keys() == node.attributes.keys() == {"padding"}
        pairs = list(zip(before.attributes.get("padding", ()), node.attributes["padding"]))
        if plain and uses[node.sources[0]] == 1 and len(pairs) == len(node.attributes["padding"]):
            to_drop.add(node.sources[0])
            node.attributes = {"padding": tuple((a + c, b + d) for (a, b), (c, d) in pairs)}
    canonical.drop(to_drop)


def pad_in_place(canonical: CanonicalGraph) -> None:
    """Let convolutions and poolings do the zero padding that comes before them.

    Max-pooling itself pads with less than any value, which is the same as zeros if no value is negative;
    average pooling itself leaves the padding out of the mean.
    """
    if not any(node.kind == "zero padding" for node in canonical.nodes):
        return
    nodes, readers, not_negative = canonical.nodes, canonical.readers(), not_negative_in(canonical)
    to_drop = set()
    for i, node in enumerate(nodes):
        if node.kind != "zero padding" or i in canonical.outputs or not readers[i]:
            continue
        if all(_can_pad(nodes[reader], node, not_negative[i]) for reader in readers[i]):
            to_drop.add(i)
            for reader in readers[i]:
                nodes[reader].zero_padding = node.attributes["padding"]
    canonical.drop(to_drop)


def _is_not_negative(node: CanonicalNode, known: list[bool]) -> bool:
    if node.kind == "activation":
        has_constants = any(key in node.attributes for key in CONSTANTS)
        return node.attributes.get("function") in NOT_NEGATIVE and not has_constants
    return node.kind in KEEP_SIGN and bool(node.sources) and all(known[source] for source in node.sources)


def _can_pad(node: CanonicalNode, padding: CanonicalNode, not_negative: bool) -> bool:
    """Whether a node can do the padding; notes on a pooling that it pads with zeros where that counts."""
    if "channels" in node.attributes or "channels" in padding.attributes:
        return False
    if node.kind in ("convolution", "depthwise convolution"):
        as_many_axes = len(node.attributes["kernel"]) == len(padding.attributes["padding"])
        return as_many_axes and node.attributes["padding"] != "causal"
    if node.kind != "pooling" or "padding" not in node.attributes:
        return False
    if len(node.attributes["window"]) != len(padding.attributes["padding"]):
        return False
    if not not_negative or node.attributes["statistic"] == "average":
        if node.attributes["padding"] != "valid":
            return False  # it pads once more, and with something else
        node.attributes = {**node.attributes, "padded with zeros": True}
    return True


def merge_nested(canonical: CanonicalGraph) -> None:
    """Join an addition or concatenation with the one of its kind that alone reads it."""
    nodes, uses = canonical.nodes, canonical.uses()
    absorbed = set()
    for node in nodes:
        if node.kind not in ("add", "concatenate", "multiply"):
            continue
        sources: list[int] = []
        for source in node.sources:
            inner = nodes[source]
            if uses[source] == 1 and (inner.kind, inner.attributes) == (node.kind, node.attributes):
                sources += inner.sources
                absorbed.add(source)
            else:
                sources.append(source)
        node.sources = sources
    canonical.drop(absorbed)


def drop_superfluous_bias(canonical: CanonicalGraph) -> None:
    """Batch normalization subtracts the mean, and with it a bias before it."""
    nodes = canonical.nodes
    if not any(map(_centres, nodes)):
        return
    for i, (node, readers) in enumerate(zip(nodes, canonical.readers())):
        if node.attributes.get("bias") is not True or "channels" in node.attributes or i in canonical.outputs:
            continue
        if readers and all(_centres(nodes[reader]) for reader in readers):
            node.attributes = {**node.attributes, "bias": False}
            node.parameters -= (node.shape[-1] or 0) if node.parameters else 0
            node.equivalent_forms.append(BIAS_IDLE)


def _centres(node: CanonicalNode) -> bool:
    return node.kind == "batch normalization" and node.attributes["axis"] == -1


def rewrite_windows(canonical: CanonicalGraph) -> None:
    """Write windows, padding and dense layers by what they compute on maps of this size."""
    for node in canonical.nodes:
        rewrite_by_window(node, canonical.sources_of(node))


# Each pass relies on those before it: padding is folded in once activations are in place, for instance.
PASSES: tuple[Callable[[CanonicalGraph], None], ...] = (
    open_splits,
    join_shuffles,
    drop_identities,
    join_composites,
    flatten_into_dense,
    join_groups,
    flatten_into_dense,  # two dense layers that are one now may read one flattening
    drop_idle_rectifiers,
    activate_before_max_pooling,
    merge_padding,
    pad_in_place,
    merge_nested,
    read_earlier_joins,
    drop_superfluous_bias,
    rewrite_windows,
    free_towers,
    put_in_reading_order,
)
