"""A model as the comparison sees it: what is computed, whatever layers it is written with."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from keras_cnns.graph.orders import readers_of

if TYPE_CHECKING:
    from keras_cnns.graph import Shape

Attributes = dict[str, Any]
# What is computed, such as ("activation", {"function": "relu"}).
Step = tuple[str, Attributes]
# A node of one graph → a node of another.
Pairs = dict[int, int]

# Merges whose inputs have no order.
COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}
MERGES = COMMUTATIVE | {"concatenate", "subtract"}
# The form in which a layer has a bias that batch normalization subtracts again.
BIAS_IDLE = "bias before batch normalization"
# Kinds of layers of which one may be in the place of another by mistake, whoever defines the layer.
FAMILIES = [
    re.compile(words, re.IGNORECASE)
    for words in ("conv|dense", "pool|sampling|over axes", "normali[sz]ation")
]


@dataclass(eq=False, slots=True)
class CanonicalNode:
    """One step of the computation; `kind` and `attributes` define its function up to the weights.

    Attributes:
        sources: the nodes it reads.
        layer: the name of the layer that it comes from.
        shape: of its output, with the batch.
        parameters: how many weights it has.
        rewritten_from: the step as the layer puts it, if it was rewritten: a Dense layer on a map is a 1x1
            "convolution", rewritten from "dense".
        zero_padding: what the zero padding before it adds, (before, after) for each axis.
        border: what decides its padding: the layer's own word for it, and `zero_padding`.
        equivalent_forms: forms in which it is written that change nothing.
        operation: which layer or function of the model it is; nodes with the same one share its weights.
        call: the number of the call in the model's graph, and `is_result`, whether the node gives what the
            call gives: of a convolution with an activation, the activation does.
        any_order: of a concatenation, whether its towers may come in any order: all that read its channels
            absorb a permutation of them in their own weights. Two networks with these towers in different
            orders compute the same function with weights permuted alike; the sources of the two paired nodes
            say how.
        written_order: of such a concatenation whose sources were sorted, the place in `sources` of each tower
            as it is written; empty if they are as written.
        prepared_by: of an input, the `operation` of each layer that prepares its images; the network is what
            reads the output of the last, whose shape is the input's here.
        parts: of a layer that is written as one for each group of channels, the `operation` of each of these
            in the order of the groups. Their weights side by side, along the last axis, are those of the one
            layer (of a depthwise convolution, along the axis of the channels).
        is_hidden: whether it is a person's own layer or function of which only the code or the name is known:
            another one with the same code computes the same, and of all others it cannot be said.
    """

    kind: str
    attributes: Attributes
    sources: list[int]
    layer: str
    shape: Shape
    parameters: int = 0
    rewritten_from: Step | None = None
    zero_padding: tuple[tuple[int, int], ...] | None = None
    border: tuple[Hashable, ...] = ()
    equivalent_forms: list[str] = field(default_factory=list)
    operation: int = 0
    call: int = -1
    is_result: bool = False
    any_order: bool = False
    written_order: tuple[int, ...] = ()
    parts: tuple[int, ...] = ()
    prepared_by: tuple[int, ...] = ()
    is_hidden: bool = False

    @property
    def commutes(self) -> bool:
        """Whether its inputs may come in any order, and nothing else changes."""
        return self.kind in COMMUTATIVE

    @property
    def has_order(self) -> bool:
        """Whether another order of its inputs is another function, whatever the weights."""
        return not (self.commutes or self.any_order)

    @property
    def sources_as_written(self) -> list[int]:
        """The sources in the order in which the layer joins them."""
        return [self.sources[place] for place in self.written_order] or self.sources

    @property
    def original(self) -> Step:
        """The step as the layer puts it."""
        return self.rewritten_from or (self.kind, self.attributes)

    @property
    def has_own_bias(self) -> bool:
        """Whether the layer has a bias, even one that batch normalization subtracts again."""
        return bool(self.attributes.get("bias")) or BIAS_IDLE in self.equivalent_forms

    @property
    def size(self) -> tuple[int | None, ...]:
        """The shape without the batch and without axes of length one."""
        return tuple(n for n in self.shape[1:] if n != 1)


@dataclass(eq=False, slots=True)
class CanonicalGraph:
    """The steps of a model, each after those it reads.

    Attributes:
        name: the model's.
        nodes: the steps.
        outputs: the nodes that are the model's outputs, in its order.
        weights: the shapes of all weights of the model, sorted.
        parameters: how many parameters the model has.
        dropout_rates: the rates of all dropout layers; they are no nodes unless they count.
        also: what counts although only training uses it, of `also.ALSO`.
        inputs: the nodes that are the model's inputs, in its order.
        output_shapes: the shape of each output, with the batch and axes of length one.
        preparation: what prepares the images before the network, in words; it is no part of the nodes.
        prepared: the same as steps, with all settings.
        closed: why layers of a person's own that hold layers are one node each, a sentence for each class.
        unseen: the layers and functions whose code is not in the file that the model comes from.
        known_readers: what `readers` returns, of a graph whose nodes keep their sources.
    """

    name: str
    nodes: list[CanonicalNode]
    outputs: list[int]
    weights: list[Shape]
    parameters: int
    dropout_rates: list[str]
    also: frozenset[str] = frozenset()
    inputs: list[int] = field(default_factory=list)
    output_shapes: list[Shape] = field(default_factory=list)
    preparation: list[str] = field(default_factory=list)
    prepared: list[Step] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    known_readers: list[list[int]] | None = None

    def readers(self) -> list[list[int]]:
        """For each node, those that read it, one for each time."""
        return self.known_readers or readers_of([node.sources for node in self.nodes])

    def finish(self) -> None:
        """Count who reads whom once for all: from now on no node gets other sources."""
        self.known_readers = readers_of([node.sources for node in self.nodes])

    def uses(self) -> list[int]:
        """For each node, how often it is read or is an output."""
        counts = [len(readers) for readers in self.readers()]
        for output in self.outputs:
            counts[output] += 1
        return counts

    def sources_of(self, node: CanonicalNode) -> list[CanonicalNode]:
        """The nodes that a node reads."""
        return [self.nodes[source] for source in node.sources]

    def drop(self, to_drop: set[int]) -> None:
        """Take out nodes with one source; what reads them reads their source instead."""
        if not to_drop:
            return
        place: list[int] = []
        kept: list[CanonicalNode] = []
        for i, node in enumerate(self.nodes):
            node.sources = [place[source] for source in node.sources]
            if i in to_drop:
                place.append(node.sources[0])
            else:
                place.append(len(kept))
                kept.append(node)
        self.nodes = kept
        self.outputs = [place[output] for output in self.outputs]
        self.inputs = [place[i] for i in self.inputs]


def related(a: str, b: str) -> bool:
    """Whether one kind may be in the place of the other by mistake."""
    if a == b or (a in MERGES and b in MERGES):
        return True
    return any(family.search(a) and family.search(b) for family in FAMILIES)
