"""Activation functions by their formulas, so that a function of a person's own is known by its values."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from keras_cnns.comparison.canonical.canonical_graph import Attributes

Array = np.ndarray
_SIZES = np.geomspace(1e-3, 300, 24)
GRID = np.concatenate([-_SIZES[::-1], [0.0], _SIZES])
KERAS_SLOPE = 0.2


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _hard_sigmoid(x: Array) -> Array:
    return np.clip(x / 6 + 0.5, 0, 1)


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def _selu(x: Array) -> Array:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


FORMULAS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * np.array([1 + math.erf(n / math.sqrt(2)) for n in x]) / 2,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": _selu,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "exponential": np.exp,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "log_sigmoid": lambda x: -_softplus(-x),
}


def known_function(values: Array) -> Attributes | None:
    """Return which function has these values on `GRID`, with its constants; None if it is none of these."""
    found = _known(values.tobytes(), values.dtype)
    return None if found is None else dict(found)


@functools.lru_cache(maxsize=256)
def _known(given: bytes, dtype: np.dtype) -> Attributes | None:
    values = np.frombuffer(given, dtype)
    with np.errstate(all="ignore"):
        for name, formula in FORMULAS.items():
            if _same(values, formula(GRID)):
                return {"function": name}
        stretched = _stretched(values)
    if stretched:
        return stretched
    slope, most = float(values[0] / GRID[0]), float(values[-1])
    if 0 < slope < 1 and _same(values, np.where(GRID > 0, GRID, slope * GRID)):
        rounded = _digits(slope)
        return {"function": "leaky_relu"} | ({} if rounded == KERAS_SLOPE else {"negative slope": rounded})
    if most > 0 and _same(values, np.clip(GRID, 0, most)):
        return {"function": "relu", "maximum": _digits(most)}
    return None


def _stretched(values: Array) -> Attributes | None:
    """A function of those that are often scaled, with its constants: 1.7159 tanh(2x/3), x sigmoid(1.702x)."""
    top, bottom = float(values[-1]), float(values[0])
    odd, from_zero = np.isclose(bottom, -top, rtol=1e-5), abs(bottom) <= 1e-6
    attempts: list[tuple[str, float, float, Callable[[Array], Array]]] = []
    if 0 < top < 1e4 and odd:
        slope = _slope(values / top, np.arctanh)
        attempts.append(("tanh", top, slope, lambda x: top * np.tanh(slope * x)))
    elif 0 < top < 1e4 and from_zero:
        rise = _slope(values / top, lambda y: -np.log(1 / y - 1))
        attempts.append(("sigmoid", top, rise, lambda x: top * _sigmoid(rise * x)))
    if from_zero and np.isclose(top, GRID[-1], rtol=1e-5):
        gate = _slope(values[1:] / np.where(GRID == 0, 1, GRID)[1:], lambda y: -np.log(1 / y - 1), GRID[1:])
        attempts.append(("silu", 1.0, gate, lambda x: x * _sigmoid(gate * x)))
    if -1e4 < bottom < 0 and np.isclose(top, GRID[-1], rtol=1e-5):
        elu = {"function": "elu", "alpha": _digits(-bottom)}
        if _same(values, np.where(GRID > 0, GRID, -bottom * np.expm1(np.minimum(GRID, 0)))):
            return elu
    for name, scale, slope, formula in attempts:
        if np.isfinite(slope) and slope > 0 and _same(values, formula(GRID)):
            constants = {"scale": _digits(scale), "slope": _digits(slope)}
            return {"function": name, **{key: value for key, value in constants.items() if value != 1.0}}
    return None


def _slope(values: Array, inverse: Callable[[Array], Array], points: Array = GRID) -> float:
    """What multiplies the numbers before a function, from the one at which it is steep and not near zero."""
    place = int(np.argmin(np.abs(values - 0.6)))
    return float(inverse(values)[place] / points[place])


def _digits(value: float) -> float:
    return float(f"{value:.5g}")


def _same(values: Array, expected: Array) -> bool:
    return np.allclose(values, expected.astype(np.float32), rtol=1e-4, atol=1e-6, equal_nan=True)
