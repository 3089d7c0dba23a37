"""The reference's weights, carried over the pairs into the student's layers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from keras import Variable, layers

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalNode
from keras_cnns.comparison.proof.channels import Order, orders_of, reordered, reordered_inputs
from keras_cnns.comparison.proof.numbers import Values, is_weight
from keras_cnns.graph import Graph, Vertex
from keras_cnns.layer_kinds import SEPARABLE, is_activation

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


@dataclass(eq=False, slots=True)
class Carrier:
    """The values of the student's weights as they are found, and the layers for which there are none.

    Attributes:
        pairing: which node is which.
        student, reference: the graphs that the nodes come from.
        theirs: the values of the reference's weights.
        values: those of the student's.
        without: names of the student's layers whose weights have no counterpart.
        added: for nodes of the student's graph, what their bias adds beyond the reference's.
        orders: for nodes of the student's graph, in which order they have the reference's channels.
    """

    pairing: Pairing
    student: Graph
    reference: Graph
    theirs: Values
    rng: np.random.Generator
    values: Values = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    added: dict[int, np.ndarray] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)

    def carry(self) -> None:
        """Fill `values` and `without`."""
        self.orders = orders_of(self.pairing)
        for i, j in sorted(self.pairing.pairs.items(), key=lambda pair: pair[1]):
            one, other = self.pairing.student.nodes[i], self.pairing.reference.nodes[j]
            mine = weights_of(self.student.vertices[one.call], one)
            theirs = weights_of(self.reference.vertices[other.call], other)
            if mine and not self._carry(i, mine, theirs):
                self.without.append(one.layer)
        for vertex in self.student.vertices:
            if any(is_weight(weight) and id(weight) not in self.values for weight in vertex.weights):
                self.without.append(vertex.name)
        self.without = list(dict.fromkeys(self.without))

    def _carry(self, i: int, mine: list[Variable], theirs: list[Variable]) -> bool:
        """Carry the weights of one node; whether there is a value for each."""
        if _kernel(mine) is not None and _kernel(theirs) is not None:
            return self._carry_kernel(i, mine, theirs)
        shift, order = self._shift(i), self._order_read(i)
        if len(mine) != len(theirs):
            return False
        if len({weight.name for weight in mine}) == len(mine):
            by_name = {weight.name: weight for weight in theirs}
            theirs = [by_name.get(weight.name, other) for weight, other in zip(mine, theirs)]
        for weight, other in zip(mine, theirs):
            value = self.theirs[id(other)][1]
            if order is not None:
                value = reordered(value, order)
            if weight.name == "moving_mean" and shift is not None:
                value = value + shift
            if not self._put(weight, value):
                return False
        return True

    def _carry_kernel(self, i: int, mine: list[Variable], theirs: list[Variable]) -> bool:
        kernel, other = _kernel(mine), _kernel(theirs)
        if kernel is None or other is None:
            return False
        value, order = self.theirs[id(other)][1], self._order_read(i)
        per_channel = self.pairing.student.nodes[i].kind == "depthwise convolution"
        if order is not None and per_channel:
            value = reordered(value, order)
        elif order is not None:
            value = reordered_inputs(value, order, "Transpose" in self.pairing.student.nodes[i].kind)
        if not self._put(kernel, value):
            return False
        bias, other_bias = _bias(mine), _bias(theirs)
        known = None if other_bias is None else self.theirs[id(other_bias)][1]
        own = self.orders.get(i)
        if known is not None and own is not None:
            known = known[own]
        if bias is None:
            if known is not None:
                self.added[i] = -known
            return True
        if known is None:
            self.added[i] = known = self.rng.normal(0, 0.3, tuple(bias.shape)).astype("float32")
        return self._put(bias, known)

    def _put(self, weight: Variable, value: np.ndarray) -> bool:
        """Give a weight its value; a kernel may have another shape with the same values in the same order."""
        known = self.values.get(id(weight))
        if np.size(value) != np.prod(weight.shape, dtype=int):
            return False
        value = np.reshape(value, tuple(weight.shape))
        self.values[id(weight)] = weight, value
        return known is None or np.array_equal(known[1], value)

    def _order_read(self, i: int) -> Order:
        """The order of the channels that a node reads."""
        sources = self.pairing.student.nodes[i].sources
        return self.orders.get(sources[0]) if sources else None

    def _shift(self, i: int) -> np.ndarray | None:
        """What a normalization has to subtract more than the reference's, for a bias that is before it."""
        sources = self.pairing.student.nodes[i].sources
        return self.added.get(sources[0]) if sources else None


def weights_of(vertex: Vertex, node: CanonicalNode) -> list[Variable]:
    """Return the weights that a node computes with: a separable convolution is two nodes."""
    operation, weights = vertex.operation, [weight for weight in vertex.weights if is_weight(weight)]
    if isinstance(operation, SEPARABLE):
        first = [weight for weight in weights if weight.name == "depthwise_kernel"]
        if node.kind == "depthwise convolution":
            return first
        weights = [weight for weight in weights if not any(weight is one for one in first)]
    if node.kind == "activation" and not (is_activation(operation) or isinstance(operation, layers.PReLU)):
        return []
    return weights


def _kernel(weights: list[Variable]) -> Variable | None:
    """The kernel of a layer that has no other weight than this and a bias."""
    others = [weight for weight in weights if weight.name != "bias"]
    return others[0] if len(others) == 1 and others[0].name in KERNELS else None


def _bias(weights: list[Variable]) -> Variable | None:
    return next((weight for weight in weights if weight.name == "bias"), None)
