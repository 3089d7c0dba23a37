"""Functions whose kernels may end the process: what is looked at before numbers go through them.

Some kernels of TensorFlow trust their arguments: a window of max-pooling that is larger than its map ends the
process. Its shape functions do look, so a function is run on shapes alone first. One of PyTorch's divides the
smallest whole number by -1, which no processor can: it is looked at as it is called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def no_trapping_kernel() -> Iterator[None]:
    """In this context `lcm` of PyTorch raises Unfit for numbers on which it would end the process."""
    if backend.backend() != "torch":
        yield
        return
    torch = importlib.import_module("torch")
    guarded = (torch.lcm, torch.lcm_, torch.Tensor.lcm, torch.Tensor.lcm_)

    class Guard(torch.overrides.TorchFunctionMode):  # type: ignore[name-defined]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func in guarded and any(map(has_smallest, (*args, *(kwargs or {}).values()))):
                raise Unfit("lcm of the smallest whole number is none")
            return func(*args, **(kwargs or {}))

    def has_smallest(x: Any) -> bool:
        is_whole = isinstance(x, torch.Tensor) and not x.is_meta and x.dtype in (torch.int32, torch.int64)
        return is_whole and bool((x == torch.iinfo(x.dtype).min).any())

    with Guard():
        yield
