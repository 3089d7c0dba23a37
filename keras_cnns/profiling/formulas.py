"""Counts that carry the formula they come from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from keras_cnns.records import record


@record(frozen=True)
class Work:
    """What one call computes for one example.

    Attributes:
        macs: multiply-adds; None where they cannot be counted, and `note` says why.
        formula: where their number comes from.
        weighted: how many weighted layers the call adds to a path through the network.
        inner_values: numbers that it keeps for its gradient in addition to inputs and outputs.
        note: what was assumed, or why nothing was counted.
    """

    macs: int | None = 0
    formula: str = ""
    weighted: int = 0
    inner_values: int = 0
    note: str = ""


def times(*factors: Iterable[int]) -> tuple[int, str]:
    """The product of groups of factors: (3, 3, 64), (112, 112) → 7,225,344 and `3·3·64 · 112·112`."""
    groups = [tuple(group) for group in factors]
    formula = " · ".join(dotted(group) for group in groups if group) or "1"
    return prod(prod(group) for group in groups), formula


def total(*products: tuple[int, str]) -> tuple[int, str]:
    """The sum of products and its formula; equal products are written once, with their number."""
    often = Counter(products)
    terms = [f"{n}·{dense(text)}" if n > 1 else text for (_, text), n in often.items()]
    return sum(value for value, _ in products), " + ".join(terms)


def dotted(factors: Iterable[int]) -> str:
    """3·3·64·128; of no factors, 1."""
    return "·".join(map(str, factors)) or "1"


def kernel_factors(shape: Sequence[int]) -> Sequence[int]:
    """The factors of a kernel's size; a last one of 1, as kernels for a single map have, says nothing."""
    return shape[:-1] if len(shape) > 3 and shape[-1] == 1 else shape


def dense(product: str) -> str:
    """A product without its groups."""
    return product.replace(" · ", "·")
