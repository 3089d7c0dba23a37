"""Numbers in a model's description: sizes that a computer can hold, and no infinity where a size stands."""

from math import isfinite
from typing import Any

LARGEST = 2**63 - 1  # what backends count with
# Settings that may be infinite: bounds of values, and values.
UNBOUNDED = {
    "max_value",
    "min_value",
    "x_max",
    "x_min",
    "value",
    "mask_value",
    "fill_value",
    "constant_values",
}
UNBOUNDED |= {"threshold", "inbound_nodes", "nan", "posinf", "neginf", "initial"}


def whole_number(digits: str) -> int:
    """Return the number that stands in the text, unless it is larger than any size."""
    if len(digits) > 20 or abs(int(digits)) > LARGEST:
        raise ValueError(f"it has a number of {len(digits.lstrip('-'))} digits; sizes end at {LARGEST}.")
    return int(digits)


def check_finite(config: Any) -> None:
    """Raise a ValueError for a number that is not finite, unless its setting may be so."""
    stack = [("", config)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((key, inside) for key, inside in value.items() if key not in UNBOUNDED)
        elif isinstance(value, list):
            stack.extend((name, inside) for inside in value)
        elif isinstance(value, float) and not isfinite(value):
            raise ValueError(f"{name[:80]!r} is {value}, which is no size.")
