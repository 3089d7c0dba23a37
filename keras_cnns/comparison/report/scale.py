"""Whether points can be given by some numbers."""

import math
from collections.abc import Mapping
from typing import Any

from keras_cnns import mistakes
from keras_cnns.arguments import shown
from keras_cnns.comparison.report.attributes import ATTRIBUTES
from keras_cnns.mistakes import MISTAKES


def check_scale(points: Any, weights: Any = None, each: Any = None) -> None:
    """Raise a ValueError unless points can be given by these numbers."""
    if not _is_number(points) or points <= 0:
        raise ValueError(f"points must be a positive number; got {shown(points)}.")
    if each is not None and (not _is_number(each) or each < 0):
        raise ValueError(f"each must be a number from 0; got {shown(each)}.")
    if weights is not None:
        _check_weights(weights)


def _check_weights(weights: Any) -> None:
    known = {mistake.name for mistake in MISTAKES}
    if not isinstance(weights, Mapping) or not all(isinstance(word, str) for word in weights):
        raise ValueError(
            f'weights must be a dict, such as {{"{mistakes.BIAS.name}": 0.5}}; got {shown(weights)}.'
        )
    for word, weight in weights.items():
        if not _is_number(weight) or weight < 0:
            raise ValueError(f"weights must be numbers from 0; got {shown(weight)} for {shown(word)}.")
        if word not in known | {*ATTRIBUTES}:
            raise ValueError(
                f"weights must name mistakes or attributes, as `ignore` does; got {shown(word)}."
            )


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a float can hold."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
