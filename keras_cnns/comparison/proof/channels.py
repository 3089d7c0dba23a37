"""In which order the student's maps have the reference's channels, if towers are joined in another order."""

from __future__ import annotations

import numpy as np

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalNode

# For a node of the student's graph, the reference's channel for each of its own; None if they are the same.
Order = np.ndarray | None


def orders_of(pairing: Pairing) -> dict[int, Order]:
    """Return for each paired node of the student's graph the order of what it gives."""
    orders: dict[int, Order] = {}
    for i, node in enumerate(pairing.student.nodes):
        if i not in pairing.pairs or not node.sources:
            orders[i] = None
        elif node.kind == "concatenate":
            orders[i] = _joined(pairing, i, orders)
        else:
            orders[i] = _passed_on(node, orders.get(node.sources[0]))
    return orders


def _passed_on(node: CanonicalNode, order: Order) -> Order:
    """The order after a node: what reads all channels for each of its own ends it."""
    if order is None or node.kind in ("convolution", "dense") or "Transpose" in node.kind:
        return None
    if node.kind == "depthwise convolution":
        multiplier = node.attributes.get("multiplier", 1)
        return (order[:, None] * multiplier + np.arange(multiplier)).reshape(-1)
    return order


def _joined(pairing: Pairing, i: int, orders: dict[int, Order]) -> Order:
    """The order of a concatenation: where each of its maps begins in the reference's."""
    mine, theirs = pairing.student.nodes[i], pairing.reference.nodes[pairing.pairs[i]]
    starts: dict[int, list[int]] = {}  # of what a node of the reference gives
    begin = 0
    for k in theirs.written_order or range(len(theirs.sources)):
        starts.setdefault(theirs.sources[k], []).append(begin)
        begin += pairing.reference.nodes[theirs.sources[k]].shape[-1] or 0
    parts = []
    for k in mine.written_order or range(len(mine.sources)):
        source = mine.sources[k]
        places = starts.get(pairing.pairs.get(source, -1))
        if not places:
            return None
        inner = orders.get(source)
        width = pairing.student.nodes[source].shape[-1] or 0
        parts.append(places.pop(0) + (np.arange(width) if inner is None else inner))
    order = np.concatenate(parts)
    return None if np.array_equal(order, np.arange(len(order))) else order


def reordered_inputs(kernel: np.ndarray, order: np.ndarray, transposed: bool) -> np.ndarray:
    """Return a kernel that reads channels in this order, (..., input channels, outputs)."""
    if transposed:
        return kernel[..., order]
    return kernel.reshape(-1, len(order), kernel.shape[-1])[:, order].reshape(kernel.shape)


def reordered(value: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return a weight that has a value for each channel, or the kernel of a depthwise convolution."""
    if value.ndim < 3:
        return value[..., order]
    if value.shape[-2] == 1:  # of a convolution with as many groups as channels
        outputs = value.reshape(*value.shape[:-2], len(order), -1)
        return outputs[..., order, :].reshape(value.shape)
    return value[..., order, :]
