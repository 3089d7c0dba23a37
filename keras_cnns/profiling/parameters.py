"""Parameters of a call: how many, what memory they take, and the formula of their number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from math import ceil, prod
from typing import TYPE_CHECKING

from keras_cnns.profiling.formulas import kernel_factors, times, total
from keras_cnns.records import record

if TYPE_CHECKING:
    import keras

UNKNOWN = "unknown"  # in place of a formula, where the weights are not in the file


@record(frozen=True)
class Parameters:
    """The weights that no earlier call uses; `shared` says whether the call uses others as well."""

    count: int = 0
    trainable: int = 0
    bytes: int = 0
    trainable_bytes: int = 0
    formula: str = ""
    shared: bool = False


def count_parameters(weights: Sequence[keras.Variable], counted: set[int]) -> Parameters:
    """Count those of a call's weights whose ids are not in `counted`, and put them there.

    The formula is `3·3·64·128 + 128` for a kernel and a bias, `4·64` for four vectors of 64.
    """
    new = [variable for variable in weights if id(variable) not in counted]
    if not new:
        return Parameters(shared=bool(weights))
    counted.update(map(id, new))
    shapes = tuple(tuple(variable.shape) for variable in new)
    count, formula = _sum_of_kernels(shapes)
    counts = list(map(prod, shapes))
    sizes = [n * bytes_per_value(variable.dtype) for n, variable in zip(counts, new)]
    trainable = [variable.trainable for variable in new]
    return Parameters(
        count=count,
        trainable=sum(compress(counts, trainable)),
        bytes=sum(sizes),
        trainable_bytes=sum(compress(sizes, trainable)),
        formula=formula,
        shared=len(new) < len(weights),
    )


# Layers of a network have the same few shapes and types over and over.
@lru_cache(maxsize=4096)
def _sum_of_kernels(shapes: tuple[tuple[int, ...], ...]) -> tuple[int, str]:
    return total(*(times(kernel_factors(shape)) for shape in shapes))


@lru_cache(maxsize=64)
def bytes_per_value(dtype: str) -> int:
    """Return the bytes of one value: 4 for float32, 2 for bfloat16, 1 for bool and for int4."""
    bits = re.search(r"(?:float|int|complex)(\d+)", str(dtype))
    return max(1, ceil(int(bits[1]) / 8)) if bits else 1
