"""A Keras model → a network of nodes in which the same function is written in one way only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from keras import Model

from keras_cnns import graph
from keras_cnns.comparison.canonical import padding as windows
from keras_cnns.comparison.canonical.nodes import Network, Node
from keras_cnns.comparison.canonical.reading_order import in_reading_order, nodes_of

# After these no value is negative, whatever came in.
NOT_NEGATIVE = {"relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus", "exponential"}
# A maximum may be taken before or after these.
MONOTONE = {"relu", "relu6", "sigmoid", "tanh", "leaky_relu", "softplus", "elu", "selu", "hard_sigmoid"}
# These keep what was not negative so.
PASS_ON = {"pooling", "zero padding", "add", "multiply", "average", "maximum", "minimum", "concatenate"}
PASS_ON |= {"flatten", "reshape", "local response normalization", "dropout"}


def read(model: Model, also: Iterable[str] = ()) -> Network:
    """Read a functional or built Sequential model; names, nesting and the style of writing do not show.

    Args:
        model: the model; nothing in it is changed or computed.
        also: what to keep that training alone sees, of `comparison.ALSO`.

    Raises:
        ValueError: if `model` is a subclass, not built, or no model.
    """
    also = frozenset(also)
    whole = graph.read(model, expand_nested=True)
    nodes, outputs, aside = nodes_of(whole, also)
    _drop(nodes, outputs, lambda node: _does_nothing(node, nodes, also))
    _flatten_into_dense(nodes, outputs)
    _activate_before_max_pooling(nodes, outputs)
    _pad_in_place(nodes, outputs)
    _merge_nested(nodes, outputs)
    _drop_superfluous_bias(nodes)
    for node in nodes:
        windows.simplify(node, [nodes[source] for source in node.sources])
    nodes, outputs = in_reading_order(nodes, outputs)
    weights = sorted(tuple(weight.shape) for weight in model.weights)
    return Network(model.name, nodes, outputs, weights, model.count_params(), aside)


def _does_nothing(node: Node, nodes: list[Node], also: frozenset[str]) -> bool:
    """Whether what comes out is what went in, at inference."""
    if node.kind == "dropout":
        return "dropout" not in also
    if node.kind == "rescaling":
        return node.facts == {"scale": 1.0, "offset": 0.0}
    if node.kind in ("flatten", "reshape"):
        # What has at most one axis that is longer than one holds its values in one order only.
        before = nodes[node.sources[0]]
        return len(before.size) <= 1 and len(node.size) <= 1 and before.size == node.size
    if node.kind in ("add", "concatenate") and len(node.sources) == 1:
        return True
    return node.kind == "identity"


def _drop(nodes: list[Node], outputs: list[int], useless) -> None:
    """Take out nodes with one source, in place; who read them reads their source."""
    place: list[int] = []
    kept: list[Node] = []
    doomed = [useless(node) for node in nodes]
    for node, gone in zip(nodes, doomed):
        node.sources = [place[source] for source in node.sources]
        if gone:
            place.append(node.sources[0])
        else:
            place.append(len(kept))
            kept.append(node)
    nodes[:] = kept
    outputs[:] = [place[output] for output in outputs]


def _fan_out(nodes: list[Node], outputs: list[int]) -> list[int]:
    count = [0] * len(nodes)
    for node in nodes:
        for source in node.sources:
            count[source] += 1
    for output in outputs:
        count[output] += 1
    return count


def _flatten_into_dense(nodes: list[Node], outputs: list[int]) -> None:
    """Let a dense layer read the map itself; elementwise activations may stand between."""
    fan_out = _fan_out(nodes, outputs)
    doomed = set()
    for node in nodes:
        if node.kind != "dense":
            continue
        at = node.sources[0]
        while nodes[at].kind in ("activation", "dropout") and fan_out[at] == 1 and not _softmax(nodes[at]):
            at = nodes[at].sources[0]
        if nodes[at].kind == "flatten" and fan_out[at] == 1:
            doomed.add(id(nodes[at]))
            node.facts = {**node.facts, "flattened": True}
    _drop(nodes, outputs, lambda node: id(node) in doomed)


def _softmax(node: Node) -> bool:
    return "softmax" in str(node.facts.get("function"))


def _activate_before_max_pooling(nodes: list[Node], outputs: list[int]) -> None:
    """Where an activation that never falls follows max-pooling, put it before."""
    fan_out = _fan_out(nodes, outputs)
    for i, node in enumerate(nodes):
        if node.kind != "activation" or node.facts.get("function") not in MONOTONE:
            continue
        at = node.sources[0]
        pool = nodes[at]
        if pool.kind == "pooling" and pool.facts["statistic"] == "max" and fan_out[at] == 1:
            first, second = pool.sources, [at]
            shape = nodes[first[0]].shape
            nodes[at], nodes[i] = node, pool
            node.sources, pool.sources = first, second
            node.shape, pool.shape = shape, node.shape
            node.forms.append("after max-pooling")


def _pad_in_place(nodes: list[Node], outputs: list[int]) -> None:
    """Let convolutions and poolings do the zero padding that stands before them.

    Max-pooling itself pads with less than any value, which is the same as zeros if no value is negative;
    average pooling itself leaves what it pads out of the mean.
    """
    readers: list[list[int]] = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        for source in node.sources:
            readers[source].append(i)
    positive: list[bool] = []
    for node in nodes:
        positive.append(_not_negative(node, positive))
    doomed = set()
    for i, node in enumerate(nodes):
        if node.kind != "zero padding" or i in outputs or not readers[i]:
            continue
        if all(_can_pad(nodes[reader], node, positive[i]) for reader in readers[i]):
            doomed.add(id(node))
            for reader in readers[i]:
                nodes[reader].given = node.facts["padding"]
    _drop(nodes, outputs, lambda node: id(node) in doomed)


def _not_negative(node: Node, known: list[bool]) -> bool:
    if node.kind == "activation":
        return node.facts.get("function") in NOT_NEGATIVE
    return node.kind in PASS_ON and bool(node.sources) and all(known[source] for source in node.sources)


def _can_pad(node: Node, padding: Node, positive: bool) -> bool:
    if node.kind in ("convolution", "depthwise convolution"):
        return (
            len(node.facts["kernel"]) == len(padding.facts["padding"]) and node.facts["padding"] != "causal"
        )
    if node.kind != "pooling" or "padding" not in node.facts:
        return False
    if not positive or node.facts["statistic"] == "average":
        node.facts = {**node.facts, "padded with zeros": True}
    return True


def _merge_nested(nodes: list[Node], outputs: list[int]) -> None:
    """Make an addition or concatenation that only another of its kind reads part of that."""
    fan_out = _fan_out(nodes, outputs)
    absorbed = set()
    for node in nodes:
        if node.kind not in ("add", "concatenate", "multiply"):
            continue
        sources: list[int] = []
        for source in node.sources:
            inner = nodes[source]
            if fan_out[source] == 1 and (inner.kind, inner.facts) == (node.kind, node.facts):
                sources += inner.sources
                absorbed.add(source)
            else:
                sources.append(source)
        node.sources = sources
    place: list[int] = []
    kept = [node for i, node in enumerate(nodes) if i not in absorbed]
    count = 0
    for i in range(len(nodes)):
        place.append(count)
        count += i not in absorbed
    for node in kept:
        node.sources = [place[source] for source in node.sources]
    nodes[:] = kept
    outputs[:] = [place[output] for output in outputs]


def _drop_superfluous_bias(nodes: list[Node]) -> None:
    """Batch normalization subtracts the mean, and a bias before it with that."""
    readers = defaultdict(list)
    for node in nodes:
        for source in node.sources:
            readers[source].append(node)
    for i, node in enumerate(nodes):
        if node.facts.get("bias") is not True or not readers[i]:
            continue
        if all(reader.kind == "batch normalization" and reader.facts["axis"] == -1 for reader in readers[i]):
            node.facts = {**node.facts, "bias": False}
            node.parameters -= (node.shape[-1] or 0) if node.parameters else 0
            node.forms.append("bias before batch normalization")
