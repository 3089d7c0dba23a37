"""What makes nodes equal: what they compute, all that comes before them, all that comes after."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from keras_cnns.comparison.canonical.nodes import Facts, Network, Node

Label = Callable[[Node], Hashable]


def whole_label(node: Node) -> Hashable:
    return _label(node.kind, node.facts)


def plain_label(node: Node) -> Hashable:
    return _label(*node.plain)


def _label(kind: str, facts: Facts) -> Hashable:
    """Inputs are paired whatever their shapes."""
    return kind if kind == "input" else (kind, *sorted(facts.items(), key=lambda fact: fact[0]))


def rough_label(node: Node) -> Hashable:
    return (node.kind, *(node.facts.get(name) for name in ("filters", "kernel", "statistic", "function")))


def kind_label(node: Node) -> Hashable:
    return node.kind


class Numbers:
    """A number for each thing, equal if and only if the things are."""

    def __init__(self) -> None:
        self.known: dict[Hashable, int] = {}

    def __call__(self, key: Hashable) -> int:
        return self.known.setdefault(key, len(self.known))


def pasts_of(network: Network, label: Label, number: Numbers) -> list[int]:
    pasts: list[int] = []
    for node in network.nodes:
        sources = [pasts[source] for source in node.sources]
        if node.commutes:
            sources.sort()
        pasts.append(number(("past", label(node), *sources)))
    return pasts


def futures_of(network: Network, label: Label, number: Numbers, ordered: bool = True) -> list[int]:
    """Who reads a node, in which place if that matters and it is `ordered`, and what becomes of it."""
    uses: list[list[tuple]] = [[] for _ in network.nodes]
    for place, output in enumerate(network.outputs):
        uses[output].append((-1, place))
    futures = [0] * len(network.nodes)
    for i in reversed(range(len(network.nodes))):
        node = network.nodes[i]
        futures[i] = number(("future", label(node), *sorted(uses[i])))
        for place, source in enumerate(node.sources):
            uses[source].append((futures[i], place if ordered and not node.commutes else 0))
    return futures
