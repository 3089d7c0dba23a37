"""Local response normalization, whoever wrote it: its constants, found by numbers.

y = x / (k + alpha * sum of squares over `size` neighbouring channels) ** beta. Alpha is what multiplies the
sum, so of a library that divides its alpha by the size it is a fraction.

Source: A. Krizhevsky, I. Sutskever, G. E. Hinton, "ImageNet Classification with Deep Convolutional Neural
Networks", NIPS 2012, Section 3.3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_cnns.comparison.canonical.canonical_graph import Step

Array = np.ndarray
# One value so small that its square adds nothing to k, two so large that k adds nothing to their squares.
SMALL, LARGE, LARGER = 1e-4, 1e7, 1e10
DIGITS = 4


def response_constants(function: Callable[[Array], Array], x: Array, y: Array) -> Step | None:
    """Return the step if the function, which gives `y` for `x`, is local response normalization."""
    at = x.shape[-1] // 2
    given = {value: _alone(function, x, at, value) for value in (SMALL, LARGE, LARGER)}
    if not all(given.values()):
        return None  # as where it moves channels
    divisors = [value / divided for value, divided in given.items()]
    if not np.isfinite(divisors).all() or min(divisors) <= 0 or divisors[2] <= divisors[1]:
        return None
    beta = np.log(divisors[2] / divisors[1]) / (2 * np.log(LARGER / LARGE))
    k, alpha = divisors[0] ** (1 / beta), divisors[2] ** (1 / beta) / LARGER**2
    size = _size(function, x, at)
    if size is None:
        return None
    k, alpha, beta = (float(f"{value:.{DIGITS}g}") for value in (k, alpha, beta))
    for factor in (1, 30, 1000):
        values = y if factor == 1 else function(factor * x)
        if not np.allclose(values, _normalized(factor * x, size, k, alpha, beta), rtol=1e-3, atol=1e-6):
            return None
    return "local response normalization", {"size": size, "k": k, "alpha": alpha, "beta": beta}


def _alone(function: Callable[[Array], Array], x: Array, at: int, value: float) -> float:
    """What comes out of a value in one channel, with zeros in all others."""
    alone = np.zeros_like(x)
    alone[..., at] = value
    return float(function(alone)[..., at].reshape(-1)[0])


def _size(function: Callable[[Array], Array], x: Array, at: int) -> int | None:
    """Over how many channels the sum is: all those whose values fall where one channel is very large."""
    ones = np.ones_like(x)
    before = function(ones).reshape(-1, x.shape[-1])[0]
    ones[..., at] = LARGER
    after = function(ones).reshape(-1, x.shape[-1])[0]
    reached = np.flatnonzero(np.abs(after) < 0.5 * np.abs(before))
    reached = np.union1d(reached, [at])
    below, above = int(at - reached[0]), int(reached[-1] - at)
    is_cut = reached[0] == 0 or reached[-1] == x.shape[-1] - 1
    if len(reached) != below + above + 1 or (below != above and not is_cut):
        return None
    return 2 * max(below, above) + 1


def _normalized(x: Array, size: int, k: float, alpha: float, beta: float) -> Array:
    half = size // 2
    squares = np.pad(x.astype(np.float64) ** 2, [(0, 0)] * (x.ndim - 1) + [(half, half)])
    total = sum(squares[..., i : i + x.shape[-1]] for i in range(size))
    return x / (k + alpha * total) ** beta
