"""Parameters of a call: how many, and the formula that gives them."""

from dataclasses import dataclass
from math import prod

import keras

from keras_cnns.profiling.formulas import times, total
from keras_cnns.profiling.numbers import itemsize


@dataclass(frozen=True)
class Parameters:
    """The weights that a call is the first to use; those it shares with an earlier call are not in it."""

    count: int = 0
    trainable: int = 0
    size: int = 0  # bytes
    trainable_size: int = 0  # bytes
    formula: str = ""
    shared: bool = False


def parameters(operation: keras.Operation, seen: set[int]) -> Parameters:
    """Count an operation's weights that are not in `seen`, and put them there.

    The formula is `3·3·64·128 + 128` for a kernel and a bias, `4·64` for four vectors of 64.
    """
    weights = getattr(operation, "weights", [])
    fresh = [variable for variable in weights if id(variable) not in seen]
    if not fresh:
        return Parameters(shared=bool(weights))
    seen.update(map(id, fresh))
    count, formula = total(*(times(variable.shape) for variable in fresh))
    learning = [variable for variable in fresh if variable.trainable]
    return Parameters(
        count=count,
        trainable=sum(prod(variable.shape) for variable in learning),
        size=sum(prod(variable.shape) * itemsize(variable.dtype) for variable in fresh),
        trainable_size=sum(prod(variable.shape) * itemsize(variable.dtype) for variable in learning),
        formula=formula,
        shared=len(fresh) < len(weights),
    )
