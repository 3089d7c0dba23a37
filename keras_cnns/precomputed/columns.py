"""Lists of equal things as short JSON: each value once, and which of them stands at each place."""

import json
from collections.abc import Sequence
from typing import Any


def packed(values: Sequence[Any]) -> Any:
    """Return values as JSON has them; the shorter of the plain list, and each value once with its places."""
    numbers: dict[str, int] = {}
    at = [numbers.setdefault(as_text(value), len(numbers)) for value in values]
    distinct = {"of": [json.loads(text) for text in numbers]}
    if len(numbers) > 1:
        distinct["at"] = at
    else:
        distinct["times"] = len(at)  # type: ignore[assignment]
    return min(list(values), distinct, key=lambda found: len(as_text(found)))


def unpacked(column: Any) -> list[Any]:
    """Return the values, with tuples for lists."""
    if isinstance(column, list):
        return [frozen(value) for value in column]
    of = [frozen(value) for value in column["of"]]
    return of * column["times"] if "times" in column else [of[i] for i in column["at"]]


def frozen(value: Any) -> Any:
    """Return a value with tuples for lists, at any depth."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def as_text(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
