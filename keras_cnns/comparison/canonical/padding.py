"""Windows that slide over a map: what their padding comes to, and when one window covers the whole map."""

from __future__ import annotations

from math import prod

from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalNode

Pair = tuple[int, int]
WINDOWED = ("convolution", "depthwise convolution", "pooling")


def rewrite_by_window(node: CanonicalNode, sources: list[CanonicalNode]) -> None:
    """Rewrite a node by what it computes on a map of this size, and keep how it was written.

    Padding becomes numbers; a pooling window or kernel that covers the whole map becomes global pooling or
    dense; dense on a map becomes a 1x1 convolution. Where channels come first, a window stays as it is.
    """
    if node.kind == "dense":
        _rewrite_dense(node, sources[0])
    elif node.kind in WINDOWED and "padding" in node.attributes and "channels" not in node.attributes:
        node.border = (node.attributes["padding"], node.zero_padding)
        declared = declared_padding(node.attributes, node.zero_padding)
        node.rewritten_from = (node.kind, {**node.attributes, "padding": declared})
        window = window_of(node.attributes)
        source = sources[0].shape
        # A vector is read as a map of one position: the reshaping between is none to the values.
        sizes = source[1 : 1 + len(window)] if len(source) > len(window) + 1 else (1,) * len(window)
        pads = effective_padding(node, sizes)
        node.attributes = {**node.attributes, "padding": pads}
        dilation = _dilation(node.attributes, len(window))
        reach = tuple((size - 1) * rate + 1 for size, rate in zip(window, dilation))
        unpadded = isinstance(pads, tuple) and not any(map(any, pads))
        if None not in sizes and reach == tuple(sizes) and unpadded and {*dilation} <= {1}:
            _rewrite_whole_map(node)


def window_of(attributes: Attributes) -> tuple[int, ...]:
    """The size of the kernel or of the pooling window."""
    return attributes.get("kernel") or attributes["window"]


def _dilation(attributes: Attributes, axes: int) -> tuple[int, ...]:
    return attributes.get("dilation", (1,) * axes)


def declared_padding(attributes: Attributes, zero_padding: tuple[Pair, ...] | None) -> object:
    """The padding as the layers say it: numbers where these are the same on maps of any size, or "same"."""
    window = window_of(attributes)
    zeros = zero_padding or ((0, 0),) * len(window)
    reaches = [(length - 1) * rate for length, rate in zip(window, _dilation(attributes, len(window)))]
    if attributes["padding"] == "valid" or not any(reaches):
        return zeros
    if attributes["padding"] == "same" and set(attributes["strides"]) == {1}:
        return tuple((a + n // 2, b + n - n // 2) for (a, b), n in zip(zeros, reaches))
    word = attributes["padding"]
    return f"{word} after zero padding {zero_padding}" if zero_padding else word


def effective_padding(node: CanonicalNode, sizes: tuple[int | None, ...]) -> object:
    """How many rows and columns a node adds that its windows see, (before, after) for each axis.

    Padding that no window reaches does not count. "same" if the numbers depend on sizes that are not known.
    """
    attributes = node.attributes
    window = window_of(attributes)
    zero_padding = node.zero_padding or ((0, 0),) * len(window)
    dilation = _dilation(attributes, len(window))
    pairs = []
    for size, length, stride, rate, zeros in zip(
        sizes, window, attributes["strides"], dilation, zero_padding
    ):
        pair = _effective_pair(size, (length - 1) * rate + 1, stride, zeros, attributes["padding"])
        if pair is None:
            return declared_padding(attributes, node.zero_padding)
        pairs.append(pair)
    return tuple(pairs)


def _effective_pair(size: int | None, reach: int, stride: int, zeros: Pair, word: object) -> Pair | None:
    before, after = zeros
    if word not in ("same", "valid"):
        return None
    if size is None:
        if word == "valid":
            return zeros
        return (before + (reach - 1) // 2, after + reach // 2) if stride == 1 else None
    padded = size + before + after
    if word == "same":
        positions = -(-padded // stride)
        before += max((positions - 1) * stride + reach - padded, 0) // 2
    else:
        positions = (padded - reach) // stride + 1
    return before, max(0, (positions - 1) * stride + reach - size - before)


def _rewrite_dense(node: CanonicalNode, source: CanonicalNode) -> None:
    flattened = node.attributes.get("flattened", False)
    attributes: Attributes = {key: value for key, value in node.attributes.items() if key != "flattened"}
    node.rewritten_from = ("dense", attributes)
    node.attributes = dict(attributes)
    axes = len(source.shape) - 2
    if axes and not flattened and prod(n or 2 for n in source.shape[1:-1]) > 1:
        node.rewritten_from = ("dense", {**attributes, "at each position": True})
        ones = (1,) * axes
        node.kind = "convolution"
        node.attributes |= {"kernel": ones, "strides": ones, "padding": ((0, 0),) * axes}
        node.attributes |= {"dilation": ones, "groups": 1}


def _rewrite_whole_map(node: CanonicalNode) -> None:
    """One window sees the whole map."""
    attributes = node.attributes
    kept = {"calls that share the weights", "momentum", "name"}
    rest = {key: value for key, value in attributes.items() if key in kept}
    if node.kind == "pooling":
        node.attributes = {"statistic": attributes["statistic"], "window": "whole map", **rest}
    elif node.kind == "convolution" and attributes["groups"] == 1:
        node.kind = "dense"
        node.attributes = {"filters": attributes["filters"], "bias": attributes["bias"], **rest}
