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

# The values of a layer's weights with their names, in Keras' order.
Named = list[tuple[str, np.ndarray]]
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


@dataclass(eq=False, slots=True)
class Carrier:
    """The values of the student's weights as they are found, and the layers for which there are none.

    Attributes:
        pairing: which node is which.
        student, reference: the graphs that the nodes come from.
        theirs: the values of the reference's weights.
        skipped: operations of the student's, by their id, that are not compared.
        values: those of the student's.
        without: names of the student's layers whose weights have no counterpart.
        added: for nodes of the student's graph, what their bias adds beyond the reference's.
        orders: for nodes of the student's graph, in which order they have the reference's channels.
        guessed: names of the student's layers whose values were given by shapes alone: if outputs then agree,
            that is a proof; if not, it is none.
    """

    pairing: Pairing
    student: Graph
    reference: Graph
    theirs: Values
    rng: np.random.Generator
    skipped: frozenset[int] = frozenset()
    values: Values = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    added: dict[int, np.ndarray] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    guessed: list[str] = field(default_factory=list)

    def carry(self) -> None:
        """Fill `values` and `without`."""
        self.orders = orders_of(self.pairing)
        used: set[int] = set()
        for i, j in sorted(self.pairing.pairs.items(), key=lambda pair: pair[1]):
            one, other = self.pairing.student.nodes[i], self.pairing.reference.nodes[j]
            mine = [_weights_of(vertex, one) for vertex in _calls_of(one, self.student)]
            theirs = [_weights_of(vertex, other) for vertex in _calls_of(other, self.reference)]
            used |= {id(weight) for weights in theirs for weight in weights}
            if any(mine) and not self._carry(i, mine, self._side_by_side(other, theirs)):
                self.without.append(one.layer)
        if not self.without:
            self._guess([one for key, one in self.theirs.items() if key not in used])
        for vertex in self.student.vertices:
            if id(vertex.operation) in self.skipped:
                continue
            if any(is_weight(weight) and id(weight) not in self.values for weight in vertex.weights):
                self.without.append(vertex.name)
        self.without = list(dict.fromkeys(self.without))

    def _guess(self, left: list[tuple[Variable, np.ndarray]]) -> None:
        """Give weights of layers without a partner what is left, in order, if that has just their shapes."""
        wanted = {
            id(weight): (weight, vertex.name)
            for vertex in self.student.vertices
            for weight in vertex.weights
            if id(vertex.operation) not in self.skipped
            and is_weight(weight)
            and id(weight) not in self.values
        }
        shapes = sorted(tuple(weight.shape) for weight, _ in wanted.values())
        if not wanted or shapes != sorted(value.shape for _, value in left):
            return
        self.guessed = list(dict.fromkeys(name for _, name in wanted.values()))
        for weight, _ in wanted.values():
            fits = [k for k, (_, value) in enumerate(left) if value.shape == tuple(weight.shape)]
            place = next((k for k in fits if left[k][0].name == weight.name), fits[0])
            self.values[id(weight)] = weight, left.pop(place)[1]

    def _side_by_side(self, node: CanonicalNode, parts: list[list[Variable]]) -> Named:
        """The values of a layer's weights; of one written as a layer for each group, of all groups."""
        named = []
        for weights in zip(*parts):
            values = [self.theirs[id(weight)][1] for weight in weights]
            value = values[0] if len(values) == 1 else np.concatenate(values, _axis(node, values[0]))
            named.append((weights[0].name, value))
        return named

    def _carry(self, i: int, mine: list[list[Variable]], theirs: Named) -> bool:
        """Carry the weights of one node, in as many parts as the student has; whether all have a value."""
        node, order = self.pairing.student.nodes[i], self._order_read(i)
        names = [weight.name for weight in mine[0]]
        found = dict(theirs)
        if _is_kernel(names) and _is_kernel([name for name, _ in theirs]):
            found = self._kernel_and_bias(i, names, theirs)
        elif len(theirs) != len(names):
            return False
        elif {*found} != {*names} or len(found) < len(names):
            values = _in_order_of([value for _, value in theirs], mine[0])
            if order is not None and any(value.ndim > 1 for value in values):
                return False
            found = {str(place): value for place, value in enumerate(values)}
            names = [str(place) for place in range(len(names))]
        elif order is not None:
            found = {name: reordered(value, order) for name, value in found.items()}
        shift = self._shift(i)
        if shift is not None and "moving_mean" in found:
            found["moving_mean"] = found["moving_mean"] + shift
        for place, name in enumerate(names):
            value, weights = found[name], [part[place] for part in mine]
            axis = _axis(node, value)
            if value.shape and value.shape[axis] % len(weights):
                return False
            pieces = np.split(value, len(weights), axis) if len(weights) > 1 else [value]
            if not all(self._put(weight, piece) for weight, piece in zip(weights, pieces)):
                return False
        return True

    def _kernel_and_bias(self, i: int, names: list[str], theirs: Named) -> dict[str, np.ndarray]:
        """The student's kernel and bias: with channels in its own order; a bias too many is noted."""
        node, order = self.pairing.student.nodes[i], self._order_read(i)
        kernel = next(value for name, value in theirs if name != "bias")
        bias = dict(theirs).get("bias")
        if order is not None and node.kind == "depthwise convolution":
            kernel = reordered(kernel, order)
        elif order is not None:
            kernel = reordered_inputs(kernel, order, "Transpose" in node.kind)
        own = self.orders.get(i)
        if bias is not None and own is not None:
            bias = bias[own]
        if "bias" not in names:
            if bias is not None:
                self.added[i] = -bias
        elif bias is None:
            bias = self.added[i] = self.rng.normal(0, 0.3, node.shape[-1] or 1).astype("float32")
        found = {name: kernel if name != "bias" else bias for name in names}
        return {name: value for name, value in found.items() if value is not None}

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


def _in_order_of(values: list[np.ndarray], weights: list[Variable]) -> list[np.ndarray]:
    """The values in the order of weights of other names, if their shapes say which is which."""
    shapes = [tuple(weight.shape) for weight in weights]
    by_shape = {value.shape: value for value in values}
    return [by_shape[shape] for shape in shapes] if sorted(shapes) == sorted(by_shape) else values


def _calls_of(node: CanonicalNode, graph: Graph) -> list[Vertex]:
    """The calls that a node stands for: several where a layer is written as one for each group."""
    if not node.parts:
        return [graph.vertices[node.call]]
    by_operation = {id(vertex.operation): vertex for vertex in graph.vertices}
    return [by_operation[part] for part in node.parts]


def _weights_of(vertex: Vertex, node: CanonicalNode) -> list[Variable]:
    """The weights that a node computes with: a separable convolution is two nodes."""
    operation, weights = vertex.operation, [weight for weight in vertex.weights if is_weight(weight)]
    if isinstance(operation, SEPARABLE):
        first = [weight for weight in weights if weight.name == "depthwise_kernel"]
        if node.kind == "depthwise convolution":
            return first
        weights = [weight for weight in weights if not any(weight is one for one in first)]
    if node.kind == "activation" and not (is_activation(operation) or isinstance(operation, layers.PReLU)):
        return []
    return weights


def _axis(node: CanonicalNode, value: np.ndarray) -> int:
    """Along which axis the weights of groups are side by side."""
    by_channel = node.kind == "depthwise convolution" and value.ndim > 2 and value.shape[-2] > 1
    return -2 if by_channel else -1


def _is_kernel(names: list[str]) -> bool:
    """Whether a layer has a kernel, perhaps a bias, and no other weight."""
    others = [name for name in names if name != "bias"]
    return len(others) == 1 and others[0] in KERNELS
