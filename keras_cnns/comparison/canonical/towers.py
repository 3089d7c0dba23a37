"""Concatenations whose towers may come in any order, as the weights of what reads them can be permuted."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from keras_cnns.comparison.canonical.activations import SampledFunction
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.canonical.reading_order import put_in_reading_order

# They treat every channel alike and have no weights: permuted channels in, permuted channels out.
CHANNELWISE = {"zero padding", "dropout", "identity"}
CHANNELWISE |= {f"UpSampling{n}D" for n in (1, 2, 3)} | {f"Cropping{n}D" for n in (1, 2, 3)}
ELEMENTWISE = {
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "tanh",
}
ELEMENTWISE |= {
    "softplus",
    "softsign",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "exponential",
    "log_sigmoid",
}
# They have weights for each channel, which are permuted with them.
CHANNELWISE_WITH_WEIGHTS = {"batch normalization", "depthwise convolution"}
# Each of their filters reads all channels, so a permutation ends in their kernels.
ABSORBING = {"convolution", "dense", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}


def free_towers(canonical: CanonicalGraph) -> None:
    """Mark the concatenations of channels that may join their towers in any order.

    A permutation of the channels goes on through what treats channels alike and through further
    concatenations. It must end in convolutions and dense layers on every way. A sum or product with another
    map, a grouped convolution, a normalization across neighbouring channels or the end of the network would
    show it.
    """
    nodes, readers, outputs = canonical.nodes, canonical.readers(), {*canonical.outputs}
    passes_on: dict[int, bool] = {}

    def absorbed(i: int) -> bool:
        """Whether all that read a node absorb a permutation of its channels."""
        return i not in outputs and bool(readers[i]) and all(passes_on[reader] for reader in readers[i])

    for i in reversed(range(len(nodes))):
        node = nodes[i]
        if _is_bound(node):
            passes_on[i] = False
        elif _absorbs(node):
            passes_on[i] = True
        elif _joins_channels(node):
            passes_on[i] = node.any_order = absorbed(i)
        else:
            passes_on[i] = _is_channelwise(node) and absorbed(i)


def _is_bound(node: CanonicalNode) -> bool:
    """Whether channels are not last, or its weights read other maps, too."""
    return "calls that share the weights" in node.attributes or "channels" in node.attributes


def _absorbs(node: CanonicalNode) -> bool:
    return node.kind in ABSORBING and node.attributes.get("groups", 1) == 1


def _joins_channels(node: CanonicalNode) -> bool:
    return node.kind == "concatenate" and node.attributes == {"axis": -1} and len(node.shape) > 1


def _is_channelwise(node: CanonicalNode) -> bool:
    if len(node.sources) != 1:
        return False
    if node.kind == "batch normalization":
        return node.attributes["axis"] == -1
    if node.kind == "activation":
        return is_elementwise(node)
    if node.kind == "pooling":
        return "padding" in node.attributes or node.attributes["window"] == "whole map"
    if node.kind == "rescaling":
        return all(isinstance(node.attributes[name], (int, float)) for name in ("scale", "offset"))
    return node.kind in CHANNELWISE | CHANNELWISE_WITH_WEIGHTS


def is_elementwise(node: CanonicalNode) -> bool:
    """Whether an activation computes each value from that value alone, by a function known to do so."""
    function = node.attributes.get("function")
    return node.parameters == 0 and (function in ELEMENTWISE or isinstance(function, SampledFunction))


def with_sorted_towers(canonical: CanonicalGraph) -> CanonicalGraph:
    """Return the graph with the towers whose order is free in an order that their layers alone decide.

    Short towers come first. Networks that differ in the order of towers only come out alike.
    """
    nodes = [replace(node, sources=[*node.sources]) for node in canonical.nodes]
    again = copy(canonical)
    again.nodes, again.outputs, again.known_readers = nodes, [*canonical.outputs], None
    uses = canonical.uses()
    for node in nodes:
        if node.any_order:
            order = sorted(range(len(node.sources)), key=lambda k: _tower(nodes, node.sources[k], uses))
            node.sources = [node.sources[k] for k in order]
            node.written_order = tuple(sorted(range(len(order)), key=order.__getitem__))
    put_in_reading_order(again)
    again.finish()
    return again


def _tower(nodes: list[CanonicalNode], end: int, uses: list[int]) -> tuple[int, str]:
    """What a tower computes, from where it leaves the others on."""
    layers: list[str] = []
    while True:
        node = nodes[end]
        layers.append(str((node.kind, sorted(node.attributes.items()))))
        if len(node.sources) != 1 or uses[node.sources[0]] != 1:
            return len(layers), str(layers[::-1])
        end = node.sources[0]
