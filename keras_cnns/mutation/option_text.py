"""What an option of a layer is called in a course, and how its value is written."""

from __future__ import annotations

from typing import Any

FEATURES = {"use_bias": "bias", "scale": "scale (gamma)", "center": "shift (beta)"}
WINDOWS = {"kernel_size": "kernel", "strides": "stride", "pool_size": "window"}
COUNTS = {"filters": "filter", "units": "unit", "groups": "group"}


def option_text(key: str, new: Any, old: Any) -> str:
    """Return what a layer has, and what it should have: "kernel 7×7, the reference has 5×5".

    Args:
        key: the option's name in Keras.
        new: its value in the mutant.
        old: its value in the reference.
    """
    if key in FEATURES:
        return f"{'a' if new else 'no'} {FEATURES[key]}, the reference has {'one' if old else 'none'}"
    if key in COUNTS:
        return f"{new:,} {COUNTS[key]}{'s' * (new != 1)}, the reference has {old:,}"
    title = WINDOWS.get(key, key.replace("_", " "))
    return f"{title} {value_text(new, key)}, the reference has {value_text(old, key)}"


def value_text(value: Any, key: str = "") -> str:
    """Return a value as text: 7×7, a stride that is the same on all axes as one number, three digits."""
    if isinstance(value, (tuple, list)):
        if all(isinstance(one, (tuple, list)) for one in value):
            numbers = {n for pair in value for n in pair}
            return f"{numbers.pop()} on every side" if len(numbers) == 1 else str(value)
        if key == "strides" and len(set(value)) == 1:
            return str(value[0])
        return "×".join(map(str, value))
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:.3g}" if isinstance(value, float) else str(value)
