"""A network as the comparison sees it: what is computed, whatever layers it was written with."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from math import prod

from keras_cnns.graph import Shape

Facts = dict[str, Hashable]
Part = tuple[str, Facts]
Pairs = dict[int, int]

# Merges that do not care which of their inputs comes first.
COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}
# Kinds of which one may stand, by mistake, where the other should, whoever defines the layer.
FAMILIES = [re.compile(words, re.IGNORECASE) for words in ("conv|dense", "pool|sampling", "normali[sz]ation")]
MERGES = COMMUTATIVE | {"concatenate", "subtract"}


@dataclass(eq=False, slots=True)
class Node:
    """One thing computed: `kind` and `facts` fix its function but for the weights.

    `written` says in which words, (kind, facts) again, the layer itself put it: 1x1 windows over a map are a
    "convolution" by function even if a Dense layer computes them. `layer` is that layer's name, `given` what
    the zero padding before it adds, `border` that and the word for its own padding, `forms` are the ways in
    which it is written that change nothing.
    """

    kind: str
    facts: Facts
    sources: list[int]
    layer: str
    shape: Shape
    parameters: int = 0
    written: tuple[str, Facts] | None = None
    given: tuple[tuple[int, int], ...] | None = None
    border: tuple[Hashable, ...] = ()
    forms: list[str] = field(default_factory=list)

    @property
    def commutes(self) -> bool:
        return self.kind in COMMUTATIVE

    @property
    def plain(self) -> tuple[str, Facts]:
        """Kind and facts as the layer puts them."""
        return self.written or (self.kind, self.facts)

    @property
    def own_bias(self) -> bool:
        """Whether the layer has a bias, even one that batch normalization takes away again."""
        return bool(self.facts.get("bias")) or "bias before batch normalization" in self.forms

    @property
    def size(self) -> tuple[int | None, ...]:
        """The shape without the batch and without axes of length one."""
        return tuple(n for n in self.shape[1:] if n != 1)


@dataclass(eq=False, slots=True)
class Network:
    """Nodes so ordered that each comes after those it reads.

    `outputs` are the model's; `weights` are the shapes of all its weights, sorted; `aside` counts what was
    left out of the comparison because only training sees it, such as the rates of dropout.
    """

    name: str
    nodes: list[Node]
    outputs: list[int]
    weights: list[Shape]
    parameters: int
    aside: dict[str, list[str]]

    def readers(self) -> list[list[int]]:
        """For each node, those that read it, one for each time."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for i, node in enumerate(self.nodes):
            for source in node.sources:
                readers[source].append(i)
        return readers


def volume(shape: Shape) -> int | None:
    """How many values one example has; None if that depends on the example."""
    return None if None in shape[1:] else prod(shape[1:])


def related(a: str, b: str) -> bool:
    """Whether one kind may stand in the place of the other."""
    if a == b or (a in MERGES and b in MERGES):
        return True
    return any(family.search(a) and family.search(b) for family in FAMILIES)
