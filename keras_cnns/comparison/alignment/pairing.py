"""Two networks paired, and what a finding says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keras_cnns.comparison.canonical.nodes import Network, Pairs

# The most layers that are said to stand elsewhere, and not to be missing in one place and extra in another.
FEW = 4


@dataclass(eq=False, slots=True)
class Finding:
    """One cause: of its nodes in `yours`, in `reference` or in both, and the value of an attribute in each.

    `places` are all the nodes (yours, reference) at which the same was found; `parameters` is what it adds to
    the count, with what follows from it; `follow` counts the later outputs whose shapes follow.
    """

    kind: str
    yours: list[int]
    reference: list[int]
    position: float
    attribute: str | None = None
    values: tuple[Any, Any] = (None, None)
    places: list[tuple[int | None, int | None]] = field(default_factory=list)
    parameters: int = 0
    follow: int = 0


@dataclass(eq=False, slots=True)
class Pairing:
    """Two networks, which node of one is which of the other, and the nearest paired nodes before each."""

    yours: Network
    reference: Network
    pairs: Pairs
    back: Pairs = field(init=False)
    near_yours: list[frozenset[int]] = field(init=False)
    near_reference: list[frozenset[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.back = {j: i for i, j in self.pairs.items()}
        self.near_yours = _nearest(self.yours, self.pairs)
        self.near_reference = _nearest(self.reference, {j: j for j in self.back})


def _nearest(network: Network, named: Pairs) -> list[frozenset[int]]:
    """For each node itself if it is paired, or else the paired ones before it, as the reference's."""
    near: list[frozenset[int]] = []
    for i, node in enumerate(network.nodes):
        own = frozenset([named[i]]) if i in named else frozenset().union(*(near[s] for s in node.sources))
        near.append(own)
    return near


def content(network: Network, group: list[int]) -> list[tuple]:
    """What nodes compute, to tell groups that are the same."""
    return [(network.nodes[i].kind, sorted(network.nodes[i].facts.items())) for i in group]
