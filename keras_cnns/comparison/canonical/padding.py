"""Windows that slide over a map: what their padding comes to, and when one window covers it all."""

from __future__ import annotations

from math import prod

from keras_cnns.comparison.canonical.nodes import Facts, Node

Pair = tuple[int, int]
LINEAR = ("convolution", "depthwise convolution", "pooling")


def simplify(node: Node, sources: list[Node]) -> None:
    """Rewrite the facts of a node by what it computes on a map of this size, and keep how it is written.

    Padding becomes numbers; a pooling window or kernel that covers the whole map becomes global pooling or
    dense; dense on a map becomes a 1x1 convolution.
    """
    if node.kind == "dense":
        _simplify_dense(node, sources[0])
    elif node.kind in LINEAR and "padding" in node.facts:
        node.border = (node.facts["padding"], node.given)
        node.written = (node.kind, {**node.facts, "padding": declared(node.facts, node.given)})
        window = node.facts.get("kernel") or node.facts["window"]
        sizes = sources[0].shape[1 : 1 + len(window)]
        pads = padding(node, sizes)
        node.facts = {**node.facts, "padding": pads}
        reach = tuple(
            (size - 1) * rate + 1
            for size, rate in zip(window, node.facts.get("dilation", (1,) * len(window)))
        )
        if None not in sizes and reach == tuple(sizes) and not any(map(any, _pairs(pads))):
            _simplify_whole(node, window)


def declared(facts: Facts, given: tuple[Pair, ...] | None) -> object:
    """The padding as the layers say it: numbers where these are the same on maps of any size, or "same"."""
    window = facts.get("kernel") or facts["window"]
    dilation = facts.get("dilation", (1,) * len(window))
    zeros = given or ((0, 0),) * len(window)
    reaches = [(length - 1) * rate for length, rate in zip(window, dilation)]
    if facts["padding"] == "valid" or not any(reaches):
        return zeros
    if facts["padding"] == "same" and set(facts["strides"]) == {1}:
        return tuple((a + n // 2, b + n - n // 2) for (a, b), n in zip(zeros, reaches))
    return f"{facts['padding']} after zero padding {given}" if given else facts["padding"]


def padding(node: Node, sizes: tuple[int | None, ...]) -> object:
    """How many rows and columns a node adds that its windows see, before and after, for each axis.

    What no window reaches does not count. "same" if the numbers depend on sizes that are not known.
    """
    facts = node.facts
    window = facts.get("kernel") or facts["window"]
    dilation = facts.get("dilation", (1,) * len(window))
    given = node.given or ((0, 0),) * len(window)
    pairs = []
    for size, length, stride, rate, zeros in zip(sizes, window, facts["strides"], dilation, given):
        pair = _pair(size, (length - 1) * rate + 1, stride, zeros, facts["padding"])
        if pair is None:
            return declared(facts, node.given)
        pairs.append(pair)
    return tuple(pairs)


def _pair(size: int | None, reach: int, stride: int, zeros: Pair, word: object) -> Pair | None:
    before, after = zeros
    if word not in ("same", "valid"):
        return None
    if size is None:
        if word == "valid":
            return zeros
        return (before + (reach - 1) // 2, after + reach // 2) if stride == 1 else None
    whole = size + before + after
    if word == "same":
        steps = -(-whole // stride)
        before += max((steps - 1) * stride + reach - whole, 0) // 2
    else:
        steps = (whole - reach) // stride + 1
    return before, max(0, (steps - 1) * stride + reach - size - before)


def _pairs(pads: object) -> tuple[Pair, ...]:
    return pads if isinstance(pads, tuple) else ((1, 1),)


def _simplify_dense(node: Node, source: Node) -> None:
    flattened = node.facts.get("flattened", False)
    facts: Facts = {key: value for key, value in node.facts.items() if key != "flattened"}
    node.written = ("dense", facts)
    node.facts = dict(facts)
    axes = len(source.shape) - 2
    if axes and not flattened and prod(n or 2 for n in source.shape[1:-1]) > 1:
        ones = (1,) * axes
        node.kind = "convolution"
        node.facts |= {"kernel": ones, "strides": ones, "padding": ((0, 0),) * axes}
        node.facts |= {"dilation": ones, "groups": 1}


def _simplify_whole(node: Node, window: tuple[int, ...]) -> None:
    """One window, that sees the whole map."""
    facts = node.facts
    kept = {"calls that share the weights", "momentum", "name"}
    rest = {key: value for key, value in facts.items() if key in kept}
    if node.kind == "pooling":
        node.facts = {"statistic": facts["statistic"], "window": "whole map", **rest}
    elif node.kind == "convolution" and facts["groups"] == 1:
        node.kind = "dense"
        node.facts = {"filters": facts["filters"], "bias": facts["bias"], **rest}
