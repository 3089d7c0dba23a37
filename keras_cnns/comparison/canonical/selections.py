"""Functions that only choose, move, average or compare values: slices, shuffles, padding, pooling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_cnns.comparison.canonical.canonical_graph import Step
from keras_cnns.comparison.canonical.shuffles import shuffled

Array = np.ndarray


def selection(function: Callable[[Array], Array], x: Array, y: Array) -> Step | None:
    """Return the step of a function, which gives `y` for `x`, if it is one of these."""
    for attempt in (_whole_map, _flattened, _channels, _padded, _subsampled, shuffled):
        found = attempt(x, y)
        if found is not None:
            other = np.random.default_rng(1).standard_normal(x.shape).astype(np.float32)
            return found if attempt(other, function(other)) == found else None
    return None


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-5, atol=1e-6)


def _whole_map(x: Array, y: Array) -> Step | None:
    axes = tuple(range(1, x.ndim - 1))
    if not axes or y.size != x.shape[0] * x.shape[-1] or y.shape[0] != x.shape[0] or x[0].size == y[0].size:
        return None
    for statistic, values in (("average", x.mean(axes)), ("max", x.max(axes))):
        if y.shape[-1] == x.shape[-1] and _same(y.reshape(values.shape), values):
            return "pooling", {"statistic": statistic, "window": "whole map"}
    return None


def _flattened(x: Array, y: Array) -> Step | None:
    if y.shape != x.shape and y.shape[0] == x.shape[0] and _same(y.reshape(-1), x.reshape(-1)):
        return ("flatten", {}) if y.ndim == 2 else None
    return None


def _channels(x: Array, y: Array) -> Step | None:
    """Some channels, next to each other."""
    if y.shape[:-1] != x.shape[:-1] or y.shape[-1] >= x.shape[-1]:
        return None
    for start in range(x.shape[-1] - y.shape[-1] + 1):
        if _same(y, x[..., start : start + y.shape[-1]]):
            return "slice", {"from": start, "to": start + y.shape[-1]}
    return None


def _padded(x: Array, y: Array) -> Step | None:
    """The map with zeros around it."""
    if y.ndim != x.ndim or x.ndim < 3 or (y.shape[0], y.shape[-1]) != (x.shape[0], x.shape[-1]):
        return None
    filled = np.argwhere(y[0].any(-1))
    if y.size <= x.size or not len(filled):
        return None
    starts = filled.min(0)
    pads = [(int(a), int(m - n - a)) for a, n, m in zip(starts, x.shape[1:-1], y.shape[1:-1])]
    if min(min(pair) for pair in pads) < 0 or not _same(y, np.pad(x, [(0, 0), *pads, (0, 0)])):
        return None
    return "zero padding", {"padding": tuple(pads)}


def _subsampled(x: Array, y: Array) -> Step | None:
    """Every second row and column, or the like: as pooling with windows of one pixel does."""
    if y.ndim != x.ndim or x.ndim < 3 or (y.shape[0], y.shape[-1]) != (x.shape[0], x.shape[-1]):
        return None
    axes = x.ndim - 2
    for stride in range(2, 1 + max(x.shape[1:-1])):
        chosen = (slice(None), *[slice(None, None, stride)] * axes)
        if _same(y, x[chosen]):
            ones, strides = (1,) * axes, (stride,) * axes
            return "pooling", {"statistic": "max", "window": ones, "strides": strides, "padding": "valid"}
    return None
