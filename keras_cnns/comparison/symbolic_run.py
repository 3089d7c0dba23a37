"""A function run on shapes alone, before numbers go through it.

Some kernels of TensorFlow trust their arguments: a window of max-pooling that is larger than its map ends the
process. Its shape functions do look, so that such a call raises here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras import KerasTensor, Operation, backend, tree

from keras_cnns.graph.tracing import first_line


class Unfit(Exception):
    """A function cannot be run on tensors of these shapes; the message says why."""


class _Function(Operation):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(name="function")
        self.function = function

    def call(self, *tensors: Any) -> Any:
        return self.function(*tensors)


def specs_of(function: Callable[..., Any], arrays: Sequence[Any]) -> list[KerasTensor]:
    """Return the shapes and types of all that a function of tensors gives for arrays like these.

    Raises:
        Unfit: if the function or the backend refuses these shapes.
    """
    tensors = [KerasTensor(tuple(x.shape), backend.standardize_dtype(x.dtype)) for x in arrays]
    try:
        made = tree.flatten(_Function(function).compute_output_spec(*tensors))
    except Exception as error:  # code of another may raise anything
        said = str(error).partition("Error encountered:")[2] or str(error)
        raise Unfit(first_line(said)) from None
    return [x for x in made if isinstance(x, KerasTensor)]


def check_kernels(function: Callable[..., Any], arrays: Sequence[Any]) -> None:
    """Raise Unfit if `function` refuses these shapes, where running it on numbers could end the process."""
    if backend.backend() == "tensorflow":
        specs_of(function, arrays)
