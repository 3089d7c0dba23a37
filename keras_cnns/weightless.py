"""Models with shapes but no weights, for looking at a network without paying for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import keras

Built = TypeVar("Built")


def unfilled(build: Callable[..., Built], *arguments, **options) -> Built:
    """Call `build` so that the variables it makes have shapes but no values: VGG-19 without its 575 MB.

    What it builds can be counted, drawn, summarised and cut; it cannot predict, train or load weights. An
    optimizer counts its steps in a variable that must exist: pass one that is made already, not its name.

    Args:
        build: a function that makes Keras models or layers.
        *arguments: what it takes.
        **options: what it takes by name.

    Returns:
        What `build` returns, with layer names counted from one.

    Raises:
        Exception: whatever `build` raises.
    """

    def without_values() -> Built:
        with keras.StatelessScope(initialize_variables=False):
            return build(*arguments, **options)

    # Keras keeps one list a thread of the variables that are still to be filled, and the next StatelessScope
    # there (JAX's `fit` opens one) would fill them all. A thread of its own takes its list away when it ends.
    with ThreadPoolExecutor(max_workers=1) as own_thread:
        return own_thread.submit(without_values).result()
